/* SPDX-License-Identifier: MIT */
#include "kvm_worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/kvm_kind.h"
#include "lib/record.h"
#include "bench/blk_request.h"
#include "kvm_vm.h"
#include "bench/loop.h"
#include "bench/lost.h"

#define LOOK_NS 10000000 /* between looks at the guest */

struct kvm_pass {
	struct worker *w;
	struct kvm_vm vm;
	timer_t timer;
	bool has_timer;
	uint32_t log_tail;
	struct worker_counts acc; /* of the window */
	uint32_t spurious;	  /* as last seen */
	uint32_t kicked_at;	  /* the same */
	bool oversleeps;	  /* at the last look: done, and not called */
	struct kvm_worker_counts from;
};

static void on_timer(int sig)
{
	(void)sig; /* ends KVM_RUN */
}

static int start_timer(struct kvm_pass *p, struct err *e)
{
	struct sigaction sa = { .sa_handler = on_timer };
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID,
			       .sigev_signo = SIGRTMIN };
	struct itimerspec every = { { 0, LOOK_NS }, { 0, LOOK_NS } };

	ev._sigev_un._tid = p->w->tid;
	sigaction(SIGRTMIN, &sa, NULL);
	if (timer_create(CLOCK_MONOTONIC, &ev, &p->timer) ||
	    timer_settime(p->timer, 0, &every, NULL))
		return err_set(e, -errno, "no timer: %s", strerror(errno));
	p->has_timer = true;
	return 0;
}

static uint32_t gpa(const struct worker *w, const void *host)
{
	return (uint32_t)load_memory_gpa(&w->load->memory, host);
}

static void fill_control(struct kvm_pass *p)
{
	volatile struct kvm_guest_control *c = p->vm.control;
	const struct load_config *config = p->w->load->config;
	const struct worker *w = p->w;
	const struct ring_driver *r = &w->ring;

	c->num = r->num;
	c->event_idx = r->event_idx;
	c->indirect = r->indirect;
	c->indirect_max = r->indirect_max;
	c->desc = gpa(w, w->area[RING_DESC]);
	c->avail = gpa(w, w->area[RING_DRIVER]);
	c->used = gpa(w, w->area[RING_DEVICE]);
	c->indirect_table = gpa(w, r->indirect_table);
	c->depth = w->depth;
	c->poll = config->poll;
	c->verify = config->verify;
	c->kick_port = config->kick_port;
	c->random = config->random;
	c->read_percent = config->read_percent;
	c->first_block = (uint32_t)w->first_block;
	c->nr_blocks = (uint32_t)MIN(w->nr_blocks, UINT32_MAX);
	c->sectors_per_block = (uint32_t)w->sectors_per_block;
	c->seed = (uint32_t)config->seed * 2654435761u + w->index;
}

static void fill_slots(struct kvm_pass *p)
{
	const struct slot *from;
	struct kvm_guest_slot *to;
	unsigned int i, k;

	for (i = 0; i < p->w->depth; i++) {
		from = &p->w->slot[i];
		to = &p->vm.slot[i];
		for (k = 0; k < 3; k++) {
			to->seg_addr[k] = from->seg[k].addr;
			to->seg_len[k] = from->seg[k].len;
		}
	}
}

int kvm_worker_open(struct worker *w, struct err *e)
{
	struct kvm_pass *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return err_set(e, -ENOMEM, "out of memory");
	w->guest = p;
	p->w = w;
	hist_init(&p->acc.latency);
	hist_init(&w->handler);
	ret = kvm_vm_open(&p->vm, &w->load->memory, e);
	ret = ret ?: kvm_vm_bind(&p->vm, w->kick_fd, w->call_fd,
				 w->load->config->kick_port, e);
	if (ret < 0)
		return ret;
	fill_control(p);
	fill_slots(p);
	return 0;
}

void kvm_worker_close(struct worker *w)
{
	struct kvm_pass *p = w->guest;

	if (!p)
		return;
	if (p->has_timer)
		timer_delete(p->timer);
	kvm_vm_close(&p->vm);
	free(p);
	w->guest = NULL;
}

static uint64_t ticks_ns(const struct kvm_pass *p, uint32_t ticks)
{
	return (uint64_t)((double)ticks * p->w->ns_per_tick);
}

