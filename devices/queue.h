/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_QUEUE_H
#define VIOPERF_QUEUE_H

#include <unistd.h>

#include "device.h"

/* Nothing set up; fds -1. */
void queue_reset(struct queue *q);

/* Start @q when the front end has said all that is needed: size, addresses,
 * kick fd, enabled. 0 also when something is still missing; -errno and @e
 * when what was said is wrong. */
int queue_try_start(struct queue *q, struct err *e);

/* Wait for what is in flight, then stop; the ring's base is in q->base. */
void queue_stop(struct queue *q);

/* Let what is in flight complete while nothing new is popped. */
void queue_drain(struct queue *q);

/* The driver broke the ring: serve it no longer, tell the front end. */
void queue_break(struct queue *q, const char *why);

/* One turn: serve what is there. The number of chains. */
static inline unsigned int queue_turn(struct queue *q)
{
	int n = q->dev->ops->queue_ready(q);

	if (likely(n >= 0))
		return (unsigned int)n;
	queue_break(q, q->ring.broken ? q->ring.broken : "malformed request");
	return 0;
}

void queue_call_slow(struct queue *q);
void queue_stamp_pushed(struct queue *q);
void queue_keep_stamps(struct queue *q);

/* Make pushed chains visible; the call is queue_publish's. */
static __always_inline void queue_show(struct queue *q,
				       const struct ring_device_ops *ops)
{
	/* Before it happens: after it the driver may be faster than we. */
	if (unlikely(q->nr_stamped != q->nr_shown))
		queue_stamp_pushed(q);
	ops->show(&q->ring);
}

/*
 * Make pushed chains visible and call the driver where it wants that. Once a
 * burst: a call a request is what costs other devices most.
 */
static __always_inline void queue_publish(struct queue *q,
					  const struct ring_device_ops *ops)
{
	if (unlikely(q->nr_stamped != q->nr_shown))
		queue_stamp_pushed(q);
	if (ops->publish(&q->ring))
		queue_call_slow(q);
	q->uncalled = 0;
	/* When all is told, so that keeping is not in the latency. */
	if (unlikely(q->nr_stamped))
		queue_keep_stamps(q);
}

#endif
