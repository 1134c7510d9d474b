/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * Kicks of a guest: a store or an OUT that KVM turns into the device's kick
 * eventfd. Most tracepoints lie before that, in the vCPU's thread, which is
 * marked as a writer from here on; the wake-up that follows is seen by
 * notify.bpf.c, with which the map of threads is shared. Calls to a guest:
 * within the write to the call eventfd KVM raises an interrupt, which the
 * vCPU's APIC accepts.
 *
 * A guest of ours leaves two stamps in its memory, which is the VMM's too:
 * when it stored the doorbell, and when its interrupt handler was entered.
 * They are read where the vCPU's thread comes by.
 */
#include "signal_bpf.h"

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

/* The vCPU's thread that a ring's interrupts go to. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TRACE_MAX_RINGS);
	__type(key, __u32);
	__type(value, __u32);
} vcpus SEC(".maps");

static __always_inline __u32 hist_index(__u32 ring, enum trace_kvm_step step)
{
	return ring * TRACE_KVM_STEPS + step;
}

/* A guest's TSC on CLOCK_MONOTONIC. */
static __always_inline __u64 guest_ns(const struct trace_thread *t, __u64 tsc)
{
	const volatile struct trace_clock *c = &control.clock[control.newest & 1];
	__u64 ticks = tsc - t->tsc_offset, ahead = ticks - c->ticks, ns;
	int before = (__s64)ahead < 0;

	if (before)
		ahead = -ahead;
	ns = (ahead >> 32) * c->ns_per_tick +
	     ((ahead & 0xffffffff) * c->ns_per_tick >> 32);
	return before ? c->ns - ns : c->ns + ns;
}

/* Since @from_ns until @to_ns; clocks that disagree are counted. */
static __always_inline void record_span(__u32 ring, enum trace_kvm_step step,
					__u64 from_ns, __u64 to_ns,
					__u64 weight, __u32 times)
{
	struct trace_counters *c;
	__u64 ns = to_ns - from_ns;

	if ((__s64)ns < 0) {
		ns = 0;
		c = bpf_map_lookup_elem(&counters, &ring);
		if (c)
			c->inversions++;
	}
	hist_record(hist_index(ring, step), ns, weight, times);
}

/* Has the handler of an awaited interrupt been entered meanwhile? */
static __always_inline void settle(struct trace_thread *t, __u64 handler_ns)
{
	struct trace_enter *e = &t->enter, *before = &t->enter_before;

	if (e->since_ns && handler_ns >= e->since_ns) {
		record_span(e->ring, TRACE_ENTER, e->since_ns, handler_ns,
			    e->weight, e->times);
		e->since_ns = before->since_ns = 0;
	}
	if (before->since_ns && handler_ns >= before->since_ns) {
		record_span(before->ring, TRACE_ENTER, before->since_ns,
			    handler_ns, before->weight, before->times);
		before->since_ns = 0;
	}
}

/* The vCPU's thread is out of the guest: what has it left? */
static __always_inline int times_read(struct trace_thread *t,
				      struct trace_times *times)
{
	if (!t->times || bpf_probe_read_user(times, sizeof(*times),
					     (const void *)t->times) < 0)
		return -1;
	if (t->enter.since_ns || t->enter_before.since_ns)
		settle(t, guest_ns(t, times->handler));
	return 0;
}

static __always_inline int on_doorbell(__u64 address, __u32 value)
{
	__u64 id = bpf_get_current_pid_tgid(), weight = value;
	struct trace_doorbell key = { .address = address };
	struct trace_fd to = { .kind = TRACE_KICK };
	struct trace_times times;
	struct trace_writer *w;
	const __u32 *watched;
	struct trace_thread *t;
	int seen;

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
	to.ring = *watched == TRACE_RING_OF_THREAD ? t->serves - 1 : *watched;
	t->vcpu = 1;
	t->t_waking_ns = 0;
	seen = !times_read(t, &times);
	if (seen) /* VMX and SVM do not show what was stored */
		weight = times.announced;
	w = signal_begin(&to, weight >= 1 && weight <= TRACE_MAX_WEIGHT ?
				      weight : 1);
	if (!w)
		return 0;
	w->vcpu = 1;
	if (!seen)
		return 0;
	if (w->counted && w->times)
		record_span(to.ring, TRACE_EXIT, guest_ns(t, times.kick),
			    w->t_signal_ns, w->weight, w->times);
	/* A guest looks once more before it halts: what came until now it
	 * will have seen by then, and no request waits for its handler. */
	t->enter.since_ns = t->enter_before.since_ns = 0;
	return 0;
}

/*
 * A doorbell that KVM tells of after it has signalled the eventfd: the wake-up
 * that this vCPU has sent last was the kick's, if it has sent one since it left
 * the guest. What that took is not known, nor when it began.
 */
static __always_inline int on_doorbell_rung(__u64 address)
{
	__u64 id = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
	struct trace_doorbell key = { .address = address };
	__u32 tid = (__u32)id, ring, *watched;
	struct trace_thread *t, *wakee;
	struct trace_counters *c;

	if (proc_find(id >> 32) < 0)
		return 0;
	watched = bpf_map_lookup_elem(&doorbells, &key);
	if (!watched || *watched == TRACE_RING_OF_THREAD)
		return 0;
	ring = *watched;
	c = bpf_map_lookup_elem(&counters, &ring);
	if (!c || !window_holds(now))
		return 0;
	c->signals[TRACE_KICK]++;
	c->requests[TRACE_KICK]++;
	t = bpf_map_lookup_elem(&threads, &tid);
	if (!t || !t->sent_ns || now - t->sent_ns > DOORBELL_NS)
		return 0;
	tid = t->sent_tid;
	wakee = bpf_map_lookup_elem(&threads, &tid);
	if (!wakee || wakee->t_waking_ns != t->sent_ns ||
	    wakee->wake_ring != TRACE_RING_UNKNOWN)
		return 0;
	wakee->wake_kind = TRACE_KICK;
	wakee->wake_ring = ring;
	wakee->serves = ring + 1;
	c->wakeups[TRACE_KICK]++;
	c->served_by = tid;
	return 0;
}

