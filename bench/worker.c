/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/virtio/ring_split.h"
#include "inproc.h"
#include "bench/kvm/kvm_worker.h"
#include "loop.h"
#include "lost.h"

#define INDIRECT_MAX 4 /* descriptors of a table: one cache line */

/* A polling worker must move its parked event index before 65,536 more are
 * done and looks at the socket itself; a sleeping one is told by epoll. */
#define TICK_POLL_NS  1000000ull
#define TICK_SLEEP_NS 50000000ull

uint64_t worker_shared_bytes(const struct load *l)
{
	const struct load_config *c = l->config;
	const struct ring_layout *y = ring_layout_of(l->front.features);
	uint64_t areas = 0;
	unsigned int i;

	for (i = 0; i < RING_AREAS; i++)
		areas += load_memory_part(y->bytes(i, c->ring_size));
	return areas +
	       load_memory_part((uint64_t)c->ring_size * INDIRECT_MAX *
				sizeof(struct split_desc)) +
	       load_memory_part(l->ops->slot_bytes(l));
}

static int open_ring(struct worker *w, struct load *l)
{
	unsigned int num = l->config->ring_size;
	struct ring_driver *r = &w->ring;
	unsigned int i;

	w->layout = ring_layout_of(l->front.features);
	r->num = (uint16_t)num;
	r->event_idx = l->event_idx;
	r->indirect = l->indirect;
	for (i = 0; i < RING_AREAS; i++)
		w->area[i] = load_memory_take(&l->memory,
					      w->layout->bytes(i, num));
	r->indirect_table =
		load_memory_take(&l->memory, (uint64_t)num * INDIRECT_MAX *
						     sizeof(struct split_desc));
	r->indirect_gpa = load_memory_gpa(&l->memory, r->indirect_table);
	r->indirect_max = INDIRECT_MAX;
	r->inflight = calloc(num, sizeof(*r->inflight));
	if (!r->inflight)
		return -ENOMEM;
	w->layout->driver_open(r, w->area);
	return 0;
}

static int open_slots(struct worker *w)
{
	unsigned int i;

	w->slot =
		aligned_alloc(64, ((w->depth * sizeof(*w->slot)) + 63) & ~63ul);
	w->free = calloc(w->depth, sizeof(*w->free));
	w->batch = calloc(w->depth, sizeof(*w->batch));
	if (!w->slot || !w->free || !w->batch)
		return -ENOMEM;
	memset(w->slot, 0, w->depth * sizeof(*w->slot));
	for (i = 0; i < w->depth; i++)
		w->free[i] = (uint16_t)(w->depth - 1 - i);
	w->nr_free = w->depth;
	return 0;
}

static int watch(struct worker *w, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

static int open_fds(struct worker *w)
{
	int ret;

	w->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->kick_fd < 0 || w->call_fd < 0 || w->epoll_fd < 0)
		return -errno;
	/* Edge-triggered and never read: each write of the device is an
	 * event, whatever flags it sets on the shared file. */
	ret = watch(w, w->call_fd, EPOLLIN | EPOLLET);
	if (!ret && w->load->front.sock >= 0)
		ret = watch(w, w->load->front.sock, EPOLLRDHUP | EPOLLET);
	return ret;
}

int worker_open(struct worker *w, struct load *l, unsigned int index,
		struct err *e)
{
	void *shared;
	int ret;

	*w = (struct worker){ .kick_fd = -1,
			      .call_fd = -1,
			      .epoll_fd = -1,
			      .index = index,
			      .load = l,
			      .depth = l->config->depth,
			      .ns_per_tick = l->scale.ns_per_tick };
	hist_init(&w->now.latency);
	w->result = w->now;
	rng_seed(&w->rng, l->config->seed * BLK_LOAD_MAX_QUEUES + index);
	ret = open_ring(w, l);
	if (!ret)
		ret = open_slots(w);
	if (!ret)
		ret = open_fds(w);
	if (ret < 0)
		return err_set(e, ret, "queue %u: %s", index, strerror(-ret));
	shared = load_memory_take(&l->memory, l->ops->slot_bytes(l));
	return l->ops->prepare(w, shared, e);
}

