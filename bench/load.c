/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cpus.h"
#include "lib/record.h"
#include "lib/virtio/ring.h"
#include "rings_file.h"
#include "worker.h"

#define CONNECT_WAIT_NS 3000000000ull

static const struct load_ops *const loads[] = { &load_blk_ops,
					       &load_rng_ops };

const struct load_ops *load_find(const char *type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(loads); i++)
		if (!strcmp(loads[i]->name, type))
			return loads[i];
	return NULL;
}

static uint64_t wanted_features(const struct load *l)
{
	const struct load_config *c = l->config;

	return l->ops->features | (1ull << VIRTIO_F_VERSION_1_BIT) |
	       (c->event_idx ? 1ull << VIRTIO_F_EVENT_IDX_BIT : 0) |
	       (c->indirect ? 1ull << VIRTIO_F_INDIRECT_BIT : 0);
}

static int negotiate(struct load *l, struct err *e)
{
	const struct load_config *c = l->config;
	struct vhost_front *f = &l->front;
	int ret;

	if (c->in_process) {
		f->features = wanted_features(l);
		return 0;
	}
	ret = vhost_front_connect(f, c->socket, CONNECT_WAIT_NS, c->timeout_ns,
				  e);
	if (!ret)
		ret = vhost_front_negotiate(f, wanted_features(l), e);
	if (ret < 0)
		return ret;
	if (f->device_queues && c->queues > f->device_queues)
		return err_set(e, -EINVAL,
			       "%s: the device has %u queue%s, "
			       "--queues asks for %u; start the device with "
			       "more",
			       f->path, f->device_queues,
			       f->device_queues == 1 ? "" : "s", c->queues);
	return 0;
}

static void take_ring(struct load *l)
{
	l->event_idx = l->front.features >> VIRTIO_F_EVENT_IDX_BIT & 1;
	l->indirect = l->front.features >> VIRTIO_F_INDIRECT_BIT & 1;
}

const char *load_rw(const struct load *l)
{
	return l->config->rw ?: l->ops->mix;
}

static int open_workers(struct load *l, struct err *e)
{
	unsigned int i, n = l->config->queues;
	int ret;

	ret = load_memory_open(&l->memory, n * worker_shared_bytes(l), e);
	if (ret < 0)
		return ret;
	l->worker = calloc(n, sizeof(*l->worker));
	if (!l->worker)
		return err_set(e, -ENOMEM, "out of memory");
	for (i = 0; i < n && !ret; i++) {
		l->nr_workers = i + 1;
		ret = worker_open(&l->worker[i], l, i, e);
	}
	return ret;
}

static int connect_workers(struct load *l, struct err *e)
{
	unsigned int i;
	int ret = 0;

	if (!l->config->in_process)
		ret = vhost_front_memory(&l->front, l->memory.fd, LOAD_GPA,
					 l->memory.base, l->memory.bytes, e);
	for (i = 0; i < l->nr_workers && !ret; i++)
		ret = worker_connect(&l->worker[i], e);
	return ret;
}

/* The @index-th CPU of the list, round and round. */
static void pick_cpu(const cpu_set_t *list, unsigned int index, cpu_set_t *one)
{
	unsigned int n = index % (unsigned int)CPU_COUNT(list);
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, list) && !n--)
			break;
	CPU_ZERO(one);
	CPU_SET(cpu, one);
}

static int start_thread(struct worker *w, struct err *e)
{
	const char *list = w->load->config->cpus;
	pthread_attr_t attr;
	cpu_set_t all, one;
	int ret;

	pthread_attr_init(&attr);
	if (list && !cpus_parse(list, &all, e)) {
		pick_cpu(&all, w->index, &one);
		pthread_attr_setaffinity_np(&attr, sizeof(one), &one);
	}
	ret = pthread_create(&w->thread, &attr, worker_main, w);
	pthread_attr_destroy(&attr);
	if (ret)
		return err_set(e, -ret,
			       "queue %u: cannot start its thread%s"
			       "%s: %s",
			       w->index,
			       list ? "; is there a CPU in --cpu " : "",
			       list ? list : "", strerror(ret));
	return 0;
}

/* Threads that wait at the barrier for one that could not be started cannot
 * be ended: they are few and idle, and the process is about to exit. */
static int start_threads(struct load *l, struct err *e)
{
	unsigned int i;
	int ret = 0;

	pthread_barrier_init(&l->barrier, NULL, l->nr_workers + 1);
	for (i = 0; i < l->nr_workers && !ret; i++)
		ret = start_thread(&l->worker[i], e);
	if (ret < 0)
		return ret;
	pthread_barrier_wait(&l->barrier);
	l->threads = true;
	return 0;
}

/* Let all workers run @pass; the first error is the load's. */
static int run_pass(struct load *l, enum load_pass pass, struct err *e)
{
	l->pass = pass;
	pthread_barrier_wait(&l->barrier);
	pthread_barrier_wait(&l->barrier);
	if (l->culprit) {
		*e = l->culprit->err;
		return l->culprit->ret;
	}
	if (l->stop)
		return err_set(e, -EINTR, "interrupted by signal %d",
			       (int)l->stop);
	return 0;
}

