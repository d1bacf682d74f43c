/* See core_portme.h. `leave(1)` ends the program as failed; where it stands depends on what the program runs on. */
#include "coremark.h"

volatile ee_s32 seed1_volatile = 0;
volatile ee_s32 seed2_volatile = 0;
volatile ee_s32 seed3_volatile = 0x66;
volatile ee_s32 seed4_volatile = ITERATIONS;
volatile ee_s32 seed5_volatile = 0;
ee_u32 default_num_contexts = 1;

void leave(int status);
static int failed;

/* Longer than the ten seconds below which a run would not count: who measures sees to that. */
void start_time(void) {}
void stop_time(void) {}
CORE_TICKS get_time(void) { return 1; }
secs_ret time_in_secs(CORE_TICKS ticks) { return ticks * 10; }

/* Nothing is printed; what is said of errors is noted. */
int ee_printf(const char *format, ...)
{
  if (format[0] == 'E' && format[1] == 'r') failed = 1; /* Errors detected */
  if (format[0] == 'C' && format[1] == 'a') failed = 1; /* Cannot validate operation */
  return 0;
}

void portable_init(core_portable *port, int *argc, char *argv[])
{
  (void)argc;
  (void)argv;
  port->portable_id = 1;
}

void portable_fini(core_portable *port)
{
  port->portable_id = 0;
  if (failed) leave(1);
}

/* The compiler may ask for these. */
void *memcpy(void *to, const void *from, ee_size_t bytes)
{
  ee_u8 *t = to;
  const ee_u8 *f = from;
  while (bytes--) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, ee_size_t bytes)
{
  ee_u8 *t = to;
  while (bytes--) *t++ = value;
  return to;
}
