/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_BLK_REQUEST_H
#define VIOPERF_BENCH_BLK_REQUEST_H

/* One block request: choosing, building, and looking at its answer. */
#include <endian.h>
#include <linux/virtio_blk.h>

#include "lib/blk_status.h"
#include "worker.h"

#define BLK_SECTOR 512u

/* Header and status of a request share a cache line: it goes to the device
 * and back once, as in Linux's virtblk_req. */
struct blk_frame {
	struct virtio_blk_outhdr header;
	uint8_t status;
	uint8_t pad[47];
};

static __always_inline uint64_t blk_next_block(struct worker *w)
{
	if (w->load->config->random)
		return w->first_block + rng_below(&w->rng, w->nr_blocks);
	if (w->position == w->nr_blocks)
		w->position = 0;
	return w->first_block + w->position++;
}

static __always_inline bool blk_next_is_write(struct worker *w)
{
	unsigned int percent = w->load->config->read_percent;

	if (percent == 100)
		return false;
	return !percent || rng_below(&w->rng, 100) >= percent;
}

static __always_inline void blk_build(struct worker *w, struct slot *s,
				      uint64_t block, bool write)
{
	struct virtio_blk_outhdr *h = s->header;

	s->block = block;
	s->write = write;
	h->type = htole32(write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN);
	h->sector = htole64(block * w->sectors_per_block);
	*s->status = BLK_STATUS_NONE;
}

static __always_inline int blk_add(struct worker *w,
				   const struct ring_driver_ops *ring,
				   const struct slot *s, uint64_t cookie)
{
	unsigned int nr_out = s->write ? 2 : 1;

	return ring->add(&w->ring, s->seg, nr_out, 3 - nr_out, cookie);
}

/* Count a request that failed: 1; -EPROTO when its status makes no sense. */
int blk_failed(struct worker *w, const struct slot *s, uint8_t status);

/* Say in w->err that it makes none. Returns -EPROTO. */
int blk_broke_status(struct worker *w, uint8_t status, bool write,
		     uint64_t sector);

static __always_inline int blk_answer(struct worker *w, const struct slot *s,
				      const struct ring_done *d)
{
	uint32_t in_bytes = s->write ? 0 : s->seg[1].len;
	uint8_t status = *s->status; /* shared: read once */

	if (unlikely(!blk_used_len_right(status, in_bytes, d->len)))
		w->now.bad_lengths++;
	if (unlikely(status != BLK_STATUS_OK))
		return blk_failed(w, s, status);
	w->now.bytes += s->seg[1].len;
	return 0;
}

#endif
