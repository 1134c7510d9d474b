/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <errno.h>
#include <stdlib.h>

int request_pool_open(struct request_pool *p, struct queue *q, size_t bytes)
{
	unsigned int i;

	p->nr = q->num;
	p->bytes = bytes;
	p->free = NULL;
	p->memory = calloc(p->nr, bytes);
	if (!p->memory)
		return -ENOMEM;
	for (i = p->nr; i-- > 0;) {
		struct request *r =
			(struct request *)((char *)p->memory + i * bytes);

		r->q = q;
		r->next_free = p->free;
		p->free = r;
	}
	return 0;
}

void request_pool_close(struct request_pool *p)
{
	free(p->memory);
	p->memory = NULL;
	p->free = NULL;
}

void request_stamp(struct request *r)
{
	struct stamps_file *f = r->q->dev->stamps;

	r->stamped = stamps_wanted(f, r->seq) && r->q->index < f->nr_queues;
	if (r->stamped)
		r->t_popped = r->t_submitted = r->t_completed = clock_ticks();
}

void request_keep_stamps(struct request *r)
{
	struct queue *q = r->q;
	struct device *d = q->dev;
	struct stamps_sample *s = stamps_slot(d->stamps, q->index, r->seq);

	s->seq = r->seq;
	s->head = r->chain.id;
	s->t[STAMPS_POPPED] = r->t_popped;
	s->t[STAMPS_SUBMITTED] = r->t_submitted;
	s->t[STAMPS_COMPLETED] = r->t_completed;
	s->t[STAMPS_PUSHED] = r->t_completed;
	hist_add(&d->stage_submit,
		 clock_span_ns(&d->scale, r->t_submitted - r->t_popped));
	hist_add(&d->stage_io,
		 clock_span_ns(&d->scale, r->t_completed - r->t_submitted));
	r->stamped = false;
	if (q->nr_unstamped < RING_SIZE_MAX)
		q->unstamped[q->nr_unstamped++] = s;
}
