// SPDX-License-Identifier: GPL-2.0
/*
 * tzblk0, tzblk1 ...: disks over the VMM's block device. One buffer serves all disks, for a request's data on its way out and for replies on their way in, so a
 * lock is held from the copy to the call, and from the call to the copy. Replies are announced by an interrupt of each disk, the n-th of the device tree's node.
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of_irq.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "worldswitch.h"

enum {
	BLOCK_COUNT, BLOCK_BLOCKS, BLOCK_SIZE_OF, BLOCK_WRITEABLE, BLOCK_QUEUE, BLOCK_INTERRUPT, BLOCK_START, BLOCK_REQUEST, BLOCK_SUBMIT, BLOCK_COLLECT, BLOCK_BUFFER,
};

/* In front of the data of a reply. */
struct reply {
	u32 request;
	u32 write;
	u32 size;
	char data[];
};

/* Bytes of one request, at most. */
#define LARGEST_REQUEST (128 * 1024)
#define BUFFER_BYTES (LARGEST_REQUEST + PAGE_SIZE)
#define MOST_DISKS 8
#define MINORS 16

struct disk {
	u32 number;
	int irq;
	struct gendisk *gendisk;
	struct blk_mq_tag_set tags;
};

static struct disk disks[MOST_DISKS];
static u32 disk_count;
static int major;
static void *buffer;
static DEFINE_SPINLOCK(buffer_lock);

static u32 block_call(u32 function, u32 disk)
{
	u32 registers[WORLDSWITCH_REGISTERS] = {};

	registers[2] = disk;
	return tz_call(registers, TZ_BLOCK, function);
}

static void copy_out(struct request *request)
{
	struct req_iterator iterator;
	struct bio_vec piece;
	char *at = buffer;

	rq_for_each_segment(piece, request, iterator) {
		memcpy_from_bvec(at, &piece);
		at += piece.bv_len;
	}
}

static void copy_in(struct request *request, const char *at)
{
	struct req_iterator iterator;
	struct bio_vec piece;

	rq_for_each_segment(piece, request, iterator) {
		memcpy_to_bvec(&piece, at);
		at += piece.bv_len;
	}
}

static blk_status_t queue_request(struct blk_mq_hw_ctx *context, const struct blk_mq_queue_data *queued)
{
	struct request *request = queued->rq;
	struct disk *disk = request->q->queuedata;
	u64 position = (u64)blk_rq_pos(request) << SECTOR_SHIFT;
	bool write = req_op(request) == REQ_OP_WRITE;
	u32 registers[WORLDSWITCH_REGISTERS] = {};
	blk_status_t status = BLK_STS_OK;
	unsigned long flags;
	u32 handle;

	if (!write && req_op(request) != REQ_OP_READ)
		return BLK_STS_NOTSUPP;
	spin_lock_irqsave(&buffer_lock, flags);
	registers[2] = disk->number;
	registers[3] = blk_rq_bytes(request);
	registers[4] = request->tag;
	handle = tz_call(registers, TZ_BLOCK, BLOCK_REQUEST);
	if (!handle) {
		status = BLK_STS_RESOURCE;
		goto out;
	}
	blk_mq_start_request(request);
	if (write)
		copy_out(request);
	/* Where in the queue is what the call gave in r1. */
	registers[3] = registers[1];
	registers[2] = disk->number;
	registers[4] = blk_rq_bytes(request);
	registers[5] = upper_32_bits(position);
	registers[6] = lower_32_bits(position);
	registers[7] = write;
	registers[8] = handle;
	if (tz_call(registers, TZ_BLOCK, BLOCK_SUBMIT))
		status = BLK_STS_IOERR;
out:
	spin_unlock_irqrestore(&buffer_lock, flags);
	return status;
}

static const struct blk_mq_ops queue_operations = {
	.queue_rq = queue_request,
};

static irqreturn_t collect(int irq, void *data)
{
	struct disk *disk = data;
	irqreturn_t result = IRQ_NONE;

	for (;;) {
		struct reply *reply = buffer;
		struct request *request;
		blk_status_t status;
		unsigned long flags;

		spin_lock_irqsave(&buffer_lock, flags);
		if (block_call(BLOCK_COLLECT, disk->number) != 1) {
			spin_unlock_irqrestore(&buffer_lock, flags);
			return result;
		}
		result = IRQ_HANDLED;
		request = reply->request < disk->tags.queue_depth ? blk_mq_tag_to_rq(disk->tags.tags[0], reply->request) : NULL;
		status = request && reply->size == blk_rq_bytes(request) ? BLK_STS_OK : BLK_STS_IOERR;
		if (status == BLK_STS_OK && req_op(request) == REQ_OP_READ)
			copy_in(request, reply->data);
		spin_unlock_irqrestore(&buffer_lock, flags);
		if (request)
			blk_mq_end_request(request, status);
	}
}

