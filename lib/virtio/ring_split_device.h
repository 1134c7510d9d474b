/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RING_SPLIT_DEVICE_H
#define VIOPERF_RING_SPLIT_DEVICE_H

/*
 * The device half of the split virtqueue; included by ring_split.h, which
 * says which barrier is whose partner. Everything in shared memory belongs to
 * a hostile driver: it is read once into a local, checked, then used.
 */
#include "ring_split.h"

static __always_inline int split_break(struct ring_device *r, const char *why)
{
	r->broken = why;
	return -EPROTO;
}

/* Add one data descriptor to the chain. */
static __always_inline int split_chain_add(struct ring_device *r,
					   struct ring_chain *c,
					   const struct split_desc *d)
{
	unsigned int n = c->nr_out + c->nr_in;
	uint32_t len = ring_le32(d->len);
	int pieces;

	if (unlikely(!len))
		return split_break(r, "zero-length segment");
	pieces = guest_memory_iov(r->mem, ring_le64(d->addr), len, &c->iov[n],
				  (int)(RING_CHAIN_MAX - n));
	if (unlikely(pieces == -E2BIG))
		return split_break(r, "chain of too many segments");
	if (unlikely(pieces < 0))
		return split_break(r, "segment outside guest memory");
	if (ring_le16(d->flags) & SPLIT_DESC_WRITE) {
		c->nr_in = (uint16_t)(c->nr_in + pieces);
		c->in_bytes += len;
		return 0;
	}
	if (unlikely(c->nr_in))
		return split_break(r, "readable segment after a writable one");
	c->nr_out = (uint16_t)(c->nr_out + pieces);
	c->out_bytes += len;
	return 0;
}

/* A descriptor wherever a driver put it: an indirect table need not even be
 * aligned. */
struct split_desc_anywhere {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
} __attribute__((packed));

/* Read a descriptor out of shared memory, once. */
static __always_inline struct split_desc split_desc_read(const void *at)
{
	const volatile struct split_desc_anywhere *d = at;
	struct split_desc copy;

	copy.addr = d->addr;
	copy.len = d->len;
	copy.flags = d->flags;
	copy.next = d->next;
	return copy;
}

/* Walk the table of an indirect descriptor (2.7.5.3.1, 2.7.5.3.2). */
static __always_inline int split_walk_indirect(struct ring_device *r,
					       struct ring_chain *c,
					       const struct split_desc *d)
{
	uint32_t bytes = ring_le32(d->len), nr = bytes / sizeof(*d), seen;
	uint16_t flags, i = 0;
	const uint8_t *table;
	struct split_desc e;
	int ret;

	if (unlikely(!r->indirect))
		return split_break(r, "indirect table, not negotiated");
	if (unlikely(ring_le16(d->flags) & SPLIT_DESC_NEXT))
		return split_break(r, "indirect descriptor with a successor");
	if (unlikely(!nr || bytes % sizeof(*d)))
		return split_break(r, "indirect table's length is no multiple of 16");
	table = guest_memory_at(r->mem, ring_le64(d->addr), bytes);
	if (unlikely(!table))
		return split_break(r, "indirect table outside guest memory");
	for (seen = 0; seen < nr; seen++) {
		e = split_desc_read(table + i * sizeof(*d));
		flags = ring_le16(e.flags);
		if (unlikely(flags & SPLIT_DESC_INDIRECT))
			return split_break(r, "indirect table in a table");
		ret = split_chain_add(r, c, &e);
		if (unlikely(ret < 0))
			return ret;
		if (!(flags & SPLIT_DESC_NEXT))
			return 0;
		i = ring_le16(e.next);
		if (unlikely(i >= nr))
			return split_break(r, "next beyond the indirect table");
	}
	return split_break(r, "descriptor loop in an indirect table");
}

static __always_inline int split_walk(struct ring_device *r,
				      struct ring_chain *c)
{
	uint16_t i = c->id, flags;
	struct split_desc d;
	int ret;

	for (c->ndesc = 1; c->ndesc <= r->num; c->ndesc++) {
		d = split_desc_read(&r->split.desc[i]);
		flags = ring_le16(d.flags);
		if (flags & SPLIT_DESC_INDIRECT)
			return split_walk_indirect(r, c, &d);
		ret = split_chain_add(r, c, &d);
		if (unlikely(ret < 0))
			return ret;
		if (!(flags & SPLIT_DESC_NEXT))
			return 0;
		i = ring_le16(d.next);
		if (unlikely(i >= r->num))
			return split_break(r, "next beyond the ring");
	}
	return split_break(r, "descriptor loop");
}

/*
 * Chains that wait behind the one popped now: their memory was written by
 * another CPU, so each first touch is a miss. The indirect table is asked for
 * first, and what its first descriptor points to (the header, for most
 * devices) once the table may have come.
 */
#define SPLIT_TABLE_AHEAD  5
#define SPLIT_HEADER_AHEAD 2

/* The indirect table of the chain @ahead of the next, or NULL. A hint: it is
 * checked for being inside memory, and for nothing else. */