/* The call that is being written, if it is followed. */
static __always_inline struct trace_writer *call_current(void)
{
	struct trace_writer *w;

	if (proc_find(bpf_get_current_pid_tgid() >> 32) < 0)
		return 0;
	w = signal_current();
	return w && w->kind == TRACE_CALL && w->times && w->counted ? w : 0;
}

static __always_inline int on_raised(void)
{
	struct trace_writer *w = call_current();

	if (!w || w->t_raised_ns)
		return 0;
	w->t_raised_ns = bpf_ktime_get_ns();
	hist_record(hist_index(w->ring, TRACE_RAISE),
		    w->t_raised_ns - w->t_signal_ns, w->weight, w->times);
	return 0;
}

/* From now on the vCPU's handler is awaited. */
static __always_inline void enter_await(const struct trace_writer *w)
{
	__u32 ring = w->ring, *tid = bpf_map_lookup_elem(&vcpus, &ring);
	struct trace_thread *t;

	t = tid ? bpf_map_lookup_elem(&threads, tid) : 0;
	if (!t || !t->times)
		return;
	t->enter_before = t->enter;
	t->enter.ring = ring;
	t->enter.weight = w->weight;
	t->enter.times = w->times;
	t->enter.since_ns = w->t_accepted_ns;
}

static __always_inline int on_accepted(void)
{
	struct trace_writer *w = call_current();

	if (!w || !w->t_raised_ns || w->t_accepted_ns)
		return 0;
	w->t_accepted_ns = bpf_ktime_get_ns();
	hist_record(hist_index(w->ring, TRACE_ACCEPT),
		    w->t_accepted_ns - w->t_raised_ns, w->weight, w->times);
	hist_record(hist_index(w->ring, TRACE_INTERRUPT),
		    w->t_accepted_ns - w->t_signal_ns, w->weight, w->times);
	enter_await(w);
	return 0;
}

static __always_inline int on_halt_ended(void)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct trace_times times;
	struct trace_thread *t;
	__u32 tid = (__u32)id;

	if (proc_find(id >> 32) < 0)
		return 0;
	t = bpf_map_lookup_elem(&threads, &tid);
	if (t && (t->enter.since_ns || t->enter_before.since_ns))
		times_read(t, &times);
	return 0;
}

/* What was stored, of @len bytes: what lies behind them is anything. */
static __always_inline __u32 value_at(const void *val, __u32 len)
{
	__u32 v = 1;

	bpf_probe_read_kernel(&v, sizeof(v), val);
	return len == 1 ? (__u8)v : len == 2 ? (__u16)v : v;
}

SEC("tp_btf/kvm_mmio")
int BPF_PROG(mmio_btf, int type, int len, __u64 gpa, void *val)
{
	return type == MMIO_WRITE ? on_doorbell(gpa, value_at(val, len)) : 0;
}

SEC("raw_tp/kvm_mmio")
int BPF_PROG(mmio_raw, int type, int len, __u64 gpa, void *val)
{
	return type == MMIO_WRITE ? on_doorbell(gpa, value_at(val, len)) : 0;
}

/* VMX, and SVM of late, know a doorbell of any length without emulating the
 * store. */
SEC("tp_btf/kvm_fast_mmio")
int BPF_PROG(fast_btf, __u64 gpa)
{
	return on_doorbell_rung(gpa);
}

SEC("raw_tp/kvm_fast_mmio")
int BPF_PROG(fast_raw, __u64 gpa)
{
	return on_doorbell_rung(gpa);
}

SEC("tp_btf/kvm_pio")
int BPF_PROG(pio_btf, unsigned int rw, unsigned int port, unsigned int size,
	     unsigned int count, const void *data)
{
	return rw == PIO_OUT ? on_doorbell(port | TRACE_DOORBELL_PIO,
					   value_at(data, size)) : 0;
}

SEC("raw_tp/kvm_pio")
int BPF_PROG(pio_raw, unsigned int rw, unsigned int port, unsigned int size,
	     unsigned int count, const void *data)
{
	return rw == PIO_OUT ? on_doorbell(port | TRACE_DOORBELL_PIO,
					   value_at(data, size)) : 0;
}

SEC("tp_btf/kvm_msi_set_irq")
int BPF_PROG(raised_btf)
{
	return on_raised();
}

SEC("raw_tp/kvm_msi_set_irq")
int BPF_PROG(raised_raw)
{
	return on_raised();
}

SEC("tp_btf/kvm_apic_accept_irq")
int BPF_PROG(accepted_btf)
{
	return on_accepted();
}

SEC("raw_tp/kvm_apic_accept_irq")
int BPF_PROG(accepted_raw)
{
	return on_accepted();
}

SEC("tp_btf/kvm_vcpu_wakeup")
int BPF_PROG(halted_btf)
{
	return on_halt_ended();
}

SEC("raw_tp/kvm_vcpu_wakeup")
int BPF_PROG(halted_raw)
{
	return on_halt_ended();
}