int worker_connect(struct worker *w, struct err *e)
{
	struct vhost_front_queue q = { .index = w->index,
				       .num = w->ring.num,
				       .desc = w->area[RING_DESC],
				       .avail = w->area[RING_DRIVER],
				       .used = w->area[RING_DEVICE],
				       .kick_fd = w->kick_fd,
				       .call_fd = w->call_fd };

	if (w->load->config->in_process)
		return inproc_open(&w->inproc, &w->load->memory, &w->ring, e);
	if (w->load->config->kvm) {
		int ret = kvm_worker_open(w, e);

		if (ret < 0)
			return ret;
	}
	return vhost_front_queue_start(&w->load->front, &q, e);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void worker_close(struct worker *w)
{
	inproc_close(w->inproc);
	kvm_worker_close(w);
	close_fd(w->kick_fd);
	close_fd(w->call_fd);
	close_fd(w->epoll_fd);
	free(w->ring.inflight);
	free(w->slot);
	free(w->free);
	free(w->batch);
}

void loop_advance(struct worker *w)
{
	double step = w->interval;

	if (w->load->config->poisson)
		step *= -log(1.0 - rng_unit(&w->rng));
	w->due_exact += step;
	w->due = (uint64_t)w->due_exact;
}

static uint64_t thread_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* Times so far that this thread had to make way for another one. */
static long thread_preempted(void)
{
	struct rusage u;

	return getrusage(RUSAGE_THREAD, &u) < 0 ? 0 : u.ru_nivcsw;
}

/* A polling worker ignores calls; whether some came since it last looked shows
 * in the eventfd. How many does not: what is written to it is a weight. */
static bool take_call(struct worker *w)
{
	uint64_t n;

	return read(w->call_fd, &n, sizeof(n)) == sizeof(n);
}

static void begin_window(struct worker *w)
{
	struct load *l = w->load;
	uint64_t ns;

	w->phase = WORKER_MEASURE;
	w->failures.requests += worker_answered(&w->now);
	memset(&w->now, 0, sizeof(w->now));
	hist_init(&w->now.latency);
	if (!w->index)
		l->device_cpu_known =
			!vhost_front_device_cpu_ns(&l->front, &ns);
	if (!w->index && l->device_cpu_known)
		l->device_cpu_ns = ns;
	w->preempted = -thread_preempted();
	w->cpu_start_ns = thread_cpu_ns();
}

static void end_window(struct worker *w)
{
	struct load *l = w->load;
	uint64_t ns = 0;

	w->phase = WORKER_DRAIN;
	w->cpu_ns = thread_cpu_ns() - w->cpu_start_ns;
	w->preempted += thread_preempted();
	if (!w->index && l->device_cpu_known) {
		l->device_cpu_known =
			!vhost_front_device_cpu_ns(&l->front, &ns);
		l->device_cpu_ns = ns - l->device_cpu_ns;
	}
	w->result = w->now;
	if (l->config->rate && w->due < l->end_ticks)
		w->unsent = (uint64_t)((double)(l->end_ticks - w->due) /
				       w->interval);
}

static int check_alive(struct worker *w, uint64_t now)
{
	struct load *l = w->load;
	unsigned int in_flight = w->depth - w->nr_free;
	uint64_t since = now - w->progress;

	if (l->stop)
		return err_set(&w->err, -EINTR, "interrupted");
	if (in_flight && now > w->progress &&
	    since > worker_ticks(w, l->config->timeout_ns))
		return err_set(&w->err, -ETIMEDOUT,
			       "queue %u: the device "
			       "hangs: nothing done for %.3g s with %u "
			       "requests in flight",
			       w->index, (double)since * w->ns_per_tick * 1e-9,
			       in_flight);
	if (l->front.sock >= 0 && vhost_front_gone(&l->front))
		return err_set(&w->err, -EPIPE,
			       "%s: the device closed the "
			       "connection with %u requests of queue %u in "
			       "flight",
			       l->front.path, in_flight, w->index);
	return 0;
}

static void next_tick(struct worker *w, uint64_t now)
{
	struct load *l = w->load;

	w->next_tick = now + worker_ticks(w, l->config->poll ? TICK_POLL_NS
							     : TICK_SLEEP_NS);
	if (l->pass != PASS_MEASURE)
		return;
	if (w->phase == WORKER_WARM)
		w->next_tick = MIN(w->next_tick, l->start_ticks);
	else if (w->phase == WORKER_MEASURE)
		w->next_tick = MIN(w->next_tick, l->end_ticks);
}

int worker_tick(struct worker *w, uint64_t now)
{
	struct load *l = w->load;
	bool window = l->pass == PASS_MEASURE;
	int ret;

	if (l->config->poll && !l->config->kvm && take_call(w))
		w->now.calls++;
	if (window && w->phase == WORKER_WARM && now >= l->start_ticks)
		begin_window(w);
	if (window && w->phase == WORKER_MEASURE && now >= l->end_ticks)
		end_window(w);
	ret = check_alive(w, now);
	if (ret < 0)
		return ret;
	if (l->config->poll && !l->config->kvm)
		w->layout->driver->disarm(&w->ring);
	if (!l->config->in_process)
		lost_kick_look(w, now);
	next_tick(w, now);
	return 0;
}

int worker_wait_events(struct worker *w, uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / 1000000000),
			       (long)(ns % 1000000000) };
	struct epoll_event ev[2];
	int n, i, called = 0;

	n = epoll_pwait2(w->epoll_fd, ev, 2, &ts, NULL);
	if (n < 0)
		return errno == EINTR ? 0
				      : err_set(&w->err, -errno, "epoll: %s",
						strerror(errno));
	for (i = 0; i < n; i++) {
		if (ev[i].data.fd == w->call_fd)
			called = 1;
		else
			w->next_tick = 0; /* the socket: look closer */
	}
	w->now.wakeups += (unsigned int)called;
	w->now.calls += (unsigned int)called;
	return called;
}

