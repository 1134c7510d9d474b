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
}

#endif