static void stamp(struct kvm_pass *p, const struct kvm_guest_log *l)
{
	struct stamps_sample *s = stamps_slot(p->w->load->stamps, p->w->index,
					      l->seq);
	uint64_t added = l->start - (uint64_t)p->vm.tsc_offset;

	s->seq = l->seq;
	s->head = l->head;
	s->t[STAMPS_ADDED] = added;
	s->t[STAMPS_PUBLISHED] = added + l->published;
	s->t[STAMPS_REAPED] = added + l->ticks;
}

static enum failure_when when(const struct load *l, uint64_t end)
{
	if (l->pass != PASS_MEASURE)
		return l->pass == PASS_FILL ? FAILURE_WARMING_UP
					    : FAILURE_AFTER_WINDOW;
	return end < l->start_ticks ? FAILURE_WARMING_UP :
	       end < l->end_ticks   ? FAILURE_IN_WINDOW :
				      FAILURE_AFTER_WINDOW;
}

static uint64_t sector_of(volatile const struct kvm_guest_failure *f)
{
	return (uint64_t)f->sector[1] << 32 | f->sector[0];
}

/* The first one that failed is what the guest remembers of it. */
static void keep_first(struct kvm_pass *p, enum failure_when when, uint64_t at)
{
	volatile struct kvm_guest_failure *first = &p->vm.control->first;
	struct failures *f = &p->w->failures;

	if (!f->first.operation)
		failures_add_blk(f, (uint8_t)first->status, first->type,
				 sector_of(first), p->w->index, when, at);
}

void kvm_worker_sum_up(struct worker *w)
{
	volatile struct kvm_guest_control *c = w->guest->vm.control;

	if (!c) /* it could not be made */
		return;
	if (c->first.seen)
		keep_first(w->guest, FAILURE_UNKNOWN_WHEN, clock_ticks());
	w->failures.requests = c->log_head + c->log_full;
	w->failures.failed = c->failed;
	w->failures.unsupported = c->unsupported;
}

/* One request, if it was finished within the window. */
static void count(struct kvm_pass *p, const struct kvm_guest_log *l)
{
	struct worker_counts *n = &p->acc;
	const struct load *load = p->w->load;
	uint64_t end = l->start - (uint64_t)p->vm.tsc_offset + l->ticks;

	lost_kick_answer(p->w, end);
	if (l->flags & KVM_LOG_ERROR)
		keep_first(p, when(load, end), end);
	if (load->pass != PASS_MEASURE || end < load->start_ticks ||
	    end >= load->end_ticks)
		return;
	n->publishes += !!(l->flags & KVM_LOG_PUBLISHED);
	n->kicked_requests += !!(l->flags & KVM_LOG_KICKED);
	n->kicks += !!(l->flags & KVM_LOG_KICK_FIRST);
	n->called_requests += !!(l->flags & KVM_LOG_CALLED);
	n->calls += !!(l->flags & KVM_LOG_CALL_FIRST);
	n->bad_lengths += !!(l->flags & KVM_LOG_BAD_LENGTH);
	if (l->flags & KVM_LOG_ERROR) {
		n->errors++;
		return;
	}
	n->bytes += load->config->bs_bytes;
	hist_add(&n->latency, ticks_ns(p, l->ticks));
	if (l->flags & KVM_LOG_CALLED)
		hist_add(&p->w->handler, ticks_ns(p, l->handler));
	if (load->stamps && stamps_wanted(load->stamps, l->seq))
		stamp(p, l);
}

/* Take what the guest has logged. Its index is not trusted: never more than
 * the log holds. */
static void drain(struct kvm_pass *p)
{
	volatile struct kvm_guest_control *c = p->vm.control;
	uint32_t head = __atomic_load_n(&c->log_head, __ATOMIC_ACQUIRE);
	struct kvm_guest_log l;

	if (head - p->log_tail > KVM_GUEST_LOG_ENTRIES)
		p->log_tail = head - KVM_GUEST_LOG_ENTRIES;
	if (head != p->log_tail)
		p->w->progress = clock_ticks();
	for (; p->log_tail != head; p->log_tail++) {
		l = p->vm.log[p->log_tail & (KVM_GUEST_LOG_ENTRIES - 1)];
		count(p, &l);
	}
	__atomic_store_n(&c->log_tail, p->log_tail, __ATOMIC_RELEASE);
	p->w->nr_free = p->w->depth - MIN(c->in_flight, p->w->depth);
}

