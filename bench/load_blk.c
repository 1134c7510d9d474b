/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <inttypes.h>
#include <linux/virtio_blk.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ring_split.h"
#include "../lib/units.h"
#include "load.h"
#include "loop.h"
#include "worker.h"

#define SECTOR		  512u
#define VERIFY_SIZE	  (256ull << 20)
#define IN_PROCESS_SIZE	  (1ull << 30)
#define STATUS_NONE	  0xff /* set before; no device answers this */

#define BLK_FEATURES                                                      \
	((1ull << VIRTIO_BLK_F_SEG_MAX) | (1ull << VIRTIO_BLK_F_BLK_SIZE) | \
	 (1ull << VIRTIO_BLK_F_RO) | (1ull << VIRTIO_BLK_F_FLUSH) |         \
	 (1ull << VIRTIO_BLK_F_TOPOLOGY) |                                  \
	 (1ull << VIRTIO_BLK_F_CONFIG_WCE) | (1ull << VIRTIO_BLK_F_MQ))

/* Header and status of a request share a cache line: it goes to the device
 * and back once, as in Linux's virtblk_req. */
struct blk_frame {
	struct virtio_blk_outhdr header;
	uint8_t status;
	uint8_t pad[47];
};

static const char *blk_feature_name(unsigned int bit)
{
	static const char *const names[] = {
		[VIRTIO_BLK_F_SEG_MAX] = "SEG_MAX",
		[VIRTIO_BLK_F_RO] = "RO",
		[VIRTIO_BLK_F_BLK_SIZE] = "BLK_SIZE",
		[VIRTIO_BLK_F_FLUSH] = "FLUSH",
		[VIRTIO_BLK_F_TOPOLOGY] = "TOPOLOGY",
		[VIRTIO_BLK_F_CONFIG_WCE] = "CONFIG_WCE",
		[VIRTIO_BLK_F_MQ] = "MQ",
	};

	return bit < ARRAY_SIZE(names) ? names[bit] : NULL;
}

static int blk_check(const struct load_config *c, struct err *e)
{
	(void)c;
	(void)e;
	return 0;
}

/* Older devices have a shorter configuration space. */
static int read_config(struct load *l, struct virtio_blk_config *config,
		       struct err *e)
{
	static const uint32_t tries[] = { 60, 36, 24, 8 };
	size_t i;
	int n;

	memset(config, 0, sizeof(*config));
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		n = vhost_front_config(&l->front, config, tries[i], e);
		if (n)
			return n;
	}
	return 0;
}

static int check_range(struct load *l, struct err *e)
{
	const struct load_config *c = l->config;
	uint64_t size = c->size_bytes;

	if (l->capacity_bytes && size > l->capacity_bytes)
		return err_set(e, -EINVAL, "the device has %" PRIu64
			       " bytes, --size asks for %" PRIu64,
			       l->capacity_bytes, size);
	if (!size)
		size = l->capacity_bytes;
	if (c->verify && !c->size_bytes)
		size = MIN(size, VERIFY_SIZE);
	l->range_bytes = size - size % c->bs_bytes;
	if (l->range_bytes / c->bs_bytes < (uint64_t)c->queues)
		return err_set(e, -EINVAL, "%" PRIu64 " bytes are not a block "
			       "of %" PRIu64 " for each of %u queues", size,
			       c->bs_bytes, c->queues);
	return 0;
}

static int check_device(struct load *l, const struct virtio_blk_config *config,
			struct err *e)
{
	const struct load_config *c = l->config;
	uint32_t blk_size = le32toh(config->blk_size);
	uint64_t features = l->front.features;

	if (c->read_percent < 100 && features >> VIRTIO_BLK_F_RO & 1)
		return err_set(e, -EROFS, "%s: the device is read-only; use "
			       "--rw randread or read", l->front.path);
	if (features >> VIRTIO_BLK_F_BLK_SIZE & 1 && blk_size &&
	    c->bs_bytes % blk_size)
		return err_set(e, -EINVAL, "the device has blocks of %u bytes, "
			       "--bs %" PRIu64 " is no multiple", blk_size,
			       c->bs_bytes);
	return 0;
}

static int blk_setup(struct load *l, struct err *e)
{
	struct virtio_blk_config config;
	uint64_t sectors;
	int ret;

	if (l->config->in_process) {
		l->capacity_bytes = MAX(IN_PROCESS_SIZE, l->config->size_bytes);
		return check_range(l, e);
	}
	ret = read_config(l, &config, e);
	if (ret < 0)
		return ret;
	sectors = le64toh(config.capacity);
	if (ret >= 8 && (!sectors || sectors > INT64_MAX / SECTOR))
		return err_set(e, -EPROTO, "%s: the device says it has %" PRIu64
			       " sectors: nothing to measure", l->front.path,
			       sectors);
	if (ret < 8 && !l->config->size_bytes)
		return err_set(e, -ENOTSUP, "%s: the device does not tell its "
			       "capacity (GET_CONFIG); give --size",
			       l->front.path);
	l->capacity_bytes = ret >= 8 ? sectors * SECTOR : 0;
	ret = check_device(l, &config, e);
	return ret < 0 ? ret : check_range(l, e);
}

static uint64_t data_stride(const struct load *l)
{
	return (l->config->bs_bytes + 4095) & ~4095ull;
}

static uint64_t blk_slot_bytes(const struct load *l)
{
	uint64_t depth = l->config->depth;

	return load_memory_part(depth * sizeof(struct blk_frame)) +
	       depth * data_stride(l);
}

