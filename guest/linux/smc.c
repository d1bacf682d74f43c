// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/smc: secure monitor calls for root.
 *
 * A line of text written to it makes a call, and reading gives what came back:
 *
 *	# exec 3<>/dev/smc; echo '0x84000000' >&3; cat <&3
 *	r0 = 0x00010001
 *	r1 = 0x00000000  r2 = 0x00000000  r3 = 0x00000000
 *
 * The line's words are r0 to r7; those that are left out are 0. A word is a number (decimal, or hexadecimal with 0x), or @"text": the address of a copy of the text,
 * closed by NUL, in a page that the calling process may write (the page is there during the call), or @buffer: the address of a page of the kernel's, which
 * keeps its content.
 *
 * Programs use the ioctl below: it takes r0 to r7 and gives r0 to r7.
 */
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "worldswitch.h"

struct worldswitch_call {
	__u32 r[8];
};

#define WORLDSWITCH_SMC _IOWR('w', 0x53, struct worldswitch_call)

#define LONGEST_LINE 1024
#define RESULT_SIZE 96

static void *buffer_page;

/* What one opener of the device has. */
struct session {
	struct mutex lock;
	size_t result_length;
	char result[RESULT_SIZE];
};

/*
 * The secure world may translate addresses of the calling process, as the process may use them. The kernel's domains must let user space in for that.
 */
static void call(struct worldswitch_call *call)
{
	__u32 registers[WORLDSWITCH_REGISTERS] = {};
	unsigned int domains;

	memcpy(registers, call->r, sizeof(call->r));
	domains = uaccess_save_and_enable();
	worldswitch_monitor_call(registers);
	uaccess_restore(domains);
	memcpy(call->r, registers, sizeof(call->r));
}

/* A page of the calling process, with the texts of one line. */
struct texts {
	unsigned long page;
	size_t used;
};

static int add_text(struct texts *texts, const char *text, size_t length, __u32 *address)
{
	static const char nul;

	if (!texts->page) {
		unsigned long page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);

		if (IS_ERR_VALUE(page))
			return page;
		texts->page = page;
	}
	if (length >= PAGE_SIZE - texts->used)
		return -E2BIG;
	*address = texts->page + texts->used;
	if (copy_to_user((void __user *)(texts->page + texts->used), text, length) ||
	    copy_to_user((void __user *)(texts->page + texts->used + length), &nul, 1))
		return -EFAULT;
	texts->used += length + 1;
	return 0;
}

static int parse_number(const char *word, __u32 *value)
{
	long long number;
	int error = kstrtoll(word, 0, &number);

	if (error)
		return error;
	if (number < S32_MIN || number > U32_MAX)
		return -ERANGE;
	*value = number;
	return 0;
}

static int parse_line(char *line, struct worldswitch_call *call, struct texts *texts)
{
	unsigned int count = 0;

	for (;;) {
		char *word = skip_spaces(line);
		int error;

		if (!*word)
			return count ? 0 : -EINVAL;
		if (count == ARRAY_SIZE(call->r))
			return -E2BIG;
		if (word[0] == '@' && word[1] == '"') {
			char *end = strchr(word + 2, '"');

			if (!end || (end[1] && !isspace(end[1])))
				return -EINVAL;
			error = add_text(texts, word + 2, end - (word + 2), &call->r[count]);
			line = end + 1;
		} else {
			line = word + strcspn(word, " \t\n");
			if (*line)
				*line++ = '\0';
			if (!strcmp(word, "@buffer")) {
				call->r[count] = (unsigned long)buffer_page;
				error = 0;
			} else {
				error = parse_number(word, &call->r[count]);
			}
		}
		if (error)
			return error;
		count++;
	}
}

static ssize_t smc_write(struct file *file, const char __user *user, size_t size, loff_t *position)
{
	struct session *session = file->private_data;
	struct worldswitch_call registers = {};
	struct texts texts = {};
	char *line;
	int error;

	if (size > LONGEST_LINE)
		return -E2BIG;
	line = memdup_user_nul(user, size);
	if (IS_ERR(line))
		return PTR_ERR(line);
	error = strlen(line) == size ? parse_line(line, &registers, &texts) : -EINVAL;
	kfree(line);
	if (!error) {
		const __u32 *r = registers.r;

		mutex_lock(&session->lock);
		call(&registers);
		session->result_length = scnprintf(session->result, RESULT_SIZE, "r0 = 0x%08x\nr1 = 0x%08x  r2 = 0x%08x  r3 = 0x%08x\n", r[0], r[1], r[2], r[3]);
		mutex_unlock(&session->lock);
		*position = 0;
	}
	if (texts.page)
		vm_munmap(texts.page, PAGE_SIZE);
	return error ? error : size;
}

static ssize_t smc_read(struct file *file, char __user *user, size_t size, loff_t *position)
{
	struct session *session = file->private_data;
	ssize_t count;

	mutex_lock(&session->lock);
	count = simple_read_from_buffer(user, size, position, session->result, session->result_length);
	mutex_unlock(&session->lock);
	return count;
}

static long smc_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct worldswitch_call registers;

	if (command != WORLDSWITCH_SMC)
		return -ENOTTY;
	if (copy_from_user(&registers, (void __user *)argument, sizeof(registers)))
		return -EFAULT;
	call(&registers);
	return copy_to_user((void __user *)argument, &registers, sizeof(registers)) ? -EFAULT : 0;
}

static int smc_open(struct inode *inode, struct file *file)
{
	struct session *session;

	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	session = kzalloc(sizeof(*session), GFP_KERNEL);
	if (!session)
		return -ENOMEM;
	mutex_init(&session->lock);
	file->private_data = session;
	return 0;
}

static int smc_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations smc_operations = {
	.owner = THIS_MODULE,
	.open = smc_open,
	.release = smc_release,
	.read = smc_read,
	.write = smc_write,
	.unlocked_ioctl = smc_ioctl,
	.llseek = no_llseek,
};

static struct miscdevice smc_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "smc",
	.mode = 0600,
	.fops = &smc_operations,
};

int __init worldswitch_smc_init(void)
{
	int error;

	buffer_page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!buffer_page)
		return -ENOMEM;
	error = misc_register(&smc_device);
	if (error)
		free_page((unsigned long)buffer_page);
	return error;
}

void worldswitch_smc_exit(void)
{
	misc_deregister(&smc_device);
	free_page((unsigned long)buffer_page);
}
