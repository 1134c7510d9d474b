/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RING_SPLIT_H
#define VIOPERF_RING_SPLIT_H

/*
 * The split virtqueue, both halves (virtio 1.2, section 2.7).
 *
 * Barriers, with their partners:
 *   A  driver publish: ring entries before avail.idx     -> B
 *   B  device pop: avail.idx before the entries          <- A
 *   C  device publish: used elements before used.idx     -> D
 *   D  driver reap: used.idx before the elements         <- C
 *   E  driver publish: avail.idx before reading avail_event/used.flags <-> F
 *   F  device arm: avail_event/used.flags before reading avail.idx
 *   G  device publish: used.idx before reading used_event/avail.flags <-> H
 *   H  driver arm: used_event/avail.flags before reading used.idx
 * E to H order a store before a load and so are full fences: each side writes
 * its word, then looks at the other's; at least one of the two sees.
 */
#include "ring.h"
#if __STDC_HOSTED__
#include <endian.h>
#include <errno.h>

#include "guest_memory.h"
#else /* a guest of ours: no libc, the same numbers */
#define ENOSPC 28
#define EPROTO 71
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ring_le16(v) ((uint16_t)(v))
#define ring_le32(v) ((uint32_t)(v))
#define ring_le64(v) ((uint64_t)(v))
#else
#define ring_le16(v) __builtin_bswap16(v)
#define ring_le32(v) __builtin_bswap32(v)
#define ring_le64(v) __builtin_bswap64(v)
#endif

#define SPLIT_DESC_NEXT	     1
#define SPLIT_DESC_WRITE     2
#define SPLIT_DESC_INDIRECT  4
#define SPLIT_AVAIL_NO_CALL  1 /* VIRTQ_AVAIL_F_NO_INTERRUPT */
#define SPLIT_USED_NO_KICK   1 /* VIRTQ_USED_F_NO_NOTIFY */

/* All little-endian, as on the wire. */
struct split_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct split_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[]; /* num entries, then used_event */
};

struct split_used_elem {
	uint32_t id;
	uint32_t len;
};

struct split_used {
	uint16_t flags;
	uint16_t idx;
	struct split_used_elem ring[]; /* num entries, then avail_event */
};

/* Sizes of the three parts for @num entries, event words included. */
static inline size_t split_desc_bytes(unsigned int num)
{
	return sizeof(struct split_desc) * num;
}

static inline size_t split_avail_bytes(unsigned int num)
{
	return sizeof(struct split_avail) + 2 * (size_t)num + 2;
}

static inline size_t split_used_bytes(unsigned int num)
{
	return sizeof(struct split_used) +
	       sizeof(struct split_used_elem) * num + 2;
}

static __always_inline uint16_t *split_used_event(struct split_avail *avail,
						  uint16_t num)
{
	return &avail->ring[num];
}

static __always_inline uint16_t *split_avail_event(struct split_used *used,
						   uint16_t num)
{
	return (uint16_t *)&used->ring[num];
}

/* ---- driver half ---- */

/* Put every descriptor on the free list. The ring memory must be zeroed and
 * num, pointers, features and inflight[] be set. */
static inline void split_driver_init(struct ring_driver *r)
{
	uint16_t i;

	for (i = 0; i < r->num; i++)
		r->inflight[i] = (struct ring_inflight){
			.next = (uint16_t)(i + 1)
		};
	r->free_head = 0;
	r->num_free = r->num;
	r->avail_idx = r->published = r->used_idx = 0;
}

static __always_inline void split_fill(struct split_desc *d,
				       const struct ring_seg *seg,
				       uint16_t flags, uint16_t next)
{
	d->addr = ring_le64(seg->addr);
	d->len = ring_le32(seg->len);
	d->flags = ring_le16(flags);
	d->next = ring_le16(next);
}

static __always_inline uint16_t split_seg_flags(unsigned int i,
						unsigned int nr_out,
						unsigned int nr)
{
	return (uint16_t)((i >= nr_out ? SPLIT_DESC_WRITE : 0) |
			  (i + 1 < nr ? SPLIT_DESC_NEXT : 0));
}

/* One descriptor that points to a table (2.7.5.3). */
static __always_inline void split_add_indirect(struct ring_driver *r,
					       uint16_t head,
					       const struct ring_seg *seg,
					       unsigned int nr_out,
					       unsigned int nr)
{
	struct split_desc *t = r->indirect_table + head * r->indirect_max;
	struct ring_seg table = {
		r->indirect_gpa + (uint64_t)head * r->indirect_max * sizeof(*t),
		(uint32_t)(nr * sizeof(*t))
	};
	unsigned int i;

	for (i = 0; i < nr; i++)
		split_fill(&t[i], &seg[i], split_seg_flags(i, nr_out, nr),
			   (uint16_t)(i + 1));
	split_fill(&r->split.desc[head], &table, SPLIT_DESC_INDIRECT, 0);
	r->free_head = r->inflight[head].next;
	r->num_free--;
	r->inflight[head].ndesc = 1;
}

static __always_inline void split_add_direct(struct ring_driver *r,
					     uint16_t head,
					     const struct ring_seg *seg,
					     unsigned int nr_out,
					     unsigned int nr)
{
	uint16_t at = head, next = head;
	unsigned int i;

	for (i = 0; i < nr; i++, at = next) {
		next = r->inflight[at].next;
		split_fill(&r->split.desc[at], &seg[i],
			   split_seg_flags(i, nr_out, nr), next);
	}
	r->free_head = next;
	r->num_free = (uint16_t)(r->num_free - nr);
	r->inflight[head].ndesc = (uint16_t)nr;
}