static const struct block_device_operations disk_operations = {
	.owner = THIS_MODULE,
};

static int add_disk_of(struct disk *disk, struct device_node *node)
{
	u32 size = block_call(BLOCK_SIZE_OF, disk->number);
	u32 blocks = block_call(BLOCK_BLOCKS, disk->number);
	u32 queue = block_call(BLOCK_QUEUE, disk->number);
	struct gendisk *gendisk;
	int error;

	if (size < SECTOR_SIZE || size > PAGE_SIZE || (s32)queue < LARGEST_REQUEST)
		return -ENODEV;
	disk->irq = irq_of_parse_and_map(node, disk->number);
	if (!disk->irq)
		return -ENXIO;
	disk->tags.ops = &queue_operations;
	disk->tags.nr_hw_queues = 1;
	disk->tags.queue_depth = min_t(u32, queue / LARGEST_REQUEST, 32);
	disk->tags.numa_node = NUMA_NO_NODE;
	disk->tags.flags = BLK_MQ_F_SHOULD_MERGE;
	error = blk_mq_alloc_tag_set(&disk->tags);
	if (error)
		return error;
	gendisk = blk_mq_alloc_disk(&disk->tags, disk);
	if (IS_ERR(gendisk)) {
		error = PTR_ERR(gendisk);
		goto out_tags;
	}
	disk->gendisk = gendisk;
	gendisk->major = major;
	gendisk->first_minor = disk->number * MINORS;
	gendisk->minors = MINORS;
	gendisk->fops = &disk_operations;
	gendisk->private_data = disk;
	snprintf(gendisk->disk_name, DISK_NAME_LEN, "tzblk%u", disk->number);
	blk_queue_logical_block_size(gendisk->queue, size);
	blk_queue_max_hw_sectors(gendisk->queue, LARGEST_REQUEST >> SECTOR_SHIFT);
	blk_queue_max_segments(gendisk->queue, USHRT_MAX);
	set_capacity(gendisk, (u64)blocks * (size >> SECTOR_SHIFT));
	set_disk_ro(gendisk, block_call(BLOCK_WRITEABLE, disk->number) != 1);
	error = request_irq(disk->irq, collect, 0, gendisk->disk_name, disk);
	if (error)
		goto out_disk;
	block_call(BLOCK_START, disk->number);
	error = device_add_disk(NULL, gendisk, NULL);
	if (error)
		goto out_irq;
	return 0;

out_irq:
	free_irq(disk->irq, disk);
out_disk:
	put_disk(gendisk);
	disk->gendisk = NULL;
out_tags:
	blk_mq_free_tag_set(&disk->tags);
	return error;
}

int worldswitch_block_init(struct device_node *node)
{
	u32 registers[WORLDSWITCH_REGISTERS] = {};
	int found = 0;

	disk_count = min_t(u32, block_call(BLOCK_COUNT, 0), MOST_DISKS);
	if (!disk_count)
		return -ENODEV;
	buffer = alloc_pages_exact(BUFFER_BYTES, GFP_KERNEL | __GFP_ZERO);
	if (!buffer)
		return -ENOMEM;
	registers[2] = virt_to_phys(buffer);
	registers[3] = BUFFER_BYTES;
	if (tz_call(registers, TZ_BLOCK, BLOCK_BUFFER))
		goto out_buffer;
	major = register_blkdev(0, "tzblk");
	if (major < 0)
		goto out_buffer;
	for (u32 i = 0; i < disk_count; i++) {
		int error;

		disks[i].number = i;
		error = add_disk_of(&disks[i], node);
		if (error)
			pr_warn("worldswitch: no tzblk%u (%d)\n", i, error);
		else
			found++;
	}
	if (found)
		return 0;
	unregister_blkdev(major, "tzblk");
out_buffer:
	free_pages_exact(buffer, BUFFER_BYTES);
	return -EIO;
}

void worldswitch_block_exit(void)
{
	for (u32 i = 0; i < disk_count; i++) {
		struct disk *disk = &disks[i];

		if (!disk->gendisk)
			continue;
		del_gendisk(disk->gendisk);
		put_disk(disk->gendisk);
		free_irq(disk->irq, disk);
		blk_mq_free_tag_set(&disk->tags);
	}
	unregister_blkdev(major, "tzblk");
	free_pages_exact(buffer, BUFFER_BYTES);
}
