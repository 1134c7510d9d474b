/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void queue_reset(struct queue *q)
{
	close_fd(&q->kick_fd);
	close_fd(&q->call_fd);
	close_fd(&q->err_fd);
	q->have_addr = q->have_kick = q->enabled = q->broken = false;
	q->num = 0;
	q->base = 0;
	q->uncalled = 0;
	q->seq = 0;
	q->nr_stamped = q->nr_shown = 0;
}

/* A kick needs no more than to end the loop's wait: all running queues are
 * looked at then. The eventfd is not read; a many-shot poll fires at each
 * write to it. */
static void on_kick(struct loop_event *ev, int res)
{
	struct queue *q = (struct queue *)((char *)ev -
					   offsetof(struct queue, kick));

	q->stats.kicks++;
	if (res < 0)
		queue_break(q, "the kick fd cannot be polled");
	else if (!ev->armed)
		loop_poll_many(&q->dev->loop, ev, q->kick_fd);
}

/* Translate the areas of the ring, and check how they are aligned. */
static int map_ring(struct queue *q, struct err *e)
{
	void *area[RING_AREAS];
	unsigned int i;

	for (i = 0; i < RING_AREAS; i++) {
		area[i] = guest_memory_at_user(q->dev->mem, q->addr[i],
					       q->layout->bytes(i, q->num));
		if (!area[i])
			return err_set(e, -EFAULT,
				       "queue %u: ring lies outside guest "
				       "memory",
				       q->index);
		if ((uintptr_t)area[i] % q->layout->align[i])
			return err_set(e, -EINVAL,
				       "queue %u: ring is not aligned",
				       q->index);
	}
	q->layout->device_open(&q->ring, area);
	return 0;
}

static bool feature(const struct device *d, unsigned int bit)
{
	return d->acked >> bit & 1;
}

int queue_try_start(struct queue *q, struct err *e)
{
	struct device *d = q->dev;
	int ret;

	if (q->running || q->broken || !q->enabled || !q->have_addr ||
	    !q->have_kick || !q->num || !d->mem)
		return 0;
	q->layout = ring_layout_of(d->acked);
	if (q->base > q->layout->base_max)
		return err_set(e, -EINVAL, "queue %u: base %u beyond %u",
			       q->index, q->base, q->layout->base_max);
	memset(&q->ring, 0, sizeof(q->ring));
	q->ring.num = (uint16_t)q->num;
	q->ring.event_idx = feature(d, VIRTIO_F_EVENT_IDX_BIT);
	q->ring.indirect = feature(d, VIRTIO_F_INDIRECT_BIT);
	ret = map_ring(q, e);
	if (ret < 0)
		return ret;
	q->ring.mem = d->mem;
	q->layout->device->set_base(&q->ring, q->base);
	ret = d->ops->queue_start(q);
	if (ret < 0)
		return err_set(e, ret, "queue %u: cannot start: %s", q->index,
			       strerror(-ret));
	if (q->kick_fd >= 0) {
		q->kick.fn = on_kick;
		loop_poll_many(&d->loop, &q->kick, q->kick_fd);
	}
	q->running = true;
	q->layout->device->disarm(&q->ring);
	return 0;
}

void queue_drain(struct queue *q)
{
	if (q->priv && q->dev->ops->queue_cancel)
		q->dev->ops->queue_cancel(q);
	while (q->inflight)
		loop_wait(&q->dev->loop);
}

void queue_stop(struct queue *q)
{
	if (!q->running)
		return;
	q->running = false;
	queue_drain(q);
	/* What completed while draining was pushed, but nobody was told: the
	 * main loop publishes running queues only. */
	queue_publish(q, q->layout->device);
	loop_cancel(&q->dev->loop, &q->kick);
	q->base = q->layout->device->get_base(&q->ring);
	q->dev->ops->queue_stop(q);
}

static void signal_fd(int fd, uint64_t value)
{
	ssize_t n;

	if (fd < 0)
		return;
	n = write(fd, &value, sizeof(value));
	(void)n; /* full or gone: the driver has been told, or left */
}

void queue_break(struct queue *q, const char *why)
{
	if (q->broken)
		return;
	q->broken = true;
	device_broken(q->dev, "queue %u: %s", q->index, why);
	signal_fd(q->err_fd, 1);
}

/* To the driver any value is a call. Where requests are stamped it is the
 * number of chains in the batch that it announces, for whoever traces (a batch
 * before that needed no call is not this call's); otherwise 1, so that the
 * eventfd's counter counts calls. */
void queue_call_slow(struct queue *q)
{
	if (q->call_fd < 0)
		return;
	signal_fd(q->call_fd, q->dev->stamps && q->uncalled ? q->uncalled : 1);
	q->stats.calls++;
}

/* What is about to be made visible together carries one time. */
void queue_stamp_pushed(struct queue *q)
{
	uint64_t now = clock_ticks();

	while (q->nr_shown < q->nr_stamped)
		q->stamped[q->nr_shown++].pushed = now;
}

static void keep_sample(struct queue *q, const struct queue_stamp *t)
{
	struct stamps_file *f = q->dev->stamps;
	struct stamps_sample *s;

	if (!stamps_wanted(f, t->seq))
		return;
	s = stamps_slot(f, q->index, t->seq);
	s->seq = t->seq;
	s->head = t->head;
	s->t[STAMPS_POPPED] = t->popped;
	s->t[STAMPS_SUBMITTED] = t->submitted;
	s->t[STAMPS_COMPLETED] = t->completed;
	s->t[STAMPS_PUSHED] = t->pushed;
}

/* Every request goes into the histograms, 1 in N is kept whole. */
void queue_keep_stamps(struct queue *q)
{
	struct device *d = q->dev;
	unsigned int i;

	for (i = 0; i < q->nr_stamped; i++) {
		const struct queue_stamp *t = &q->stamped[i];

		hist_add(&d->stage_submit,
			 clock_span_ns(&d->scale, t->submitted - t->popped));
		hist_add(&d->stage_io,
			 clock_span_ns(&d->scale, t->completed - t->submitted));
		hist_add(&d->stage_push,
			 clock_span_ns(&d->scale, t->pushed - t->completed));
		keep_sample(q, t);
	}
	q->nr_stamped = q->nr_shown = 0;
}
