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

static __always_inline void signal_begin(struct trace_thread *t,
					 const struct trace_fd *to,
					 __u64 weight)
{
	__u32 kind = to->kind, ring = to->ring;
	struct trace_counters *c;

	t->signal_ring = ring;
	t->signal_kind = kind;
	t->signal_wakee = to->wakee_tgid;
	t->signal_woke = 0;
	t->t_raised_ns = t->t_accepted_ns = 0;
	t->signal_weight = weight;
	t->t_signal_ns = bpf_ktime_get_ns();
	t->signal_counted = window_holds(t->t_signal_ns);
	c = bpf_map_lookup_elem(&counters, &ring);
	if (!c || kind >= TRACE_KINDS || !t->signal_counted)
		return;
	c->signals[kind]++;
	c->requests[kind] += weight;
	if (pairs_wanted && kind == TRACE_CALL && t->serves)
		pair_count(ring, t->serves - 1);
}

#endif