static __always_inline int split_add(struct ring_driver *r,
				     const struct ring_seg *seg,
				     unsigned int nr_out, unsigned int nr_in,
				     uint64_t cookie)
{
	unsigned int nr = nr_out + nr_in, i;
	bool indirect = r->indirect && nr > 1 && nr <= r->indirect_max;
	uint16_t head = r->free_head;
	uint32_t in_bytes = 0;

	if (unlikely(!nr || r->num_free < (indirect ? 1 : nr)))
		return -ENOSPC;
	if (indirect)
		split_add_indirect(r, head, seg, nr_out, nr);
	else
		split_add_direct(r, head, seg, nr_out, nr);
	for (i = nr_out; i < nr; i++)
		in_bytes += seg[i].len;
	r->inflight[head].in_bytes = in_bytes;
	r->inflight[head].cookie = cookie;
	r->split.avail->ring[r->avail_idx & (r->num - 1)] = ring_le16(head);
	r->avail_idx++;
	return 0;
}

static __always_inline void split_driver_show(struct ring_driver *r)
{
	ring_store_release(&r->split.avail->idx, ring_le16(r->avail_idx));
}

static __always_inline bool split_driver_publish(struct ring_driver *r)
{
	uint16_t old = r->published, event;

	if (r->avail_idx == old)
		return false;
	split_driver_show(r);
	r->published = r->avail_idx;
	ring_fence(); /* E: avail.idx before avail_event, pairs with F */
	if (!r->event_idx)
		return !(ring_le16(ring_load(&r->split.used->flags)) &
			 SPLIT_USED_NO_KICK);
	event = ring_le16(ring_load(split_avail_event(r->split.used, r->num)));
	return ring_need_event(event, r->published, old);
}

/* Give the @ndesc descriptors of chain @head back. The links are private:
 * what the device may have written into the table does not matter. */
static __always_inline void split_free(struct ring_driver *r, uint16_t head)
{
	struct ring_inflight *f = &r->inflight[head];
	uint16_t tail = head, i;

	for (i = 1; i < f->ndesc; i++)
		tail = r->inflight[tail].next;
	r->inflight[tail].next = r->free_head;
	r->free_head = head;
	r->num_free = (uint16_t)(r->num_free + f->ndesc);
	f->ndesc = 0;
}

static __always_inline int split_reap(struct ring_driver *r,
				      struct ring_done *done)
{
	/* D: used.idx before the element, pairs with C */
	uint16_t idx = ring_le16(ring_load_acquire(&r->split.used->idx));
	const struct split_used_elem *e;
	uint32_t id, len;

	if (idx == r->used_idx)
		return 0;
	if (unlikely((uint16_t)(idx - r->used_idx) >
		     (uint16_t)(r->published - r->used_idx)))
		return -EPROTO; /* more done than were ever given */
	e = &r->split.used->ring[r->used_idx & (r->num - 1)];
	id = ring_le32(ring_load(&e->id));
	len = ring_le32(ring_load(&e->len));
	if (unlikely(id >= r->num || !r->inflight[id].ndesc ||
		     len > r->inflight[id].in_bytes))
		return -EPROTO;
	done->id = (uint16_t)id;
	done->len = len;
	done->cookie = r->inflight[id].cookie;
	split_free(r, (uint16_t)id);
	r->used_idx++;
	return 1;
}

static __always_inline bool split_driver_arm(struct ring_driver *r, uint16_t n)
{
	struct split_avail *avail = r->split.avail;
	uint16_t want = (uint16_t)(r->used_idx + n - 1);

	if (r->event_idx)
		ring_store(split_used_event(avail, r->num), ring_le16(want));
	else
		ring_store(&avail->flags, ring_le16(0));
	ring_fence(); /* H: used_event before used.idx, pairs with G */
	return (uint16_t)(ring_le16(ring_load(&r->split.used->idx)) -
			  r->used_idx) < n;
}

/* EVENT_IDX has no off switch: the index is parked behind, where it would
 * fire again after 65,536 elements unless it is moved on. A ring's length
 * behind, since the device may just be deciding about elements that are
 * reaped already: an index among those would still fire. */
static __always_inline void split_driver_disarm(struct ring_driver *r)
{
	struct split_avail *avail = r->split.avail;

	if (r->event_idx)
		ring_store(split_used_event(avail, r->num),
			   ring_le16((uint16_t)(r->used_idx - r->num - 1)));
	else
		ring_store(&avail->flags, ring_le16(SPLIT_AVAIL_NO_CALL));
}

static inline bool split_driver_missed(const struct ring_driver *r,
				       uint16_t since)
{
	uint16_t event, flags = ring_le16(ring_load(&r->split.used->flags));

	if (!r->event_idx)
		return r->published != since && !(flags & SPLIT_USED_NO_KICK);
	event = ring_le16(ring_load(split_avail_event(r->split.used, r->num)));
	return (uint16_t)(event - since) < (uint16_t)(r->published - since);
}

static inline int split_detach(struct ring_driver *r, struct ring_done *done)
{
	uint16_t i;

	for (i = 0; i < r->num; i++) {
		if (!r->inflight[i].ndesc)
			continue;
		*done = (struct ring_done){ r->inflight[i].cookie, 0, i };
		split_free(r, i);
		return 1;
	}
	return 0;
}

static const struct ring_driver_ops split_driver_ops
	__attribute__((unused)) = {
	.name = "split",
	.add = split_add,
	.show = split_driver_show,
	.publish = split_driver_publish,
	.reap = split_reap,
	.arm = split_driver_arm,
	.disarm = split_driver_disarm,
	.missed = split_driver_missed,
	.detach = split_detach,
};

#if __STDC_HOSTED__
#include "ring_split_device.h"
#endif

#endif
