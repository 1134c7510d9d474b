/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LOOP_H
#define VIOPERF_LOOP_H

#include <liburing.h>
#include <stdbool.h>

#include "lib/err.h"

/*
 * The event loop of a device: one io_uring that carries the backing's I/O
 * and the polls of sockets, kick fds and signals alike, so that one system
 * call submits, waits and collects for all of them.
 *
 * Whatever waits for a completion embeds a struct loop_event; its address is
 * the user_data. fn runs on the loop's thread. An event may be given back to
 * the loop from within its own fn.
 */
struct loop_event {
	void (*fn)(struct loop_event *ev, int res);
	bool armed; /* a completion is still to come */
};

struct loop {
	struct io_uring ring;
	bool stop;
};

int loop_open(struct loop *l, unsigned int entries, struct err *e);
void loop_close(struct loop *l);

/* Poll @fd for input: once, or for every wake-up until cancelled. A many-shot
 * poll needs no read of an eventfd between wake-ups. */
int loop_poll_once(struct loop *l, struct loop_event *ev, int fd);
int loop_poll_many(struct loop *l, struct loop_event *ev, int fd);

/* Withdraw @ev and run the loop until its last completion has been seen
 * (fn is not called for it). Nothing to do when it is not armed. */
void loop_cancel(struct loop *l, struct loop_event *ev);

/* A submission entry for @ev; never NULL: a full ring is submitted first. */
struct io_uring_sqe *loop_sqe(struct loop *l, struct loop_event *ev);

/* Submit what was prepared; cheap when there is nothing. */
void loop_submit(struct loop *l);

/* Nothing has completed, as far as a look without a system call can tell. */
static inline bool loop_idle(struct loop *l)
{
	return !io_uring_cq_ready(&l->ring) &&
	       !(__atomic_load_n(l->ring.sq.kflags, __ATOMIC_RELAXED) &
		 (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN));
}

/* Run the completions that are there, without waiting; their number. */
unsigned int loop_run(struct loop *l);

/* Submit, wait for at least one completion, run what is there. 0 or -errno
 * (-EINTR on signals). */
int loop_wait(struct loop *l);

#endif
