/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
#ifndef VIOPERF_TRACE_BPF_H
#define VIOPERF_TRACE_BPF_H

/* Registers by the kernel's names, as kernel_types.h has them. */
#define __VMLINUX_H__
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "kernel_types.h"
#include "trace_types.h"

/*
 * What every BPF object of the tracer has. These programs run at each system
 * call and each context switch of the machine, so the first thing each does is
 * to leave when the process is not watched: a few words of memory to compare.
 */
volatile struct trace_control control;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, struct trace_hist);
} hists SEC(".maps");

/* By thread id. Shared by the objects, created by the first. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct trace_thread);
} threads SEC(".maps");

static __always_inline struct trace_thread *thread_get(__u32 tid)
{
	static const struct trace_thread empty;
	struct trace_thread *t = bpf_map_lookup_elem(&threads, &tid);

	if (t)
		return t;
	bpf_map_update_elem(&threads, &tid, &empty, BPF_NOEXIST);
	return bpf_map_lookup_elem(&threads, &tid);
}

/* Global, so that a verifier looks at the loop once, and not wherever it is
 * called. */
__attribute__((noinline)) int proc_find_more(__u32 tgid)
{
	__u32 i;

	for (i = 2; i < TRACE_MAX_PROCS && i < control.nr_procs; i++)
		if (control.proc[i].tgid == tgid)
			return i;
	return -1;
}

/* The process's place in control.proc, or -1. Mostly there are two. The rest
 * has 0 there, as have the idle threads, which are no process. */
static __always_inline int proc_find(__u32 tgid)
{
	if (control.proc[0].tgid == tgid)
		return tgid ? 0 : -1;
	if (control.proc[1].tgid == tgid)
		return tgid ? 1 : -1;
	return control.nr_procs > 2 ? proc_find_more(tgid) : -1;
}

/* @kind as an index whose bound even an older verifier sees: it masks right
 * where it is used, since a compiler may test a copy of what it then takes. */
static __always_inline __u32 kind_index(__u32 kind)
{
	_Static_assert(!(TRACE_KINDS & (TRACE_KINDS - 1)), "a mask");
	barrier_var(kind);
	return kind & (TRACE_KINDS - 1);
}

/* The process at @place, which proc_find() has found. */
static __always_inline volatile struct trace_proc *proc_at(__u32 place)
{
	_Static_assert(!(TRACE_MAX_PROCS & (TRACE_MAX_PROCS - 1)), "a mask");
	barrier_var(place);
	return &control.proc[place & (TRACE_MAX_PROCS - 1)];
}

static __always_inline int window_holds(__u64 ns)
{
	return ns >= control.start_ns && ns < control.end_ns;
}

/* The histograms are one for all CPUs: set where one for each took too much
 * memory. */
const volatile __u32 shared_hists;

static __always_inline void hist_add(__u64 *to, __u64 n)
{
	if (shared_hists)
		__sync_fetch_and_add(to, n);
	else
		*to += n;
}

/*
 * Add @ns, for @weight requests that @times notifications carried. Without
 * shared_hists no atomics: a histogram belongs to one program, and none of the
 * programs can interrupt itself on the same CPU. With it an extreme may get
 * lost to another CPU's at the same moment; no count does.
 */
static __always_inline void hist_record(__u32 index, __u64 ns, __u64 weight,
					__u32 times)
{
	struct trace_hist *h = bpf_map_lookup_elem(&hists, &index);
	__u32 b = hist_bucket(ns);

	if (!h)
		return;
	hist_add(&h->events, times);
	hist_add(&h->count, weight);
	hist_add(&h->sum_ns, ns * weight);
	if (~ns > h->min_ns_inverted)
		h->min_ns_inverted = ~ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	/* The compiler knows that this holds; the verifier has to see it. */
	barrier_var(b);
	if (b < HIST_NBUCKETS)
		hist_add(&h->bucket[b], weight);
}

#endif
