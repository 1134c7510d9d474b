/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_LOOP_H
#define VIOPERF_BENCH_LOOP_H

/*
 * The hot loop, written once. loop_run() is always inlined; who instantiates
 * it passes constant tables and constant flags, and the compiler leaves a loop
 * without an indirect call or a test of what cannot happen.
 *
 * Each round takes all that is done, refills what became free, publishes
 * once, kicks once when the device asks for it; a round that found and added
 * nothing waits. The clock is read once a burst.
 */
#include <errno.h>

#include "lib/virtio/ring_split.h"
#include "inproc.h"
#include "worker.h"

/* Which loop: constants. */
#define LOOP_OPEN   1u /* by schedule instead of by depth */
#define LOOP_STAMPS 2u /* stamp requests */
#define LOOP_INPROC 4u /* the device answers in this thread */

/* What the loop needs of a load, on the hot path:
 *   next  build a request in @s; false: none left in this pass
 *   add   put it into the ring
 *   done  look at the answer: 0; 1 it failed, and is counted as such and in
 *	   nothing else; -errno and w->err to stop */
struct loop_ops {
	bool (*next)(struct worker *w, struct slot *s);
	int (*add)(struct worker *w, const struct ring_driver_ops *ring,
		   const struct slot *s, uint64_t cookie);
	int (*done)(struct worker *w, struct slot *s,
		    const struct ring_done *d);
};

#define LOOP_SPINS_HOT	 16 /* empty polls before each one pauses */
#define LOOP_SPINS_CLOCK 63 /* empty polls between looks at the clock, mask */

/* A thread that moved to another CPU may see its clock some ns back. */
static __always_inline uint64_t loop_span_ns(const struct worker *w,
					     uint64_t from, uint64_t to)
{
	return to > from ? (uint64_t)((double)(to - from) * w->ns_per_tick) : 0;
}

/* Take all that is done. Returns how many, or -errno. */
static __always_inline int loop_reap(struct worker *w,
				     const struct ring_driver_ops *ring,
				     const struct loop_ops *ops,
				     unsigned int flags)
{
	struct ring_done d;
	uint64_t now = 0;
	struct slot *s;
	int ret, n = 0;

	while ((ret = ring->reap(&w->ring, &d)) > 0) {
		if (!n++) {
			w->progress = now = clock_ticks();
			if (unlikely(now >= w->next_tick)) {
				ret = worker_tick(w, now);
				if (ret < 0)
					return ret;
			}
		}
		s = &w->slot[d.cookie];
		w->free[w->nr_free++] = (uint16_t)d.cookie;
		ret = ops->done(w, s, &d);
		if (unlikely(ret < 0))
			return ret;
		if (unlikely(ret))
			continue;
		hist_add(&w->now.latency, loop_span_ns(w, s->start, now));
		if (flags & LOOP_STAMPS &&
		    stamps_wanted(w->load->stamps, s->seq))
			worker_stamp_reaped(w, s, d.id, now);
	}
	return unlikely(ret < 0) ? worker_explain_broken(w) : n;
}

/* Move the schedule on: constant distance, or exponential for Poisson. */
void loop_advance(struct worker *w);

static __always_inline int loop_add(struct worker *w,
				    const struct ring_driver_ops *ring,
				    const struct loop_ops *ops,
				    unsigned int flags, uint64_t now)
{
	unsigned int i = w->free[w->nr_free - 1];
	struct slot *s = &w->slot[i];
	int ret;

	if (unlikely(!ops->next(w, s))) {
		w->exhausted = true;
		return 0;
	}
	s->start = now;
	if (flags & LOOP_OPEN) {
		s->start = w->due;
		w->now.late_ticks += now - w->due;
		loop_advance(w);
	}
	if (flags & LOOP_STAMPS) {
		s->seq = w->seq++;
		s->added = now;
		if (stamps_wanted(w->load->stamps, s->seq))
			w->batch[w->nr_batch++] = (uint16_t)i;
	}
	ret = ops->add(w, ring, s, i);
	if (unlikely(ret < 0))
		return err_set(&w->err, ret, "queue %u: the ring is full",
			       w->index);
	w->nr_free--;
	return 1;
}

/* Within a long burst: the device begins while the rest is being added. */
static __always_inline void loop_show(struct worker *w,
				      const struct ring_driver_ops *ring,
				      unsigned int flags)
{
	if (flags & LOOP_STAMPS && w->nr_batch)
		worker_stamp_published(w);
	ring->show(&w->ring);
}

/* Add all that may be added now. Returns how many, or -errno. */
static __always_inline int loop_fill(struct worker *w,
				     const struct ring_driver_ops *ring,
				     const struct loop_ops *ops,
				     unsigned int flags)
{
	uint64_t now;
	int ret, n = 0;

	if (!w->nr_free || w->exhausted || w->phase == WORKER_DRAIN)
		return 0;
	now = clock_ticks();
	if (w->nr_free == w->depth)
		w->progress = now;
	while (w->nr_free) {
		if ((flags & LOOP_OPEN) && w->due > now)
			break;
		ret = loop_add(w, ring, ops, flags, now);
		if (ret <= 0)
			return ret < 0 ? ret : n;
		if (!(++n % RING_SHOW_EVERY))
			loop_show(w, ring, flags);
	}
	return n;
}