static void take_counts(const struct kvm_pass *p, struct kvm_worker_counts *n)
{
	volatile struct kvm_guest_control *c = p->vm.control;
	const struct kvm_vm *v = &p->vm;

	n->exits = kvm_vm_stat(v, "exits");
	n->halt_exits = kvm_vm_stat(v, "halt_exits");
	n->mmio_exits = kvm_vm_stat(v, "mmio_exits");
	n->io_exits = kvm_vm_stat(v, "io_exits");
	n->signal_exits = kvm_vm_stat(v, "signal_exits");
	n->halt_successful_poll = kvm_vm_stat(v, "halt_successful_poll");
	n->halt_wakeup = kvm_vm_stat(v, "halt_wakeup");
	n->kicks_timed = c->kick_timed;
	n->kick_ticks = c->kick_ticks;
	n->log_full = c->log_full;
}

/* @sign: 1 adds, -1 takes off. */
static void add(struct kvm_worker_counts *to,
		const struct kvm_worker_counts *from, int sign)
{
	uint64_t *x = (uint64_t *)to;
	const uint64_t *y = (const uint64_t *)from;
	size_t i;

	for (i = 0; i < sizeof(*to) / sizeof(*x); i++)
		x[i] += sign > 0 ? y[i] : -y[i];
}

static void wake_guest(struct kvm_pass *p)
{
	uint64_t one = 1;
	ssize_t n = write(p->w->call_fd, &one, sizeof(one));

	(void)n; /* it is awake anyway if the counter is full */
}

/* Show the ring as the guest has it to who looks for lost kicks. */
static void follow_kicks(struct kvm_pass *p)
{
	uint32_t at = p->vm.control->kicked_at;
	struct worker *w = p->w;

	if (at != p->kicked_at)
		w->kicked_at = (uint16_t)at;
	p->kicked_at = at;
	w->ring.published =
		ring_le16(ring_load(&w->ring.split.avail->idx));
}

/* Asleep at two looks over something that is done: its call was lost. */
static void lost_call_look(struct kvm_pass *p, uint64_t now)
{
	volatile struct kvm_guest_control *c = p->vm.control;
	uint16_t reaped = (uint16_t)(c->log_head + c->log_full);
	struct worker *w = p->w;
	bool before = p->oversleeps;

	p->oversleeps = lost_is_quiet(w, now) &&
			ring_le16(ring_load(&w->ring.split.used->idx)) !=
				reaped &&
			kvm_vm_sleeps(&p->vm);
	if (!before || !p->oversleeps)
		return;
	w->now.lost_calls++;
	wake_guest(p);
	p->oversleeps = false;
}

/* What is not per request; at the window's edges, what only counts up. */
static int look(struct kvm_pass *p)
{
	struct worker *w = p->w;
	enum worker_phase before = w->phase;
	uint64_t now = clock_ticks();
	int ret;

	follow_kicks(p);
	if (!w->load->config->poll)
		lost_call_look(p, now);
	ret = now >= w->next_tick ? worker_tick(w, now) : 0;
	if (before == WORKER_WARM && w->phase != WORKER_WARM) {
		take_counts(p, &p->from);
		p->spurious = p->vm.control->spurious;
	}
	if (before != WORKER_DRAIN && w->phase == WORKER_DRAIN) {
		take_counts(p, &w->kvm);
		add(&w->kvm, &p->from, -1);
		p->acc.spurious_wakeups = p->vm.control->spurious - p->spurious;
		p->acc.lost_kicks = w->result.lost_kicks;
		p->acc.lost_calls = w->result.lost_calls;
	}
	return ret;
}

/* Tell the guest to finish; it may be asleep with nothing on its way. */
static void stop_guest(struct kvm_pass *p)
{
	p->vm.control->stop = 1;
	wake_guest(p);
}

/* What the guest asks for in between, with --verify. Its slot number is not
 * trusted; @v->slot_asked does not change while the guest stands still. */
