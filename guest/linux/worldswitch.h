/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the module share. */
#ifndef WORLDSWITCH_H
#define WORLDSWITCH_H

#include <linux/types.h>

struct device_node;

/* r0 to r8: as many as any call of the TrustZone VMM's devices has. */
#define WORLDSWITCH_REGISTERS 9

/* Executes SMC with r0 to r8 as they stand in the array, and puts them back there. */
void worldswitch_monitor_call(u32 *registers);

/* Devices of the TrustZone VMM: r0 names the device, r1 the function. */
#define TZ_SERIAL 2
#define TZ_BLOCK 3

/* A device's call: arguments from r2 on. Returns r0; `registers` holds all of them afterwards. */
static inline u32 tz_call(u32 *registers, u32 device, u32 function)
{
	registers[0] = device;
	registers[1] = function;
	worldswitch_monitor_call(registers);
	return registers[0];
}

int worldswitch_smc_init(void);
void worldswitch_smc_exit(void);
int worldswitch_console_init(void);
void worldswitch_console_exit(void);
int worldswitch_block_init(struct device_node *node);
void worldswitch_block_exit(void);
int worldswitch_rng_init(void);
void worldswitch_rng_exit(void);

#endif