static void prepare_slot(struct worker *w, struct slot *s,
			 struct blk_frame *frame, uint8_t *data)
{
	const struct load_memory *m = &w->load->memory;
	uint64_t bs = w->load->config->bs_bytes, i;

	s->header = &frame->header;
	s->status = &frame->status;
	s->data = data;
	for (i = 0; i < bs; i += 8)
		*(uint64_t *)(data + i) = rng_next(&w->rng);
	s->seg[0] = (struct ring_seg){ load_memory_gpa(m, &frame->header),
				       sizeof(frame->header) };
	s->seg[1] = (struct ring_seg){ load_memory_gpa(m, data),
				       (uint32_t)bs };
	s->seg[2] = (struct ring_seg){ load_memory_gpa(m, &frame->status), 1 };
}

/* Random: the whole range. Sequential: a part of it for each queue. */
static void set_blocks(struct worker *w)
{
	const struct load_config *c = w->load->config;

	w->sectors_per_block = c->bs_bytes / SECTOR;
	w->nr_blocks = w->load->range_bytes / c->bs_bytes;
	if (c->random)
		return;
	w->nr_blocks /= c->queues;
	w->first_block = w->nr_blocks * w->index;
}

static int blk_prepare(struct worker *w, void *shared, struct err *e)
{
	uint8_t *data = (uint8_t *)shared +
			load_memory_part(w->depth * sizeof(struct blk_frame));
	struct blk_frame *frame = shared;
	unsigned int i;

	(void)e;
	set_blocks(w);
	for (i = 0; i < w->depth; i++)
		prepare_slot(w, &w->slot[i], &frame[i],
			     data + i * data_stride(w->load));
	return 0;
}

static __always_inline uint64_t next_block(struct worker *w)
{
	if (w->load->config->random)
		return rng_below(&w->rng, w->nr_blocks);
	if (w->position == w->nr_blocks)
		w->position = 0;
	return w->first_block + w->position++;
}

static __always_inline bool next_is_write(struct worker *w)
{
	unsigned int percent = w->load->config->read_percent;

	if (percent == 100)
		return false;
	return !percent || rng_below(&w->rng, 100) >= percent;
}

static __always_inline void build(struct worker *w, struct slot *s,
				  uint64_t block, bool write)
{
	struct virtio_blk_outhdr *h = s->header;

	s->block = block;
	s->write = write;
	h->type = htole32(write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN);
	h->sector = htole64(block * w->sectors_per_block);
	*s->status = STATUS_NONE;
}

static __always_inline bool blk_next(struct worker *w, struct slot *s)
{
	build(w, s, next_block(w), next_is_write(w));
	return true;
}

static __always_inline int blk_add(struct worker *w,
				   const struct ring_driver_ops *ring,
				   const struct slot *s, uint64_t cookie)
{
	unsigned int nr_out = s->write ? 2 : 1;

	return ring->add(&w->ring, s->seg, nr_out, 3 - nr_out, cookie);
}

static int blk_failed(struct worker *w, const struct slot *s)
{
	uint8_t status = *s->status;

	if (status == VIRTIO_BLK_S_IOERR) {
		w->now.errors++;
		return 0;
	}
	if (status == VIRTIO_BLK_S_UNSUPP) {
		w->now.errors++;
		w->now.unsupported++;
		return 0;
	}
	return err_set(&w->err, -EPROTO, "queue %u: the device finished a %s "
		       "of sector %" PRIu64 " %s 0x%02x", w->index,
		       s->write ? "write" : "read",
		       s->block * w->sectors_per_block,
		       status == STATUS_NONE ? "without a status, left at" :
					       "with unknown status", status);
}

static __always_inline int blk_done(struct worker *w, struct slot *s,
				    const struct ring_done *d)
{
	uint32_t len = s->write ? 1 : s->seg[1].len + 1;

	if (unlikely(d->len != len))
		w->now.bad_lengths++;
	if (unlikely(*s->status != VIRTIO_BLK_S_OK))
		return blk_failed(w, s);
	w->now.bytes += s->seg[1].len;
	return 0;
}

static const struct loop_ops blk_loop_ops = { blk_next, blk_add, blk_done };

#define BLK_LOOP(name, flags)                                          \
	static __attribute__((noinline)) int name(struct worker *w)    \
	{                                                              \
		return loop_run(w, &split_driver_ops, &blk_loop_ops, flags); \
	}
BLK_LOOP(run_closed, 0)
BLK_LOOP(run_closed_stamps, LOOP_STAMPS)
BLK_LOOP(run_open, LOOP_OPEN)
BLK_LOOP(run_open_stamps, LOOP_OPEN | LOOP_STAMPS)
BLK_LOOP(run_inproc, LOOP_INPROC)
BLK_LOOP(run_inproc_open, LOOP_INPROC | LOOP_OPEN)

static int blk_run(struct worker *w)
{
	const struct load *l = w->load;
	bool open = l->config->rate;

	if (l->config->in_process)
		return open ? run_inproc_open(w) : run_inproc(w);
	if (l->stamps)
		return open ? run_open_stamps(w) : run_closed_stamps(w);
	return open ? run_open(w) : run_closed(w);
}

static void blk_report(const struct load *l, json_t *record)
{
	(void)l;
	(void)record;
}

static void blk_teardown(struct load *l)
{
	(void)l;
}

const struct load_ops load_blk_ops = {
	.name = "blk",
	.features = BLK_FEATURES,
	.feature_name = blk_feature_name,
	.check = blk_check,
	.setup = blk_setup,
	.slot_bytes = blk_slot_bytes,
	.prepare = blk_prepare,
	.run = blk_run,
	.report = blk_report,
	.teardown = blk_teardown,
};