static __always_inline const void *split_table_ahead(struct ring_device *r,
						     uint16_t ahead)
{
	uint16_t at = (uint16_t)(r->last_avail + ahead), head;
	struct split_desc d;

	if ((uint16_t)(r->avail_idx - r->last_avail) <= ahead)
		return NULL;
	head = ring_le16(
		ring_load(&r->split.avail->ring[at & (r->num - 1)]));
	if (unlikely(head >= r->num))
		return NULL;
	d = split_desc_read(&r->split.desc[head]);
	if (!(ring_le16(d.flags) & SPLIT_DESC_INDIRECT))
		return NULL;
	return guest_memory_near(r->mem, ring_le64(d.addr), sizeof(d));
}

static __always_inline void split_prefetch(struct ring_device *r)
{
	const void *table = split_table_ahead(r, SPLIT_TABLE_AHEAD), *header;
	struct split_desc d;

	if (table)
		__builtin_prefetch(table);
	table = split_table_ahead(r, SPLIT_HEADER_AHEAD);
	if (!table)
		return;
	d = split_desc_read(table);
	header = guest_memory_near(r->mem, ring_le64(d.addr), 1);
	if (header)
		__builtin_prefetch(header);
}

static __always_inline int split_pop(struct ring_device *r,
				     struct ring_chain *c)
{
	uint16_t head;

	if (r->last_avail == r->avail_idx) {
		/* B: avail.idx before the entries, pairs with A */
		r->avail_idx =
			ring_le16(ring_load_acquire(&r->split.avail->idx));
		if (r->last_avail == r->avail_idx)
			return 0;
		if (unlikely((uint16_t)(r->avail_idx - r->last_avail) >
			     r->num)) {
			r->avail_idx = r->last_avail;
			return split_break(r, "avail.idx jumps past the ring");
		}
	}
	head = ring_le16(ring_load(
		&r->split.avail->ring[r->last_avail & (r->num - 1)]));
	if (unlikely(head >= r->num))
		return split_break(r, "head beyond the ring");
	c->id = head;
	c->nr_out = c->nr_in = 0;
	c->out_bytes = c->in_bytes = 0;
	r->last_avail++;
	if (r->indirect)
		split_prefetch(r);
	return split_walk(r, c) < 0 ? -EPROTO : 1;
}

static __always_inline void split_unpop(struct ring_device *r, uint16_t n)
{
	r->last_avail = (uint16_t)(r->last_avail - n);
}

static __always_inline void split_push(struct ring_device *r, uint16_t id,
				       uint16_t ndesc, uint32_t len)
{
	struct split_used_elem *e =
		&r->split.used->ring[r->used_idx & (r->num - 1)];

	(void)ndesc;
	ring_store(&e->id, ring_le32(id));
	ring_store(&e->len, ring_le32(len));
	r->used_idx++;
}

static __always_inline void split_device_show(struct ring_device *r)
{
	/* C: elements before used.idx, pairs with D */
	ring_store_release(&r->split.used->idx, ring_le16(r->used_idx));
}

static __always_inline bool split_device_publish(struct ring_device *r)
{
	uint16_t old = r->published, event;

	if (r->used_idx == old)
		return false;
	split_device_show(r);
	r->published = r->used_idx;
	ring_fence(); /* G: used.idx before used_event, pairs with H */
	if (!r->event_idx)
		return !(ring_le16(ring_load(&r->split.avail->flags)) &
			 SPLIT_AVAIL_NO_CALL);
	event = ring_le16(ring_load(split_used_event(r->split.avail, r->num)));
	return ring_need_event(event, r->published, old);
}

static __always_inline void split_set_avail_event(struct ring_device *r,
						  uint16_t event)
{
	r->avail_event = event;
	ring_store(split_avail_event(r->split.used, r->num), ring_le16(event));
}

static __always_inline bool split_device_arm(struct ring_device *r)
{
	if (r->event_idx)
		split_set_avail_event(r, r->last_avail);
	else
		ring_store(&r->split.used->flags, ring_le16(0));
	ring_fence(); /* F: avail_event before avail.idx, pairs with E */
	return ring_le16(ring_load(&r->split.avail->idx)) == r->last_avail;
}

/* With EVENT_IDX the stale index is enough while it is near; it is moved
 * a ring's length behind before 16-bit arithmetic makes it look ahead. */
static __always_inline void split_device_disarm(struct ring_device *r)
{
	if (!r->event_idx)
		ring_store(&r->split.used->flags,
			   ring_le16(SPLIT_USED_NO_KICK));
	else if ((uint16_t)(r->last_avail - r->avail_event - 1) >= 0x4000)
		split_set_avail_event(r, (uint16_t)(r->last_avail - r->num -
						    1));
}

static __always_inline uint32_t split_get_base(const struct ring_device *r)
{
	return r->last_avail;
}

/* A ring is resumed where used.idx stands: nothing is in flight then. */
static __always_inline void split_set_base(struct ring_device *r,
					   uint32_t base)
{
	r->last_avail = r->avail_idx = (uint16_t)base;
	r->used_idx = r->published =
		ring_le16(ring_load(&r->split.used->idx));
	r->avail_event = (uint16_t)(r->last_avail - 1);
}

static const struct ring_device_ops split_device_ops
	__attribute__((unused)) = {
	.name = "split",
	.pop = split_pop,
	.unpop = split_unpop,
	.push = split_push,
	.show = split_device_show,
	.publish = split_device_publish,
	.arm = split_device_arm,
	.disarm = split_device_disarm,
	.get_base = split_get_base,
	.set_base = split_set_base,
};

#endif