static int wait_go(struct load *l, struct err *e)
{
	struct sync s = { .fd = l->config->sync_fd };
	struct pollfd p = { .fd = s.fd, .events = POLLIN };
	int word = SYNC_NONE, ret = sync_ready(&s, e);

	if (ret < 0)
		return ret;
	while (word == SYNC_NONE) {
		if (l->stop)
			return err_set(e, -EINTR, "interrupted by signal %d",
				       (int)l->stop);
		if (poll(&p, 1, 100) > 0)
			word = sync_read(&s, &l->window, e);
	}
	if (word < 0)
		return word;
	return word == SYNC_GO ? 0
			       : err_set(e, -EPIPE,
					 "the harness gave up "
					 "before go");
}

static uint64_t ticks_at(const struct clock_scale *s, uint64_t ns)
{
	return s->base.ticks +
	       (uint64_t)(int64_t)((double)(int64_t)(ns - s->base.ns) /
				   s->ns_per_tick);
}

static int find_window(struct load *l, struct err *e)
{
	const struct load_config *c = l->config;
	int ret;

	if (c->sync_fd >= 0) {
		ret = wait_go(l, e);
		if (ret < 0)
			return ret;
	} else {
		l->window.start_ns = clock_now_ns() + c->warmup_ns + 1000000;
		l->window.end_ns = l->window.start_ns + c->time_ns;
	}
	clock_anchor(&l->scale.base);
	l->start_ticks = ticks_at(&l->scale, l->window.start_ns);
	l->end_ticks = ticks_at(&l->scale, l->window.end_ns);
	if (l->stamps) {
		l->stamps->from = l->start_ticks;
		l->stamps->until = l->end_ticks;
	}
	return 0;
}

static int run_passes(struct load *l, struct err *e)
{
	const struct load_config *c = l->config;
	int ret = 0;

	if (c->verify)
		ret = run_pass(l, PASS_FILL, e);
	if (!ret && c->rings)
		ret = rings_file_write(l, c->rings, e);
	if (!ret)
		ret = find_window(l, e);
	if (!ret)
		ret = run_pass(l, PASS_MEASURE, e);
	if (!ret && c->verify)
		ret = run_pass(l, PASS_CHECK, e);
	return ret;
}

static void join_threads(struct load *l)
{
	unsigned int i;

	if (!l->threads)
		return;
	l->finished = true;
	pthread_barrier_wait(&l->barrier);
	for (i = 0; i < l->nr_workers; i++)
		pthread_join(l->worker[i].thread, NULL);
	pthread_barrier_destroy(&l->barrier);
	l->threads = false;
}

static void sum_up_failures(struct load *l)
{
	unsigned int i;

	for (i = 0; i < l->nr_workers; i++) {
		worker_sum_up(&l->worker[i]);
		failures_merge(&l->failures, &l->worker[i].failures);
	}
}

static uint64_t measured_requests(const struct load *l)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < l->nr_workers; i++)
		n += l->worker[i].result.latency.count;
	return n;
}

/* A run whose figures mean nothing is not a result. */
static int check_result(const struct load *l, struct err *e)
{
	const struct worker_counts *n = &l->worker->result;
	uint64_t answered = worker_answered(n);
	int ret = failures_check(&l->failures, &l->config->allowed, e);

	if (ret < 0)
		return ret;
	if (!measured_requests(l))
		return err_set(e, -ENODATA,
			       "no request completed in the "
			       "measured window; measure longer");
	/* Some slack for a wake-up that crosses the window's edge. */
	if (!l->config->poll && l->config->depth == 1 &&
	    n->wakeups > answered * 101 / 100 + 2)
		return err_set(e, -EPROTO,
			       "%" PRIu64 " wake-ups for %" PRIu64
			       " requests at depth 1: the device calls more "
			       "than once a request",
			       n->wakeups, answered);
	return 0;
}

int load_run(struct load *l, struct err *e)
{
	const struct load_config *c = l->config;
	int ret;

	l->run_id = rng_mix(c->seed ^ rng_mix(clock_now_ns()) ^
			    (uint64_t)getpid() << 32);
	clock_scale_now(&l->scale);
	ret = negotiate(l, e);
	if (!ret)
		take_ring(l);
	if (!ret)
		ret = l->ops->setup(l, e);
	if (!ret)
		ret = open_workers(l, e);
	if (!ret && c->stamps)
		ret = stamps_create(c->stamps, c->queues, c->stamps_every,
				    &l->stamps, e);
	if (!ret)
		ret = connect_workers(l, e);
	if (!ret)
		ret = start_threads(l, e);
	if (!ret)
		ret = run_passes(l, e);
	join_threads(l);
	l->clean = !ret;
	sum_up_failures(l);
	return ret ? failures_explain(&l->failures, ret, e)
		   : check_result(l, e);
}

/* A device that still answers is given the time to stop the queues, so that
 * it has let go of the memory before it goes. */
static void stop_queues(struct load *l)
{
	unsigned int i;

	for (i = 0; l->front.sock >= 0 && l->clean && i < l->nr_workers; i++)
		if (vhost_front_queue_stop(&l->front, i, NULL) < 0)
			return;
}

void load_close(struct load *l)
{
	unsigned int i;

	stop_queues(l);
	vhost_front_close(&l->front);
	l->ops->teardown(l);
	for (i = 0; i < l->nr_workers; i++)
		worker_close(&l->worker[i]);
	free(l->worker);
	l->worker = NULL;
	l->nr_workers = 0;
	load_memory_close(&l->memory);
	stamps_close(l->stamps);
	l->stamps = NULL;
}
