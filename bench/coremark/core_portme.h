/*
 * Port of EEMBC's CoreMark for the bench: a performance run with 2000 bytes of data in static memory, one context, no clock and no output of its own (who runs it measures and
 * only asks whether its checks passed). CoreMark's own sources are the user's.
 */
#ifndef CORE_PORTME_H
#define CORE_PORTME_H

#define HAS_FLOAT 0
#define HAS_TIME_H 0
#define USE_CLOCK 0
#define HAS_STDIO 0
#define HAS_PRINTF 0
#define SEED_METHOD SEED_VOLATILE
#define MEM_METHOD MEM_STATIC
#define MEM_LOCATION "STATIC"
#define MULTITHREAD 1
#define USE_PTHREAD 0
#define USE_FORK 0
#define USE_SOCKET 0
#define MAIN_HAS_NOARGC 1
#define MAIN_HAS_NORETURN 0
#define COMPILER_VERSION ""
#define COMPILER_FLAGS ""
#define PERFORMANCE_RUN 1
#define TOTAL_DATA_SIZE 2000

typedef signed short ee_s16;
typedef unsigned short ee_u16;
typedef signed int ee_s32;
typedef unsigned char ee_u8;
typedef unsigned int ee_u32;
typedef ee_u32 ee_ptr_int;
typedef __SIZE_TYPE__ ee_size_t;
typedef ee_u32 CORE_TICKS;
#define CORETIMETYPE ee_u32
#ifndef NULL
#define NULL ((void *)0)
#endif
#define align_mem(x) (void *)((((ee_ptr_int)(x)) + 3) & ~(ee_ptr_int)3)

typedef struct CORE_PORTABLE_S { ee_u8 portable_id; } core_portable;
extern ee_u32 default_num_contexts;
void portable_init(core_portable *port, int *argc, char *argv[]);
void portable_fini(core_portable *port);
int ee_printf(const char *format, ...);

#endif
