/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
#ifndef VIOPERF_SIGNAL_BPF_H
#define VIOPERF_SIGNAL_BPF_H

#include "trace_bpf.h"

/* What the objects that see notifications have in common: a notification
 * begins by marking the thread that sends it. */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TRACE_MAX_RINGS); /* set before load */
	__type(key, __u32);
	__type(value, struct trace_counters);
} counters SEC(".maps");

/* What a VM's devices are is not told by anyone: which call follows which
 * kick shows. Counted only when asked for. */
const volatile __u32 pairs_wanted;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct trace_pair);
	__type(value, __u64);
} pairs SEC(".maps");

static __always_inline void pair_count(__u32 call, __u32 kick)
{
	struct trace_pair key = { call, kick };
	__u64 one = 1, *n = bpf_map_lookup_elem(&pairs, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&pairs, &key, &one, BPF_NOEXIST);
}

/* The notification that is being sent on this CPU. Shared by the objects. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct trace_writer);
} writers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct trace_pace);
} paces SEC(".maps");

const volatile __u32 every_one; /* follow them all, at any rate */

/* How many notifications the one that begins now stands for; 0: another
 * stands for it. By chance, so as not to fall in step with what is traced. */
static __always_inline __u32 pace_take(__u64 now)
{
	__u32 zero = 0;
	struct trace_pace *p = bpf_map_lookup_elem(&paces, &zero);
	__u32 before;
	__u64 passed;

	if (every_one || !p)
		return 1;
	passed = now - p->since_ns;
	if (passed >= TRACE_PACE_NS) {
		before = p->every;
		p->every = p->n * TRACE_PACE_NS / passed / TRACE_PACE_ALL + 1;
		p->n = 0;
		p->since_ns = now;
		if (before <= 1) /* the first is no likelier than others */
			p->left = bpf_get_prandom_u32() % (2 * p->every - 1);
	}
	p->n++;
	if (p->every <= 1)
		return 1;
	if (p->left) {
		p->left--;
		return 0;
	}
	p->left = bpf_get_prandom_u32() % (2 * p->every - 1);
	return p->every;
}

#define EXPIRE_JIFFIES 2

/* A doorbell wakes whom it wakes within this, or nobody. */
#define DOORBELL_NS 200000

static __always_inline void pair_note(__u32 call)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct trace_thread *t = bpf_map_lookup_elem(&threads, &tid);

	if (t && t->serves)
		pair_count(call, t->serves - 1);
}

/* The current thread begins to send one to @to, for @weight requests. */
static __always_inline struct trace_writer *
signal_begin(const struct trace_fd *to, __u64 weight)
{
	__u32 zero = 0, kind = to->kind, ring = to->ring;
	struct trace_writer *w = bpf_map_lookup_elem(&writers, &zero);
	__u64 now = bpf_ktime_get_ns();
	struct trace_counters *c;

	if (!w)
		return 0;
	w->tid = (__u32)bpf_get_current_pid_tgid();
	w->ring = ring;
	w->kind = kind;
	w->wakee = to->wakee_tgid;
	w->woke = w->vcpu = 0;
	w->t_raised_ns = w->t_accepted_ns = 0;
	w->begun = bpf_jiffies64();
	w->t_signal_ns = now;
	w->counted = window_holds(now);
	w->times = pace_take(now);
	w->weight = weight * w->times;
	c = bpf_map_lookup_elem(&counters, &ring);
	if (!c || !w->counted)
		return w;
	c->signals[kind_index(kind)]++;
	c->sent_by = bpf_get_current_pid_tgid() >> 32;
	c->requests[kind_index(kind)] += weight;
	if (pairs_wanted && kind == TRACE_CALL)
		pair_note(ring);
	return w;
}

/* What the current thread is sending, or NULL. An idle CPU, on which timers
 * wake others, has 0 for a thread id, which is no sender's. */
static __always_inline struct trace_writer *signal_current(void)
{
	__u32 zero = 0, tid = (__u32)bpf_get_current_pid_tgid();
	struct trace_writer *w = bpf_map_lookup_elem(&writers, &zero);

	if (!w || !tid || w->tid != tid ||
	    bpf_jiffies64() - w->begun > EXPIRE_JIFFIES)
		return 0;
	return w;
}

static __always_inline void signal_end(void)
{
	__u32 zero = 0;
	struct trace_writer *w = bpf_map_lookup_elem(&writers, &zero);

	if (w && w->tid == (__u32)bpf_get_current_pid_tgid() && !w->vcpu)
		w->tid = 0;
}

#endif