static int answer(struct kvm_pass *p, const struct loop_ops *ops, int what)
{
	volatile struct kvm_guest_control *c = p->vm.control;
	struct ring_done d = { .cookie = p->vm.slot_asked,
			       .len = c->done_len,
			       .id = (uint16_t)c->done_head };
	struct worker *w = p->w;
	struct slot *s;

	if (what != KVM_VM_NEXT && what != KVM_VM_REAPED)
		return 0;
	if (!ops || d.cookie >= w->depth)
		return err_set(&w->err, -EPROTO, "the guest asks for slot %u",
			       p->vm.slot_asked);
	s = &w->slot[d.cookie];
	if (what == KVM_VM_REAPED)
		return ops->done(w, s, &d);
	c->next = !ops->next(w, s) ? KVM_NEXT_NONE
		  : s->write	   ? KVM_NEXT_WRITE
				   : KVM_NEXT_READ;
	return 0;
}

static int broke_status(struct kvm_pass *p)
{
	volatile struct kvm_guest_failure *f = &p->vm.control->broke;

	return blk_broke_status(p->w, (uint8_t)f->status, f->type,
				sector_of(f));
}

static int run_guest(struct kvm_pass *p, const struct loop_ops *ops)
{
	struct worker *w = p->w;
	int ret = KVM_VM_AGAIN, tick = 0;

	while (ret != KVM_VM_DONE && !tick) {
		ret = kvm_vm_run(&p->vm, &w->err);
		drain(p);
		if (ret < 0)
			return ret;
		tick = answer(p, ops, ret);
		tick = tick ?: look(p);
		if (w->phase == WORKER_DRAIN)
			stop_guest(p);
	}
	if (p->vm.control->broke.seen)
		return broke_status(p);
	if (p->vm.control->broken)
		return err_set(&w->err, -EPROTO, "queue %u: the device broke "
			       "the ring, as the guest sees it", w->index);
	return tick;
}

int kvm_worker_run(struct worker *w, const struct loop_ops *ops)
{
	struct kvm_pass *p = w->guest;
	int ret = p->has_timer ? 0 : start_timer(p, &w->err);

	p->vm.control->stop = 0;
	ret = ret ?: run_guest(p, ops);
	p->acc.wakeups = p->acc.calls;
	w->result = p->acc;
	return ret;
}

void kvm_worker_put_times(const struct worker *w, json_t *queue)
{
	const struct kvm_vm *v = &w->guest->vm;

	json_object_set_new(queue, "guest_times",
			    json_integer((json_int_t)(uintptr_t)(
				    v->memory + KVM_GUEST_TIMES)));
	json_object_set_new(queue, "tsc_offset",
			    json_integer((json_int_t)v->tsc_offset));
}

static double mean(uint64_t sum, uint64_t n, double factor)
{
	return n ? (double)sum * factor / (double)n : 0;
}

void kvm_worker_metrics(const struct load *l, json_t *metrics,
			uint64_t requests)
{
	struct kvm_worker_counts n = { 0 };
	unsigned int i;

	for (i = 0; i < l->nr_workers; i++)
		add(&n, &l->worker[i].kvm, 1);
	if (requests && n.exits)
		record_metric(metrics, "exits_per_request",
			      mean(n.exits, requests, 1), "1", "lower");
	if (n.kicks_timed)
		record_metric(metrics, "doorbell_ns",
			      mean(n.kick_ticks, n.kicks_timed,
				   l->scale.ns_per_tick), "ns", "lower");
}

json_t *kvm_worker_json(const struct load *l)
{
	struct kvm_worker_counts n = { 0 };
	struct hist *handler = malloc(sizeof(*handler));
	json_t *h = NULL;
	unsigned int i;

	if (handler)
		hist_init(handler);
	for (i = 0; i < l->nr_workers; i++) {
		add(&n, &l->worker[i].kvm, 1);
		if (handler && l->worker[i].handler.count)
			hist_merge(handler, &l->worker[i].handler);
	}
	if (handler)
		h = hist_to_json(handler);
	free(handler);
	return json_pack(
		"{ss sI sI sI sI sI sI sI sf so sI}", "kind", kvm_kind(),
		"exits", (json_int_t)n.exits, "halt_exits",
		(json_int_t)n.halt_exits, "mmio_exits",
		(json_int_t)n.mmio_exits, "io_exits", (json_int_t)n.io_exits,
		"signal_exits", (json_int_t)n.signal_exits,
		"halt_successful_poll", (json_int_t)n.halt_successful_poll,
		"halt_wakeup", (json_int_t)n.halt_wakeup, "kick_mean_ns",
		mean(n.kick_ticks, n.kicks_timed, l->scale.ns_per_tick),
		"handler_to_reaped", h ? h : json_null(), "log_full",
		(json_int_t)n.log_full);
}
