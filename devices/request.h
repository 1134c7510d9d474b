/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_REQUEST_H
#define VIOPERF_REQUEST_H

#include "queue.h"

/*
 * Requests of devices that answer what they are asked (block, and its like):
 * popped here, answered by one function of the device type, inline or later.
 *
 * A queue has as many requests as its ring has entries, kept on a free list
 * that hands out the one used last, so its memory is warm. A hostile driver
 * that offers one head twice gets two requests; with more than a ring's worth
 * in flight it has to wait.
 */
struct request {
	struct loop_event ev; /* for the backing's completion */
	struct queue *q;
	struct guest_memory *mem; /* held while in flight */
	struct request *next_free;
	bool stamped;
	struct queue_stamp stamp;
	struct ring_chain chain;
};

struct request_pool {
	struct request *free;
	unsigned int nr;
	size_t bytes; /* of the device type's request, this struct first */
	void *memory;
};

/* @bytes: size of the device type's request, which begins with a struct
 * request. 0 or -ENOMEM. */
int request_pool_open(struct request_pool *p, struct queue *q, size_t bytes);
void request_pool_close(struct request_pool *p);

/* Begin the stamps of @r, the @seq-th of its queue. All requests are stamped
 * alike, also where 1 in N is kept: so those kept are like the others. */
static inline void request_stamp(struct request *r, uint64_t seq)
{
	r->stamped = true;
	r->stamp.seq = seq;
	r->stamp.head = r->chain.id;
	r->stamp.popped = r->stamp.submitted = r->stamp.completed =
		clock_ticks_ordered();
}

/* Call where a request goes to its backing, and where that is done with it;
 * both may be left out by a device that answers at once. */
static __always_inline void request_submitted(struct request *r)
{
	if (unlikely(r->stamped))
		r->stamp.submitted = clock_ticks_ordered();
}

static __always_inline void request_completed(struct request *r)
{
	if (unlikely(r->stamped))
		r->stamp.completed = clock_ticks_ordered();
}

/*
 * The next chain as a request; NULL when there is none (*ret 0) or the ring
 * is broken (*ret -EPROTO).
 */
static __always_inline struct request *
request_pop(struct request_pool *p, struct queue *q,
	    const struct ring_device_ops *ops, int *ret)
{
	struct request *r = p->free;

	*ret = 0;
	if (unlikely(!r))
		return NULL;
	*ret = ops->pop(&q->ring, &r->chain);
	if (*ret <= 0)
		return NULL;
	p->free = r->next_free;
	r->mem = q->ring.mem;
	guest_memory_get(r->mem);
	q->inflight++;
	if (unlikely(q->dev->stamps != NULL))
		request_stamp(r, q->seq++);
	return r;
}

/* Give up @r, whose chain cannot be answered. */
static inline void request_drop(struct request_pool *p, struct request *r)
{
	guest_memory_put(r->mem);
	r->q->inflight--;
	r->next_free = p->free;
	p->free = r;
}

/* Push @r with @len bytes written; visible after the next queue_publish,
 * or before it in a long burst. */
static __always_inline void request_push(struct request_pool *p,
					 struct request *r, uint32_t len,
					 const struct ring_device_ops *ops)
{
	struct queue *q = r->q;

	if (unlikely(r->stamped))
		q->stamped[q->nr_stamped++] = r->stamp;
	ops->push(&q->ring, r->chain.id, r->chain.ndesc, len);
	guest_memory_put(r->mem);
	q->inflight--;
	if (!(++q->uncalled % RING_SHOW_EVERY))
		queue_show(q, ops);
	q->stats.requests++;
	r->next_free = p->free;
	p->free = r;
}

#endif
