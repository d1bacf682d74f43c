// SPDX-License-Identifier: GPL-2.0
/*
 * Linux beside a secure world: /dev/smc (smc.c), and where the device tree names the secure world's VMM (compatible "worldswitch,tz-vmm") its devices: a serial
 * line ttyTZ0 (console.c), disks tzblk0 ... (block.c), random numbers for /dev/hwrng (rng.c).
 *
 * Nothing is there unless the device tree says that PSCI is called by SMC: otherwise nobody may answer. `force=1` makes /dev/smc all the same.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/of.h>

#include "worldswitch.h"

static bool force;
module_param(force, bool, 0444);
MODULE_PARM_DESC(force, "make /dev/smc although the device tree names no secure world that answers SMCs");

/*
 * All nine registers go in and come out. arm_smccc_smc() gives four of them, as the calling convention has it; calls from before it use more.
 */
noinline __naked void worldswitch_monitor_call(u32 *registers)
{
	asm volatile(
	".arch_extension sec\n"
	"	push	{r4 - r11, lr}\n"
	"	push	{r0}\n"
	"	mov	r12, r0\n"
	"	ldm	r12, {r0 - r8}\n"
	"	smc	#0\n"
	"	pop	{r12}\n"
	"	stm	r12, {r0 - r8}\n"
	"	pop	{r4 - r11, pc}\n"
	);
}

static bool answered_by_smc(void)
{
	struct device_node *psci = of_find_node_by_name(NULL, "psci");
	bool answered = of_property_match_string(psci, "method", "smc") >= 0;

	of_node_put(psci);
	return answered;
}

/* The VMM's devices: one that fails leaves the others. */
static bool have_console, have_block, have_rng;

static bool __init started(const char *what, int error)
{
	if (error && error != -ENODEV)
		pr_warn("worldswitch: no %s (%d)\n", what, error);
	return !error;
}

static int __init worldswitch_init(void)
{
	struct device_node *vmm;
	int error;

	if (!force && !answered_by_smc()) {
		pr_info("worldswitch: no secure world that answers SMCs in the device tree: no /dev/smc\n");
		return -ENODEV;
	}
	error = worldswitch_smc_init();
	if (error)
		return error;
	vmm = of_find_compatible_node(NULL, NULL, "worldswitch,tz-vmm");
	if (vmm) {
		have_console = started("ttyTZ0", worldswitch_console_init());
		have_block = started("tzblk", worldswitch_block_init(vmm));
		have_rng = started("hwrng", worldswitch_rng_init());
		of_node_put(vmm);
	}
	return 0;
}

static void __exit worldswitch_exit(void)
{
	if (have_rng)
		worldswitch_rng_exit();
	if (have_block)
		worldswitch_block_exit();
	if (have_console)
		worldswitch_console_exit();
	worldswitch_smc_exit();
}

module_init(worldswitch_init);
module_exit(worldswitch_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Secure monitor calls from user space, and the devices of a TrustZone VMM");
