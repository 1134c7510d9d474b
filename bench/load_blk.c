/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <inttypes.h>
#include <linux/virtio_blk.h>
#include <stdlib.h>
#include <string.h>

#include "lib/blk_load.h"
#include "lib/units.h"
#include "blk_request.h"
#include "blk_verify.h"
#include "bench/kvm/kvm_worker.h"
#include "load.h"
#include "loop.h"
#include "worker.h"

#define IN_PROCESS_SIZE (1ull << 30)

#define BLK_FEATURES                                                           \
	((1ull << VIRTIO_BLK_F_SEG_MAX) | (1ull << VIRTIO_BLK_F_BLK_SIZE) |    \
	 (1ull << VIRTIO_BLK_F_RO) | (1ull << VIRTIO_BLK_F_FLUSH) |            \
	 (1ull << VIRTIO_BLK_F_TOPOLOGY) | (1ull << VIRTIO_BLK_F_CONFIG_WCE) | \
	 (1ull << VIRTIO_BLK_F_MQ))

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

/* For the checks that all who load a disk share. */
static struct blk_load load_config_blk(const struct load_config *c)
{
	return (struct blk_load){
		.mix = { c->random, c->read_percent },
		.bs_bytes = c->bs_bytes,
		.size_bytes = c->size_bytes,
		.depth = c->depth,
		.queues = c->queues,
		.ring_size = c->ring_size,
		.indirect = c->indirect,
		.verify = c->verify,
	};
}

static int blk_check(const struct load_config *c, struct err *e)
{
	struct blk_load blk = load_config_blk(c);

	if (c->in_process && c->stamps)
		return err_set(e, -EINVAL,
			       "--stamps needs a device; "
			       "--in-process has none");
	if (c->verify && c->stamps)
		return err_set(e, -EINVAL,
			       "--verify costs time that --stamps "
			       "would show; take one of them");
	return blk_load_check(&blk, e);
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
	struct blk_load blk = load_config_blk(l->config);

	return blk_load_range(&blk, l->capacity_bytes, &l->range_bytes, e);
}

/* Once more, with what the device has negotiated. */
static int check_ring(struct load *l, struct err *e)
{
	struct blk_load blk = load_config_blk(l->config);

	blk.indirect = l->indirect;
	return blk_load_check(&blk, e);
}

static int check_device(struct load *l, const struct virtio_blk_config *config,
			struct err *e)
{
	const struct load_config *c = l->config;
	uint32_t blk_size = le32toh(config->blk_size);
	uint64_t features = l->front.features;

	if (c->read_percent < 100 && features >> VIRTIO_BLK_F_RO & 1)
		return err_set(e, -EROFS,
			       "%s: the device is read-only; use "
			       "--rw randread or read",
			       l->front.path);
	if (features >> VIRTIO_BLK_F_BLK_SIZE & 1 && blk_size &&
	    c->bs_bytes % blk_size)
		return err_set(e, -EINVAL,
			       "the device has blocks of %u bytes, "
			       "--bs %" PRIu64 " is no multiple",
			       blk_size, c->bs_bytes);
	return 0;
}

static int blk_setup(struct load *l, struct err *e)
{
	struct virtio_blk_config config;
	uint64_t sectors;
	int ret = check_ring(l, e);

	if (ret < 0)
		return ret;
	if (l->config->in_process) {
		l->capacity_bytes = MAX(IN_PROCESS_SIZE, l->config->size_bytes);
		return check_range(l, e);
	}
	ret = read_config(l, &config, e);
	if (ret < 0)
		return ret;
	sectors = le64toh(config.capacity);
	if (ret >= 8 && (!sectors || sectors > INT64_MAX / BLK_SECTOR))
		return err_set(e, -EPROTO,
			       "%s: the device says it has %" PRIu64
			       " sectors: nothing to measure",
			       l->front.path, sectors);
	if (ret < 8 && !l->config->size_bytes)
		return err_set(e, -ENOTSUP,
			       "%s: the device does not tell its "
			       "capacity (GET_CONFIG); give --size",
			       l->front.path);
	l->capacity_bytes = ret >= 8 ? sectors * BLK_SECTOR : 0;
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
	s->seg[1] = (struct ring_seg){ load_memory_gpa(m, data), (uint32_t)bs };
	s->seg[2] = (struct ring_seg){ load_memory_gpa(m, &frame->status), 1 };
}

/* Random: the whole range. Sequential, or when each block's content must be
 * known: a part of it for each queue. */
static void set_blocks(struct worker *w)
{
	const struct load_config *c = w->load->config;

	w->sectors_per_block = c->bs_bytes / BLK_SECTOR;
	w->nr_blocks = w->load->range_bytes / c->bs_bytes;
	if (c->random && !c->verify)
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

	set_blocks(w);
	for (i = 0; i < w->depth; i++)
		prepare_slot(w, &w->slot[i], &frame[i],
			     data + i * data_stride(w->load));
	return w->load->config->verify ? blk_verify_open(w, e) : 0;
}

static __always_inline bool blk_next(struct worker *w, struct slot *s)
{
	blk_build(w, s, blk_next_block(w), blk_next_is_write(w));
	return true;
}

static __always_inline int blk_done(struct worker *w, struct slot *s,
				    const struct ring_done *d)
{
	return blk_answer(w, s, d);
}

static const struct loop_ops plain_ops = { blk_next, blk_add, blk_done };
static const struct loop_ops verify_ops = { blk_verify_next, blk_add,
					    blk_verify_done };

LOOPS(blk, plain_ops, verify_ops);

static int blk_run(struct worker *w)
{
	const struct load_config *c = w->load->config;

	if (c->kvm)
		return kvm_worker_run(w, c->verify ? &verify_ops : NULL);
	return loop_pick(w, blk_loops)(w);
}

static void blk_report(const struct load *l, json_t *record)
{
	uint64_t checked = 0;
	unsigned int i;

	if (!l->config->verify)
		return;
	for (i = 0; i < l->nr_workers; i++)
		checked += blk_verify_checked(&l->worker[i]);
	json_object_set_new(record, "verified_sectors",
			    json_integer((json_int_t)checked));
}

static void blk_teardown(struct load *l)
{
	unsigned int i;

	for (i = 0; i < l->nr_workers; i++)
		blk_verify_close(&l->worker[i]);
}

const struct load_ops load_blk_ops = {
	.name = "blk",
	.mix = "randread",
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
