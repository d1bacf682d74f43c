// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/worldswitch-probe: single accesses to physical addresses, for root. A test aid: it tries what the secure world must refuse, and survives the refusal.
 * It is not loaded by itself: insmod /lib/worldswitch_probe.ko
 *
 * A line of text written to it makes an access, and reading gives what came of it:
 *
 *	read SIZE ADDRESS		SIZE is 1, 2 or 4
 *	write SIZE ADDRESS VALUE
 *	exclusive ADDRESS		LDREX of 4 bytes
 *	pair ADDRESS			LDM of two words
 *	write-pair ADDRESS VALUE	STM of two words
 *	map ADDRESS			a kernel address of that physical one, for arguments of SMCs
 *	page				kernel and physical address of a page that DMA can reach
 *	sdma MODE ADDRESS LOCAL		a command of SDMA's channel 0: the three words of its buffer descriptor; gives the first one afterwards
 *	sdma-control ADDRESS		starts channel 0 with its control block at a physical address
 *	mark NUMBER			sends the number by UART2, whose pins the Quick Start Board does not use: a mark for who watches the board
 *
 * What came: "ok VALUE", or "fault STATUS" with the DFSR of an external abort. A module cannot have fix-ups for external aborts: the kernel dies of them at
 * once. It asks the notifiers first, and the one below goes on behind the access.
 */
#include <linux/capability.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define LONGEST_LINE 128
#define MOST_MAPPINGS 16
#define DRAM_BASE 0x70000000
#define SDMA_BASE 0x63fb0000
#define SDMA_MC0PTR 0x00
#define SDMA_HSTART 0x0c
#define UART2_BASE 0x53fc0000
#define UART_UTXD 0x40
#define UART_UCR1 0x80
#define UART_UCR2 0x84
/* The page: descriptor, control block; from 0x100 on it is the caller's. */
#define CONTROL_AT 0x20

static DEFINE_MUTEX(lock);
static char result[64];
static size_t result_length;
static void __iomem *mappings[MOST_MAPPINGS];
static unsigned int mapping_count;
static void *page;
static dma_addr_t page_dma;

/* The access that may fault: from and to which instruction, and what it was given. */
static struct {
	unsigned long from, behind;
	u32 fault;
} attempt;

static int on_die(struct notifier_block *block, unsigned long what, void *data)
{
	struct die_args *args = data;

	if (what != DIE_OOPS || args->regs->ARM_pc < attempt.from || args->regs->ARM_pc > attempt.behind || user_mode(args->regs))
		return NOTIFY_DONE;
	attempt.fault = args->err;
	args->regs->ARM_pc = attempt.behind;
	return NOTIFY_STOP;
}

static struct notifier_block die_block = { .notifier_call = on_die, .priority = INT_MAX };

#define ATTEMPT(instruction, value, second, at) \
	asm volatile( \
	"	adr	r12, 1f\n" \
	"	str	r12, [%[attempt]]\n" \
	"	adr	r12, 2f\n" \
	"	str	r12, [%[attempt], #4]\n" \
	"1:	" instruction "\n" \
	"	dsb	sy\n" \
	"	nop\n" \
	"2:\n" \
	: [v] "+r" (value), [w] "+r" (second) : [a] "r" (at), [attempt] "r" (&attempt) : "r12", "cc", "memory")

enum kind { LOAD, STORE, LOAD_EXCLUSIVE, LOAD_PAIR, STORE_PAIR };

static u32 access(enum kind kind, unsigned int size, void __iomem *at, u32 value)
{
	register u32 first asm("r2") = value;
	register u32 second asm("r3") = value;

	attempt.fault = 0;
	switch (kind) {
	case LOAD:
		if (size == 4)
			ATTEMPT("ldr	%[v], [%[a]]", first, second, at);
		else if (size == 2)
			ATTEMPT("ldrh	%[v], [%[a]]", first, second, at);
		else
			ATTEMPT("ldrb	%[v], [%[a]]", first, second, at);
		break;
	case STORE:
		if (size == 4)
			ATTEMPT("str	%[v], [%[a]]", first, second, at);
		else if (size == 2)
			ATTEMPT("strh	%[v], [%[a]]", first, second, at);
		else
			ATTEMPT("strb	%[v], [%[a]]", first, second, at);
		break;
	case LOAD_EXCLUSIVE:
		ATTEMPT("ldrex	%[v], [%[a]]\n\tclrex", first, second, at);
		break;
	case LOAD_PAIR:
		ATTEMPT("ldm	%[a], {r2, r3}", first, second, at);
		break;
	case STORE_PAIR:
		ATTEMPT("stm	%[a], {r2, r3}", first, second, at);
		break;
	}
	attempt.from = 1;
	attempt.behind = 0;
	return first;
}

static void __iomem *map(u32 address)
{
	/* Beside the kernel's own RAM, memory; anything else as a device. */
	return address >= DRAM_BASE ? ioremap_wc(address & PAGE_MASK, PAGE_SIZE) : ioremap(address & PAGE_MASK, PAGE_SIZE);
}

static int probe(enum kind kind, unsigned int size, u32 address, u32 value)
{
	void __iomem *base = map(address);

	if (!base)
		return -ENOMEM;
	value = access(kind, size, base + (address & ~PAGE_MASK), value);
	iounmap(base);
	result_length = attempt.fault ? scnprintf(result, sizeof(result), "fault 0x%08x\n", attempt.fault) : scnprintf(result, sizeof(result), "ok 0x%08x\n", value);
	return 0;
}

