/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "lib/util.h"

/* DEFER_TASKRUN (6.1) leaves completions alone until we ask, so a busy queue
 * is not interrupted; older kernels get the next best. */
static const unsigned int setup_flags[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
		IORING_SETUP_TASKRUN_FLAG,
	IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
	0,
};

int loop_open(struct loop *l, unsigned int entries, struct err *e)
{
	struct io_uring_params p;
	int ret = -EINVAL;
	size_t i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < ARRAY_SIZE(setup_flags) && ret == -EINVAL; i++) {
		memset(&p, 0, sizeof(p));
		p.flags = setup_flags[i] | IORING_SETUP_CQSIZE;
		p.cq_entries = entries * 4;
		ret = io_uring_queue_init_params(entries, &l->ring, &p);
	}
	if (ret < 0)
		return err_set(e, ret, "cannot set up io_uring: %s%s",
			       strerror(-ret),
			       ret == -EPERM || ret == -ENOSYS ?
				       " (see /proc/sys/kernel/io_uring_disabled)" :
				       "");
	return 0;
}

void loop_close(struct loop *l)
{
	if (l->ring.ring_fd > 0)
		io_uring_queue_exit(&l->ring);
	memset(l, 0, sizeof(*l));
}

struct io_uring_sqe *loop_sqe(struct loop *l, struct loop_event *ev)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(&l->ring)))
		io_uring_submit(&l->ring);
	if (ev)
		ev->armed = true;
	return sqe;
}

int loop_poll_once(struct loop *l, struct loop_event *ev, int fd)
{
	struct io_uring_sqe *sqe = loop_sqe(l, ev);

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	io_uring_sqe_set_data(sqe, ev);
	return 0;
}

int loop_poll_many(struct loop *l, struct loop_event *ev, int fd)
{
	struct io_uring_sqe *sqe = loop_sqe(l, ev);

	io_uring_prep_poll_multishot(sqe, fd, POLLIN);
	io_uring_sqe_set_data(sqe, ev);
	return 0;
}

static void ignore(struct loop_event *ev, int res)
{
	(void)ev;
	(void)res;
}

void loop_cancel(struct loop *l, struct loop_event *ev)
{
	struct io_uring_sqe *sqe;

	if (!ev->armed)
		return;
	ev->fn = ignore;
	sqe = loop_sqe(l, NULL);
	io_uring_prep_cancel(sqe, ev, 0);
	io_uring_sqe_set_data(sqe, NULL);
	while (ev->armed)
		if (loop_wait(l) < 0)
			continue;
}

void loop_submit(struct loop *l)
{
	if (io_uring_sq_ready(&l->ring))
		io_uring_submit(&l->ring);
}

unsigned int loop_run(struct loop *l)
{
	struct io_uring_cqe *cqe;
	struct loop_event *ev;
	unsigned int n = 0;
	bool last;
	int res;

	while (!io_uring_peek_cqe(&l->ring, &cqe)) {
		/* Copied out first: fn may run the loop itself. */
		ev = io_uring_cqe_get_data(cqe);
		res = cqe->res;
		last = !(cqe->flags & IORING_CQE_F_MORE);
		io_uring_cqe_seen(&l->ring, cqe);
		if (!ev)
			continue;
		if (last)
			ev->armed = false;
		ev->fn(ev, res);
		n++;
	}
	return n;
}

int loop_wait(struct loop *l)
{
	int ret = io_uring_submit_and_wait(&l->ring, 1);

	loop_run(l);
	return ret < 0 ? ret : 0;
}
