// SPDX-License-Identifier: GPL-2.0
/*
 * Random numbers of the firmware for /dev/hwrng: SMCCC TRNG (Arm DEN0098), which a 32-bit kernel does not look for by itself.
 */
#include <linux/hw_random.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "worldswitch.h"

#define TRNG_VERSION 0x84000050
#define TRNG_RND32 0x84000053
#define TRNG_BITS 96

static int trng_read(struct hwrng *rng, void *data, size_t size, bool wait)
{
	size_t done = 0;

	while (done < size) {
		u32 registers[WORLDSWITCH_REGISTERS] = { TRNG_RND32, TRNG_BITS };
		size_t part = min_t(size_t, size - done, TRNG_BITS / 8);

		worldswitch_monitor_call(registers);
		if (registers[0])
			break;
		/* r1 to r3 hold the bits. */
		memcpy(data + done, &registers[1], part);
		done += part;
	}
	return done ? done : wait ? -EIO : 0;
}

static struct hwrng trng = {
	.name = "smccc-trng",
	.read = trng_read,
};

int worldswitch_rng_init(void)
{
	u32 registers[WORLDSWITCH_REGISTERS] = { TRNG_VERSION };

	worldswitch_monitor_call(registers);
	if ((s32)registers[0] < 0x10000)
		return -ENODEV;
	return hwrng_register(&trng);
}

void worldswitch_rng_exit(void)
{
	hwrng_unregister(&trng);
}
