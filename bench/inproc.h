/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_INPROC_H
#define VIOPERF_BENCH_INPROC_H

#include <stdint.h>

#include "lib/err.h"
#include "lib/virtio/ring.h"
#include "lib/virtio/ring_split.h"

struct load_memory;

/*
 * The floor: the device half of the ring in the driver's own thread, with a
 * block device behind it that does nothing. What a request costs here is what
 * this tool costs.
 */
struct inproc {
	struct ring_device ring;
	struct ring_chain chain;
};

/* Answer for the driver's ring @r in memory @m. Maps it a second time, as a
 * device of another process would. */
int inproc_open(struct inproc **i, const struct load_memory *m,
		const struct ring_driver *r, struct err *e);
void inproc_close(struct inproc *i); /* NULL is fine */

/* Answer all that is in the ring. */
static __always_inline void inproc_answer(struct inproc *i)
{
	struct ring_chain *c = &i->chain;

	while (split_pop(&i->ring, c) > 0) {
		const struct iovec *last = &c->iov[c->nr_out + c->nr_in - 1];

		((uint8_t *)last->iov_base)[last->iov_len - 1] = 0;
		split_push(&i->ring, c->id, c->ndesc, (uint32_t)c->in_bytes);
	}
	split_device_publish(&i->ring);
}

#endif