int worker_wait(struct worker *w, uint64_t until)
{
	uint64_t now = clock_ticks(), ns = 0;
	int called = 0, ret;

	if (now < until) {
		ns = (uint64_t)((double)(until - now) * w->ns_per_tick) + 1;
		called = worker_wait_events(w, ns);
	}
	now = clock_ticks();
	if (!called && now >= until)
		called = lost_call(w, ns);
	if (called < 0)
		return called;
	ret = now >= w->next_tick ? worker_tick(w, now) : 0;
	return ret < 0 ? ret : called;
}

/* The value is a weight for the tracer when requests are stamped, and 1
 * otherwise, so that the eventfd counts kicks (docs/design.md, "Weights"). */
void worker_kick(struct worker *w, uint64_t requests)
{
	uint64_t value = w->load->stamps ? requests : 1;
	ssize_t n = write(w->kick_fd, &value, sizeof(value));

	(void)n; /* a full counter is a signal too: nobody reads, it hangs */
}

int worker_explain_broken(struct worker *w)
{
	char why[128];

	w->layout->explain(&w->ring, why, sizeof(why));
	return err_set(&w->err, -EPROTO,
		       "queue %u: the device broke the ring: %s", w->index,
		       why);
}

void worker_stamp_published(struct worker *w)
{
	uint64_t now = clock_ticks();

	while (w->nr_batch)
		w->slot[w->batch[--w->nr_batch]].published = now;
}

void worker_stamp_reaped(struct worker *w, const struct slot *s, uint16_t id,
			 uint64_t now)
{
	struct stamps_sample *sample =
		stamps_slot(w->load->stamps, w->index, s->seq);

	sample->seq = s->seq;
	sample->head = id;
	sample->t[STAMPS_ADDED] = s->added;
	sample->t[STAMPS_PUBLISHED] = s->published;
	sample->t[STAMPS_REAPED] = now;
}

enum failure_when worker_when(const struct worker *w)
{
	if (w->load->pass == PASS_CHECK)
		return FAILURE_AFTER_WINDOW;
	if (w->load->pass == PASS_FILL || w->phase == WORKER_WARM)
		return FAILURE_WARMING_UP;
	return w->phase == WORKER_MEASURE ? FAILURE_IN_WINDOW
					  : FAILURE_AFTER_WINDOW;
}

void worker_sum_up(struct worker *w)
{
	if (w->guest)
		kvm_worker_sum_up(w);
	else
		w->failures.requests += worker_answered(&w->now);
	w->failures.in_window = w->result.errors;
}

static void begin_pass(struct worker *w)
{
	const struct load_config *c = w->load->config;
	uint64_t now = clock_ticks();

	w->phase = WORKER_WARM;
	w->exhausted = false;
	w->position = 0;
	w->progress = now;
	if (c->rate) {
		w->interval =
			1e9 / w->ns_per_tick * c->queues / (double)c->rate;
		w->due_exact = (double)now + w->interval * w->index / c->queues;
		w->due = (uint64_t)w->due_exact;
	}
	next_tick(w, now);
}

/* Run passes, told by main at the barrier, until it says stop. After an error
 * the worker stays at the barrier, so that none waits for it in vain. */
void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct load *l = w->load;

	w->tid = (pid_t)syscall(SYS_gettid);
	prctl(PR_SET_TIMERSLACK, 1);
	pthread_barrier_wait(&l->barrier);
	for (;;) {
		pthread_barrier_wait(&l->barrier);
		if (l->finished)
			return NULL;
		begin_pass(w);
		w->ret = l->ops->run(w);
		if (w->ret < 0 && !l->stop)
			l->stop = -1;
		if (w->ret < 0 && w->ret != -EINTR)
			__sync_bool_compare_and_swap(&l->culprit, NULL, w);
		pthread_barrier_wait(&l->barrier);
	}
}