static int start_sdma(u32 control)
{
	void __iomem *sdma = ioremap(SDMA_BASE, PAGE_SIZE);

	if (!sdma)
		return -ENOMEM;
	writel(control, sdma + SDMA_MC0PTR);
	writel(1, sdma + SDMA_HSTART);
	udelay(20);
	iounmap(sdma);
	return 0;
}

static int sdma(u32 mode, u32 address, u32 local)
{
	u32 *descriptor = page;
	u32 *control = page + CONTROL_AT;
	int error;

	descriptor[0] = mode;
	descriptor[1] = address;
	descriptor[2] = local;
	control[0] = page_dma;
	control[1] = page_dma;
	control[2] = 0;
	control[3] = 0;
	dma_wmb();
	error = start_sdma(page_dma + CONTROL_AT);
	result_length = scnprintf(result, sizeof(result), "ok 0x%08x\n", READ_ONCE(descriptor[0]));
	return error;
}

static int mark(u32 number)
{
	void __iomem *uart = ioremap(UART2_BASE, PAGE_SIZE);
	char text[16];
	size_t i, length = scnprintf(text, sizeof(text), "%u\n", number);

	if (!uart)
		return -ENOMEM;
	writel(readl(uart + UART_UCR1) | 1, uart + UART_UCR1);
	writel(readl(uart + UART_UCR2) | 5, uart + UART_UCR2);
	for (i = 0; i < length; i++)
		writel(text[i], uart + UART_UTXD);
	iounmap(uart);
	result_length = scnprintf(result, sizeof(result), "ok 0x%08x\n", number);
	return 0;
}

static int map_for_good(u32 address)
{
	void __iomem *base;

	if (mapping_count == MOST_MAPPINGS)
		return -ENOSPC;
	base = map(address);
	if (!base)
		return -ENOMEM;
	mappings[mapping_count++] = base;
	result_length = scnprintf(result, sizeof(result), "ok 0x%08lx\n", (unsigned long)base + (address & ~PAGE_MASK));
	return 0;
}

static int execute(const char *line)
{
	u32 size, address, value, local;

	if (sscanf(line, "read %u %i", &size, &address) == 2)
		return size == 1 || size == 2 || size == 4 ? probe(LOAD, size, address, 0) : -EINVAL;
	if (sscanf(line, "write %u %i %i", &size, &address, &value) == 3)
		return size == 1 || size == 2 || size == 4 ? probe(STORE, size, address, value) : -EINVAL;
	if (sscanf(line, "exclusive %i", &address) == 1)
		return probe(LOAD_EXCLUSIVE, 4, address, 0);
	if (sscanf(line, "pair %i", &address) == 1)
		return probe(LOAD_PAIR, 4, address, 0);
	if (sscanf(line, "write-pair %i %i", &address, &value) == 2)
		return probe(STORE_PAIR, 4, address, value);
	if (sscanf(line, "map %i", &address) == 1)
		return map_for_good(address);
	if (sscanf(line, "sdma %i %i %i", &value, &address, &local) == 3)
		return sdma(value, address, local);
	if (sscanf(line, "mark %u", &value) == 1)
		return mark(value);
	if (sscanf(line, "sdma-control %i", &address) == 1) {
		result_length = scnprintf(result, sizeof(result), "ok 0x00000000\n");
		return start_sdma(address);
	}
	if (!strcmp(line, "page\n")) {
		result_length = scnprintf(result, sizeof(result), "ok 0x%08lx 0x%08x\n", (unsigned long)page, (u32)page_dma);
		return 0;
	}
	return -EINVAL;
}

static ssize_t probe_write(struct file *file, const char __user *user, size_t size, loff_t *position)
{
	char *line;
	int error;

	if (size > LONGEST_LINE)
		return -E2BIG;
	line = memdup_user_nul(user, size);
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&lock);
	error = execute(line);
	mutex_unlock(&lock);
	kfree(line);
	*position = 0;
	return error ? error : size;
}

static ssize_t probe_read(struct file *file, char __user *user, size_t size, loff_t *position)
{
	ssize_t count;

	mutex_lock(&lock);
	count = simple_read_from_buffer(user, size, position, result, result_length);
	mutex_unlock(&lock);
	return count;
}

static int probe_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_RAWIO) ? 0 : -EPERM;
}

static const struct file_operations probe_operations = {
	.owner = THIS_MODULE,
	.open = probe_open,
	.read = probe_read,
	.write = probe_write,
	.llseek = no_llseek,
};

static struct miscdevice probe_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "worldswitch-probe",
	.mode = 0600,
	.fops = &probe_operations,
};

static int __init worldswitch_probe_init(void)
{
	struct device *device;
	int error = misc_register(&probe_device);

	if (error)
		return error;
	device = probe_device.this_device;
	error = dma_coerce_mask_and_coherent(device, DMA_BIT_MASK(32));
	if (!error) {
		page = dma_alloc_coherent(device, PAGE_SIZE, &page_dma, GFP_KERNEL);
		error = page ? register_die_notifier(&die_block) : -ENOMEM;
	}
	if (error) {
		if (page)
			dma_free_coherent(device, PAGE_SIZE, page, page_dma);
		misc_deregister(&probe_device);
	}
	return error;
}

static void __exit worldswitch_probe_exit(void)
{
	unregister_die_notifier(&die_block);
	while (mapping_count)
		iounmap(mappings[--mapping_count]);
	dma_free_coherent(probe_device.this_device, PAGE_SIZE, page, page_dma);
	misc_deregister(&probe_device);
}

module_init(worldswitch_probe_init);
module_exit(worldswitch_probe_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Accesses that the secure world refuses, for tests");