static __always_inline void loop_publish(struct worker *w,
					 const struct ring_driver_ops *ring,
					 unsigned int flags, unsigned int n)
{
	/* Before it happens: after it the device may be faster than we. */
	if (flags & LOOP_STAMPS && w->nr_batch)
		worker_stamp_published(w);
	w->now.publishes++;
	if (!ring->publish(&w->ring))
		return;
	w->kicked_at = w->ring.published;
	w->now.kicks++;
	w->now.kicked_requests += n;
	if (!(flags & LOOP_INPROC))
		worker_kick(w, n);
}

static __always_inline int loop_spin(struct worker *w, unsigned int flags,
				     unsigned int *idle)
{
	uint64_t now;

	if (++*idle > LOOP_SPINS_HOT)
		cpu_relax();
	if (*idle & LOOP_SPINS_CLOCK)
		return 0;
	now = clock_ticks();
	return unlikely(now >= w->next_tick) ? worker_tick(w, now) : 0;
}

/* Until when a worker with nothing to reap may sleep. */
static __always_inline uint64_t loop_until(const struct worker *w,
					   unsigned int flags)
{
	if ((flags & LOOP_OPEN) && w->nr_free && w->phase != WORKER_DRAIN &&
	    w->due < w->next_tick)
		return w->due;
	return w->next_tick;
}

/* There was nothing to do: spin, or sleep until called. */
static __always_inline int loop_idle(struct worker *w,
				     const struct ring_driver_ops *ring,
				     unsigned int flags, unsigned int *idle,
				     bool *called)
{
	int ret;

	if (w->load->config->poll || flags & LOOP_INPROC)
		return loop_spin(w, flags, idle);
	if (!ring->arm(&w->ring, 1))
		return 0;
	ret = worker_wait(w, loop_until(w, flags));
	*called = ret > 0;
	if (*called && !w->ring.event_idx)
		ring->disarm(&w->ring);
	return ret;
}

static __always_inline bool loop_finished(const struct worker *w)
{
	return w->nr_free == w->depth &&
	       (w->exhausted || w->phase == WORKER_DRAIN);
}

/* Run one pass to its end: 0, or -errno and w->err. */
static __always_inline int loop_run(struct worker *w,
				    const struct ring_driver_ops *ring,
				    const struct loop_ops *ops,
				    unsigned int flags)
{
	unsigned int idle = 0;
	bool called = false;
	int n, added;

	if (w->load->config->poll)
		ring->disarm(&w->ring);
	for (;;) {
		n = loop_reap(w, ring, ops, flags);
		if (unlikely(n < 0))
			return n;
		if (called) {
			w->now.called_requests += (unsigned int)n;
			w->now.spurious_wakeups += !n;
			called = false;
		}
		added = loop_fill(w, ring, ops, flags);
		if (unlikely(added < 0))
			return added;
		if (added)
			loop_publish(w, ring, flags, (unsigned int)added);
		if (flags & LOOP_INPROC)
			inproc_answer(w->inproc);
		if (n || added) {
			idle = 0;
			continue;
		}
		if (loop_finished(w))
			return 0;
		n = loop_idle(w, ring, flags, &idle, &called);
		if (unlikely(n < 0))
			return n;
	}
}

/*
 * Every loop of a load, instantiated: LOOPS(NAME, PLAIN, VERIFIED) defines
 * NAME_loops of two struct loop_ops, for loop_pick() to choose from.
 */
enum loop_kind { LOOP_PLAIN, LOOP_STAMPED, LOOP_WITHIN, LOOP_VERIFIED,
		 LOOP_KINDS };

typedef int (*loop_fn)(struct worker *w);

#define LOOP(name, ops, flags)                                                 \
	static __attribute__((noinline)) int name(struct worker *w)            \
	{                                                                      \
		return loop_run(w, &split_driver_ops, &ops, flags);            \
	}
#define LOOPS(name, plain, verified)                                           \
	LOOP(name##_plain, plain, 0)                                           \
	LOOP(name##_plain_open, plain, LOOP_OPEN)                              \
	LOOP(name##_stamped, plain, LOOP_STAMPS)                               \
	LOOP(name##_stamped_open, plain, LOOP_STAMPS | LOOP_OPEN)              \
	LOOP(name##_within, plain, LOOP_INPROC)                                \
	LOOP(name##_within_open, plain, LOOP_INPROC | LOOP_OPEN)               \
	LOOP(name##_verified, verified, 0)                                     \
	LOOP(name##_verified_open, verified, LOOP_OPEN)                        \
	static const loop_fn name##_loops[LOOP_KINDS][2] = {                   \
		[LOOP_PLAIN] = { name##_plain, name##_plain_open },            \
		[LOOP_STAMPED] = { name##_stamped, name##_stamped_open },      \
		[LOOP_WITHIN] = { name##_within, name##_within_open },         \
		[LOOP_VERIFIED] = { name##_verified, name##_verified_open },   \
	}

/* The loop for this pass of @w. */
static inline loop_fn loop_pick(const struct worker *w,
				const loop_fn loops[][2])
{
	const struct load *l = w->load;
	bool open = l->config->rate && l->pass == PASS_MEASURE;

	return loops[l->config->in_process ? LOOP_WITHIN :
		     l->config->verify	   ? LOOP_VERIFIED :
		     l->stamps		   ? LOOP_STAMPED :
					     LOOP_PLAIN][open];
}

#endif
