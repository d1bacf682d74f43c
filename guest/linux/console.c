// SPDX-License-Identifier: GPL-2.0
/*
 * ttyTZ0: a serial line over the VMM's serial device. Output goes by whole buffers. The device has no interrupt, so input is asked for from time to time while
 * the line is open. It begins raw: bytes go through as they are. `console=ttyTZ0` makes it a console of the kernel's, from when the module is loaded.
 */
#include <linux/console.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_flip.h>
#include <linux/workqueue.h>

#include "worldswitch.h"

#define SERIAL_SEND_BUFFER 2
#define SERIAL_RECEIVE_BUFFER 3
#define POLL_INTERVAL_MS 20

static struct tty_driver *driver;
static struct tty_port port;

/* One page for output and one for input; output may come from any context. */
static char *output_page, *input_page;
static DEFINE_SPINLOCK(output_lock);

static int buffer_call(u32 function, char *page, size_t size)
{
	u32 registers[WORLDSWITCH_REGISTERS] = {};

	registers[2] = virt_to_phys(page);
	registers[3] = size;
	return tz_call(registers, TZ_SERIAL, function);
}

static int send(const char *bytes, size_t count)
{
	unsigned long flags;
	size_t done = 0;

	while (done < count) {
		size_t part = min_t(size_t, count - done, PAGE_SIZE);
		int sent;

		spin_lock_irqsave(&output_lock, flags);
		memcpy(output_page, bytes + done, part);
		sent = buffer_call(SERIAL_SEND_BUFFER, output_page, part);
		spin_unlock_irqrestore(&output_lock, flags);
		if (sent <= 0)
			break;
		done += sent;
	}
	return done || !count ? done : -EIO;
}

static void poll_input(struct work_struct *work);
static DECLARE_DELAYED_WORK(poll_work, poll_input);

static void poll_input(struct work_struct *work)
{
	int room = min_t(int, tty_buffer_space_avail(&port), PAGE_SIZE);
	int count = room > 0 ? buffer_call(SERIAL_RECEIVE_BUFFER, input_page, room) : 0;

	if (count > 0) {
		tty_insert_flip_string(&port, input_page, count);
		tty_flip_buffer_push(&port);
	}
	schedule_delayed_work(&poll_work, count == room ? 1 : msecs_to_jiffies(POLL_INTERVAL_MS));
}

static int port_activate(struct tty_port *unused, struct tty_struct *tty)
{
	schedule_delayed_work(&poll_work, 0);
	return 0;
}

static void port_shutdown(struct tty_port *unused)
{
	cancel_delayed_work_sync(&poll_work);
}

static const struct tty_port_operations port_operations = {
	.activate = port_activate,
	.shutdown = port_shutdown,
};

static int line_open(struct tty_struct *tty, struct file *file)
{
	return tty_port_open(&port, tty, file);
}

static void line_close(struct tty_struct *tty, struct file *file)
{
	tty_port_close(&port, tty, file);
}

static void line_hangup(struct tty_struct *tty)
{
	tty_port_hangup(&port);
}

static int line_write(struct tty_struct *tty, const unsigned char *bytes, int count)
{
	return send(bytes, count);
}

static unsigned int line_write_room(struct tty_struct *tty)
{
	return PAGE_SIZE;
}

static const struct tty_operations line_operations = {
	.open = line_open,
	.close = line_close,
	.hangup = line_hangup,
	.write = line_write,
	.write_room = line_write_room,
};

static void write_to_console(struct console *unused, const char *text, unsigned int count)
{
	while (count) {
		const char *end = memchr(text, '\n', count);
		unsigned int part = end ? end - text : count;

		send(text, part);
		if (end) {
			send("\r\n", 2);
			part++;
		}
		text += part;
		count -= part;
	}
}

static struct tty_driver *device_of_console(struct console *unused, int *index)
{
	*index = 0;
	return driver;
}

static struct console line_console = {
	.name = "ttyTZ",
	.write = write_to_console,
	.device = device_of_console,
	.flags = CON_PRINTBUFFER,
	.index = -1,
};

static void free_pages_of_line(void)
{
	free_page((unsigned long)output_page);
	free_page((unsigned long)input_page);
}

int worldswitch_console_init(void)
{
	struct device *device;
	int error;

	output_page = (char *)__get_free_page(GFP_KERNEL);
	input_page = (char *)__get_free_page(GFP_KERNEL);
	if (!output_page || !input_page) {
		error = -ENOMEM;
		goto out_pages;
	}
	/* A VMM without these functions says so. */
	if (buffer_call(SERIAL_SEND_BUFFER, output_page, 0)) {
		error = -ENODEV;
		goto out_pages;
	}
	driver = tty_alloc_driver(1, TTY_DRIVER_REAL_RAW | TTY_DRIVER_DYNAMIC_DEV);
	if (IS_ERR(driver)) {
		error = PTR_ERR(driver);
		goto out_pages;
	}
	driver->driver_name = "worldswitch";
	driver->name = "ttyTZ";
	driver->type = TTY_DRIVER_TYPE_SERIAL;
	driver->subtype = SERIAL_TYPE_NORMAL;
	/* Bytes as they are, until somebody asks for lines and echo. */
	driver->init_termios = tty_std_termios;
	driver->init_termios.c_iflag = 0;
	driver->init_termios.c_oflag = 0;
	driver->init_termios.c_lflag = 0;
	driver->init_termios.c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL;
	tty_set_operations(driver, &line_operations);
	tty_port_init(&port);
	port.ops = &port_operations;
	error = tty_register_driver(driver);
	if (error)
		goto out_driver;
	device = tty_port_register_device(&port, driver, 0, NULL);
	if (IS_ERR(device)) {
		error = PTR_ERR(device);
		goto out_registered;
	}
	register_console(&line_console);
	return 0;

out_registered:
	tty_unregister_driver(driver);
out_driver:
	tty_driver_kref_put(driver);
	tty_port_destroy(&port);
out_pages:
	free_pages_of_line();
	return error;
}

void worldswitch_console_exit(void)
{
	unregister_console(&line_console);
	tty_unregister_device(driver, 0);
	tty_unregister_driver(driver);
	tty_driver_kref_put(driver);
	tty_port_destroy(&port);
	free_pages_of_line();
}
