/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * Kicks of a guest: a store or an OUT that KVM turns into the device's kick
 * eventfd. The tracepoints lie before that, in the vCPU's thread, which is
 * marked as a writer from here on; the wake-up that follows is seen by
 * notify.bpf.c, with which the map of threads is shared.
 */
#include "trace_bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define MMIO_WRITE 2 /* KVM_TRACE_MMIO_WRITE */
#define PIO_OUT	   1 /* KVM_PIO_OUT */

/* The ring that a doorbell announces. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TRACE_MAX_RINGS);
	__type(key, struct trace_doorbell);
	__type(value, __u32);
} doorbells SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TRACE_MAX_RINGS);
	__type(key, __u32);
	__type(value, struct trace_counters);
} counters SEC(".maps");

static __always_inline int on_doorbell(__u64 address, __u32 value)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct trace_doorbell key = { .address = address };
	const __u32 *watched;
	struct trace_counters *c;
	struct trace_thread *t;
	__u32 ring;

	if (proc_find(id >> 32) < 0)
		return 0;
	watched = bpf_map_lookup_elem(&doorbells, &key);
	if (!watched) { /* one port for all queues, told apart by the value */
		key.match = (__u64)value + 1;
		watched = bpf_map_lookup_elem(&doorbells, &key);
	}
	t = watched ? thread_get((__u32)id) : 0;
	if (!t || (*watched == TRACE_RING_OF_THREAD && !t->serves))
		return 0;
	ring = *watched == TRACE_RING_OF_THREAD ? t->serves - 1 : *watched;
	t->vcpu = 1;
	t->signal_ring = ring;
	t->signal_kind = TRACE_KICK;
	t->signal_wakee = 0;
	t->signal_woke = 0;
	t->t_waking_ns = 0;
	t->signal_weight = value >= 1 && value <= TRACE_MAX_WEIGHT ? value : 1;
	t->t_signal_ns = bpf_ktime_get_ns();
	t->signal_counted = window_holds(t->t_signal_ns);
	c = bpf_map_lookup_elem(&counters, &ring);
	if (c && t->signal_counted) {
		c->signals[TRACE_KICK]++;
		c->requests[TRACE_KICK] += t->signal_weight;
	}
	return 0;
}

static __always_inline __u32 value_at(const void *val)
{
	__u32 v = 1;

	bpf_probe_read_kernel(&v, sizeof(v), val);
	return v;
}

SEC("tp_btf/kvm_mmio")
int BPF_PROG(mmio_btf, int type, int len, __u64 gpa, void *val)
{
	return type == MMIO_WRITE ? on_doorbell(gpa, value_at(val)) : 0;
}

SEC("raw_tp/kvm_mmio")
int BPF_PROG(mmio_raw, int type, int len, __u64 gpa, void *val)
{
	return type == MMIO_WRITE ? on_doorbell(gpa, value_at(val)) : 0;
}

/* VMX and SVM know a doorbell without emulating the store, and what was
 * stored does not show. */
SEC("tp_btf/kvm_fast_mmio")
int BPF_PROG(fast_btf, __u64 gpa)
{
	return on_doorbell(gpa, 1);
}

SEC("raw_tp/kvm_fast_mmio")
int BPF_PROG(fast_raw, __u64 gpa)
{
	return on_doorbell(gpa, 1);
}

SEC("tp_btf/kvm_pio")
int BPF_PROG(pio_btf, unsigned int rw, unsigned int port, unsigned int size,
	     unsigned int count, const void *data)
{
	return rw == PIO_OUT ? on_doorbell(port | TRACE_DOORBELL_PIO,
					   value_at(data)) : 0;
}

SEC("raw_tp/kvm_pio")
int BPF_PROG(pio_raw, unsigned int rw, unsigned int port, unsigned int size,
	     unsigned int count, const void *data)
{
	return rw == PIO_OUT ? on_doorbell(port | TRACE_DOORBELL_PIO,
					   value_at(data)) : 0;
}
