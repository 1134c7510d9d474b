/* SPDX-License-Identifier: MIT */
/* Random bytes: empty buffers, one a request, and how much comes back. */
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "loop.h"
#include "worker.h"

/* --verify: what a buffer holds before the device has it. */
#define RNG_CANARY 0xa5

/* That so many bytes of a random answer are all the canary by chance does not
 * happen; shorter answers are not judged. */
#define RNG_JUDGED_BYTES 16

static int rng_check(const struct load_config *c, struct err *e)
{
	if (c->kvm)
		return err_set(e, -EINVAL,
			       "--type rng is driven by this program: no "
			       "--driver kvm");
	if (c->in_process && c->stamps)
		return err_set(e, -EINVAL,
			       "--stamps needs a device; --in-process has none");
	if (c->rw || c->size_bytes)
		return err_set(e, -EINVAL,
			       "--type rng has no --rw and no --size");
	if (c->queues > 1)
		return err_set(e, -EINVAL, "--type rng has one queue");
	if (c->depth > c->ring_size)
		return err_set(e, -EINVAL,
			       "--depth %u: a ring of %u entries holds no more "
			       "than %u buffers",
			       c->depth, c->ring_size, c->ring_size);
	if (c->verify && c->stamps)
		return err_set(e, -EINVAL,
			       "--verify costs time that --stamps would show; "
			       "take one of them");
	return 0;
}

static int rng_setup(struct load *l, struct err *e)
{
	(void)l;
	(void)e;
	return 0; /* it has no configuration */
}

static uint64_t rng_slot_bytes(const struct load *l)
{
	return l->config->depth * load_memory_part(l->config->bs_bytes);
}

static int rng_prepare(struct worker *w, void *shared, struct err *e)
{
	const struct load *l = w->load;
	unsigned int i;

	(void)e;
	for (i = 0; i < w->depth; i++) {
		struct slot *s = &w->slot[i];

		s->data = (uint8_t *)shared +
			  i * load_memory_part(l->config->bs_bytes);
		s->seg[0] = (struct ring_seg){
			load_memory_gpa(&l->memory, s->data),
			(uint32_t)l->config->bs_bytes
		};
	}
	return 0;
}

static __always_inline bool rng_ask(struct worker *w, struct slot *s)
{
	(void)w;
	(void)s;
	return true;
}

static bool rng_ask_verified(struct worker *w, struct slot *s)
{
	if (w->load->pass != PASS_MEASURE)
		return false; /* nothing to fill before, or to read after */
	memset(s->data, RNG_CANARY, s->seg[0].len);
	return true;
}

static __always_inline int rng_add(struct worker *w,
				   const struct ring_driver_ops *ring,
				   const struct slot *s, uint64_t cookie)
{
	return ring->add(&w->ring, s->seg, 0, 1, cookie);
}

/* It has no status: an answer without a byte is its only way to fail. */
static int failed(struct worker *w)
{
	struct failure one = { .operation = "request for random bytes",
			       .sector = -1,
			       .queue = (int)w->index,
			       .status = "not one came",
			       .when = worker_when(w),
			       .at = clock_ticks() };

	w->now.errors++;
	w->failures.failed++;
	failures_keep_first(&w->failures, &one);
	return 1;
}

static __always_inline int rng_done(struct worker *w, struct slot *s,
				    const struct ring_done *d)
{
	(void)s;
	if (unlikely(!d->len))
		return failed(w);
	w->now.bytes += d->len;
	return 0;
}

static size_t canaries(const volatile uint8_t *data, size_t from, size_t to)
{
	size_t n = 0;

	for (; from < to; from++)
		n += data[from] == RNG_CANARY;
	return n;
}

static int rng_done_verified(struct worker *w, struct slot *s,
			     const struct ring_done *d)
{
	uint32_t bytes = s->seg[0].len;

	if (canaries(s->data, d->len, bytes) != bytes - d->len)
		return err_set(&w->err, -EIO,
			       "queue %u: the device wrote beyond the %u bytes "
			       "that it says it wrote",
			       w->index, d->len);
	if (d->len >= RNG_JUDGED_BYTES &&
	    canaries(s->data, 0, d->len) == d->len)
		return err_set(&w->err, -EIO,
			       "queue %u: the device says it wrote %u bytes, "
			       "and wrote none",
			       w->index, d->len);
	return rng_done(w, s, d);
}

static const struct loop_ops plain_ops = { rng_ask, rng_add, rng_done };
static const struct loop_ops verify_ops = { rng_ask_verified, rng_add,
					    rng_done_verified };

LOOPS(rng, plain_ops, verify_ops);

static int rng_run(struct worker *w)
{
	return loop_pick(w, rng_loops)(w);
}

static void rng_report(const struct load *l, json_t *record)
{
	(void)l;
	(void)record;
}

static void rng_teardown(struct load *l)
{
	(void)l;
}

const struct load_ops load_rng_ops = {
	.name = "rng",
	.mix = NULL,
	.check = rng_check,
	.setup = rng_setup,
	.slot_bytes = rng_slot_bytes,
	.prepare = rng_prepare,
	.run = rng_run,
	.report = rng_report,
	.teardown = rng_teardown,
};
