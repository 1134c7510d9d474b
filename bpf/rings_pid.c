/* SPDX-License-Identifier: MIT */
/* --pid: every eventfd that the named processes share with another one. */
#include "rings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int find_ring(const struct rings *r, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < r->nr_rings; i++)
		if (r->ring[i].id[TRACE_KICK] == id)
			return (int)i;
	return -1;
}

static void add_holder(struct rings_ring *ring, pid_t pid)
{
	unsigned int i;

	for (i = 0; i < ring->nr_holders; i++)
		if (ring->holder[i] == pid)
			return;
	if (ring->nr_holders < TRACE_MAX_PROCS)
		ring->holder[ring->nr_holders++] = pid;
}

static int note_eventfd(void *arg, pid_t pid, int fd, uint64_t id)
{
	struct rings *r = arg;
	int i = find_ring(r, id);

	(void)fd;
	if (i < 0) {
		if (r->nr_rings == TRACE_MAX_RINGS)
			return -E2BIG;
		i = (int)r->nr_rings++;
		r->ring[i].id[TRACE_KICK] = id;
		r->ring[i].has[TRACE_KICK] = true;
	}
	add_holder(&r->ring[i], pid);
	return 0;
}

static int note_process(struct rings *r, pid_t pid, struct err *e)
{
	int ret = rings_each_eventfd(pid, note_eventfd, r);

	if (ret == -E2BIG)
		return err_set(e, ret, "more than %d eventfds",
			       TRACE_MAX_RINGS);
	return ret < 0 ? err_set(e, ret, "process %d: %s", pid,
				 strerror(-ret))
		       : 0;
}

/* Who else holds what only one of the named processes holds. */
static int note_strangers(struct rings *r, struct err *e)
{
	pid_t pid[TRACE_MAX_PROCS - 1];
	struct rings_holders h;
	struct rings_ring *ring;
	unsigned int i, j, nr;
	int ret = rings_scan_holders(&h);

	for (i = 0; !ret && i < r->nr_rings; i++) {
		ring = &r->ring[i];
		if (ring->nr_holders > 1)
			continue;
		nr = rings_holders_of(&h, ring->id[TRACE_KICK],
				      ring->holder[0], pid,
				      TRACE_MAX_PROCS - 1);
		for (j = 0; j < nr; j++)
			add_holder(ring, pid[j]);
	}
	rings_free_holders(&h);
	return ret ? err_set(e, ret, "/proc: %s", strerror(-ret)) : 0;
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = ((const struct rings_ring *)a)->id[TRACE_KICK];
	uint64_t y = ((const struct rings_ring *)b)->id[TRACE_KICK];

	return x < y ? -1 : x > y;
}

/* What nobody else holds is still shared where the kernel serves it. In the
 * order in which they were made, whoever is asked. */
static void keep_shared(struct rings *r)
{
	unsigned int i, kept = 0;

	for (i = 0; i < r->nr_rings; i++)
		if (r->ring[i].nr_holders > 1 || r->vhost)
			r->ring[kept++] = r->ring[i];
	r->nr_rings = kept;
	qsort(r->ring, kept, sizeof(r->ring[0]), by_id);
}

static int watch_ring(struct rings *r, unsigned int ring, struct err *e)
{
	struct trace_fd fd = { .ring = ring, .kind = TRACE_KICK };
	const struct rings_ring *k = &r->ring[ring];
	unsigned int i;
	int ret;

	for (i = 0; i < k->nr_holders; i++) {
		ret = rings_add_proc(r, k->holder[i], TRACE_DEVICE, 0, e);
		if (ret < 0)
			return ret;
		ret = rings_add_fds(r, k->holder[i], k->id[TRACE_KICK], &fd);
		if (ret == -E2BIG)
			return err_set(e, ret, "more than %d descriptors",
				       TRACE_MAX_FDS);
	}
	return 0;
}

static int nothing_shared(const pid_t *pids, unsigned int nr, struct err *e)
{
	if (nr == 1 && rings_is_emulator(pids[0]))
		return err_set(e, -ENOENT, "process %d: its virtual machine is "
			       "emulated, only one under KVM (-accel kvm) can "
			       "be followed as such; nor does it share an "
			       "eventfd with another process, as it would with "
			       "a vhost-user device, which could be traced",
			       (int)pids[0]);
	return err_set(e, -ENOENT, "process %d%s: no eventfd is shared with "
		       "another process; is its client connected?",
		       (int)pids[0], nr > 1 ? " …" : "");
}

int rings_from_pids(struct rings *r, const pid_t *pids, unsigned int nr,
		    struct err *e)
{
	unsigned int i;
	int ret = 0;

	memset(r, 0, sizeof(*r));
	r->by_pid = true;
	r->weights = true;
	for (i = 0; !ret && i < nr; i++) {
		ret = note_process(r, pids[i], e);
		ret = ret ?: rings_add_vhost(r, pids[i], e);
	}
	if (!ret)
		ret = note_strangers(r, e);
	if (ret < 0)
		return ret;
	keep_shared(r);
	if (!r->nr_rings)
		return nothing_shared(pids, nr, e);
	for (i = 0; !ret && i < r->nr_rings; i++) {
		r->ring[i].queue = i;
		ret = watch_ring(r, i, e);
	}
	for (i = 0; i < r->nr_procs; i++)
		rings_know_peer(&r->peer[i], (pid_t)r->proc[i].tgid);
	return ret;
}
