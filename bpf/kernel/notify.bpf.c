/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * Kicks, calls and the wake-ups they cause. A notification is a write to a
 * watched eventfd. Between the entry and the exit of that write the writing
 * thread is marked; a wake-up it sends to the peer meanwhile is caused by the
 * notification, any other wake-up of a watched process is counted as other.
 * The woken thread is then followed onto its CPU and out of its system call.
 */
#include "signal_bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* A VM is watched: histograms are kept of kick -> device running for each ring,
 * and behind those of the rings one of vCPUs, woken by anything -> running. */
const volatile __u32 vm_hists, nr_rings;

/* There are vCPUs, woken without leaving a system call. */
const volatile __u32 vcpus_watched;

/* What is written says how many requests it announces. */
const volatile __u32 weights;

/* The number of write(2) on this architecture. */
const volatile long nr_write;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TRACE_MAX_FDS);
	__type(key, struct trace_fd_key);
	__type(value, struct trace_fd);
} fds SEC(".maps");

/* NMI, hard interrupt, or soft interrupt being served. */
#define PREEMPT_NOT_TASK 0x00ff0100

/* A variable of its own, from 6.2 to 6.14 a member of pcpu_hot. */
extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot pcpu_hot __ksym __weak;

/* A timer or a disk that interrupts a thread in the middle of its kick is not
 * the kick. Only where the kernel shows the symbol: see sched_waking_task. */
static __always_inline int in_interrupt(void)
{
	const struct pcpu_hot *hot;
	const int *count;

	if (&__preempt_count) {
		count = bpf_this_cpu_ptr(&__preempt_count);
		return *count & PREEMPT_NOT_TASK;
	}
	if (&pcpu_hot) {
		hot = bpf_this_cpu_ptr(&pcpu_hot);
		return hot->preempt_count & PREEMPT_NOT_TASK;
	}
	return 0;
}

static __always_inline __u32 hist_index(__u32 ring, __u32 kind, __u32 step)
{
	return ring * TRACE_NOTIFY_HISTS + kind * TRACE_STEPS + step;
}

/* How many requests the notification carries: the value written. */
static __always_inline __u64 weight_read(__u64 buf)
{
	__u64 v = 0;

	if (bpf_probe_read_user(&v, sizeof(v), (const void *)buf) < 0)
		return 1;
	return v >= 1 && v <= TRACE_MAX_WEIGHT ? v : 1;
}

static __always_inline int on_write(const struct trace_fd_key *key, __u64 buf,
				    __u64 len)
{
	const struct trace_fd *watched;

	if (len < sizeof(__u64))
		return 0;
	watched = bpf_map_lookup_elem(&fds, key);
	if (watched)
		signal_begin(watched, weights ? weight_read(buf) : 1);
	return 0;
}

/* write(2): by descriptor. */
static __always_inline int on_sys_write(__u32 fd, __u64 buf, __u64 len)
{
	struct trace_fd_key key = { .tgid = bpf_get_current_pid_tgid() >> 32,
				    .fd = fd };

	return proc_find(key.tgid) < 0 ? 0 : on_write(&key, buf, len);
}

/* Any write to an eventfd, io_uring's as well: by its identity. */
static __always_inline int on_eventfd_write(struct file *file, __u64 buf,
					    __u64 len)
{
	struct trace_fd_key key = { .tgid = TRACE_BY_ID };
	const struct eventfd_ctx *ctx;

	if (proc_find(bpf_get_current_pid_tgid() >> 32) < 0)
		return 0;
	ctx = BPF_CORE_READ(file, private_data);
	key.fd = BPF_CORE_READ(ctx, id);
	return on_write(&key, buf, len);
}

/* For threads that return from no system call. */
static __always_inline int on_eventfd_written(void)
{
	signal_end();
	return 0;
}

/* @wakee: what is known of the thread, NULL: nothing yet. */
static __always_inline void waking_caused(struct trace_writer *w,
					  struct trace_thread *wakee,
					  __u32 wakee_tid)
{
	__u32 ring = w->ring, kind = w->kind;
	struct trace_counters *c = bpf_map_lookup_elem(&counters, &ring);
	struct trace_thread *t = wakee ?: thread_get(wakee_tid);
	__u64 now;

	if (t)
		t->serves = ring + 1;
	if (!c || !w->counted)
		return;
	c->wakeups[kind_index(kind)]++;
	if (kind == TRACE_KICK)
		c->served_by = wakee_tid;
	/* Two threads woken by one write: its requests count once. */
	if (w->woke || !w->times)
		return;
	w->woke = 1;
	/* Through KVM: the signal ended when the interrupt was raised. */
	now = w->t_accepted_ns ?: bpf_ktime_get_ns();
	if (!w->t_accepted_ns)
		hist_record(hist_index(ring, kind, TRACE_SIGNAL),
			    now - w->t_signal_ns, w->weight, w->times);
	if (!t) {
		c->lost[kind_index(kind)] += w->times;
		return;
	}
	t->wake_ring = ring;
	t->wake_kind = kind;
	t->wake_weight = w->weight;
	t->wake_times = w->times;
	t->wake_cause_ns = w->t_signal_ns;
	t->t_run_ns = 0;
	t->wake_late = 0;
	t->t_done_ns = 0;
	t->t_waking_ns = now;
}

static __always_inline void waking_other(int proc,
					 const struct trace_thread *wakee)
{
	struct trace_counters *c;
	__u32 ring, role;

	if (!window_holds(bpf_ktime_get_ns()))
		return;
	ring = proc_at(proc)->ring;
	role = proc_at(proc)->role;
	if (wakee && wakee->serves)
		ring = wakee->serves - 1;
	c = bpf_map_lookup_elem(&counters, &ring);
	if (c)
		c->other[role & (TRACE_ROLES - 1)]++;
}

/*
 * A vCPU wakes a thread, @wakee, and no doorbell has been seen: where KVM tells
 * of doorbells late, this may be one. Which ring's is then found.
 */
static __always_inline int waking_unknown(struct trace_thread *wakee, __u32 tid)
{
	__u32 self = (__u32)bpf_get_current_pid_tgid();
	struct trace_thread *vcpu = bpf_map_lookup_elem(&threads, &self);
	struct trace_thread *t;

	if (!vcpu || !vcpu->vcpu || (wakee && wakee->vcpu))
		return 0;
	t = wakee ?: thread_get(tid);
	if (!t)
		return 0;
	t->wake_ring = TRACE_RING_UNKNOWN;
	t->wake_weight = t->wake_times = 1;
	t->wake_late = 0;
	t->t_done_ns = 0;
	t->t_run_ns = 0;
	t->wake_cause_ns = t->t_waking_ns = bpf_ktime_get_ns();
	vcpu->sent_tid = tid;
	vcpu->sent_ns = t->t_waking_ns;
	return 1;
}

/* A thread that was notified runs, since t_run_ns. */
static __always_inline void wake_ran(struct trace_thread *t)
{
	if (vm_hists && t->wake_kind == TRACE_KICK)
		hist_record(hist_index(t->wake_ring, 0, TRACE_REACH),
			    t->t_run_ns - t->wake_cause_ns, t->wake_weight,
			    t->wake_times);
	hist_record(hist_index(t->wake_ring, t->wake_kind, TRACE_WAKEUP),
		    t->t_run_ns - t->t_waking_ns, t->wake_weight,
		    t->wake_times);
	t->wake_late = 0;
	/* What follows is the guest's: it stamps its interrupt handler. */
	if (t->vcpu) {
		t->t_waking_ns = 0;
		if (t->enter.since_ns)
			t->enter.since_ns = t->t_run_ns;
	}
}

/* And its system call has returned. */
static __always_inline void wake_done(struct trace_thread *t, __u64 now)
{
	if (!t->t_run_ns || t->wake_late) {
		/* Woken before it had left its CPU: no switch to see. */
		t->t_run_ns = t->t_run_ns ?: t->t_waking_ns;
		wake_ran(t);
	}
	hist_record(hist_index(t->wake_ring, t->wake_kind, TRACE_RESUME),
		    now - t->t_run_ns, t->wake_weight, t->wake_times);
	t->t_waking_ns = 0;
}

/* @wakee has slept since it was woken last: what is not complete will not be. */
static __always_inline void wake_drop(int proc, struct trace_thread *wakee)
{
	__u32 ring = wakee->wake_ring, kind = wakee->wake_kind;
	struct trace_counters *c;

	if (!wakee->t_waking_ns)
		return;
	if (ring != TRACE_RING_UNKNOWN && wakee->t_done_ns) {
		wake_done(wakee, wakee->t_done_ns);
		return;
	}
	wakee->t_waking_ns = 0;
	if (ring == TRACE_RING_UNKNOWN) {
		waking_other(proc, wakee);
		return;
	}
	c = bpf_map_lookup_elem(&counters, &ring);
	if (c)
		c->lost[kind_index(kind)] += wakee->wake_times;
}

/* What the current thread sends that wakes @wakee, or NULL. */
static __always_inline struct trace_writer *
cause_of(const struct trace_thread *wakee, __u32 tgid)
{
	struct trace_writer *w = signal_current();

	if (!w || (w->wakee && w->wakee != tgid))
		return 0;
	/* A doorbell that woke nobody stays: what comes later is not its. */
	if (w->vcpu && ((wakee && wakee->vcpu) ||
			bpf_ktime_get_ns() - w->t_signal_ns > DOORBELL_NS))
		return 0;
	return w;
}

static __always_inline int on_waking(__u32 tid, __u32 tgid, __u32 state,
				     int interrupt)
{
	int proc = proc_find(tgid);
	struct trace_thread *wakee;
	struct trace_writer *w;

	/* State 0: it woke by itself while the waker was on its way. */
	if (proc < 0 || !state)
		return 0;
	wakee = bpf_map_lookup_elem(&threads, &tid);
	if (wakee) {
		wake_drop(proc, wakee);
		wakee->t_vcpu_waking_ns = vm_hists && wakee->vcpu ?
						  bpf_ktime_get_ns() : 0;
	}
	w = interrupt ? 0 : cause_of(wakee, tgid);
	if (!w) {
		if (!vm_hists || interrupt || !waking_unknown(wakee, tid))
			waking_other(proc, wakee);
		return 0;
	}
	waking_caused(w, wakee, tid);
	/* A guest's doorbell has no exit that could be seen. */
	if (w->vcpu)
		w->tid = 0;
	return 0;
}

/* A vCPU, woken by anything, runs @ns later. */
static __always_inline void vcpu_runs(struct trace_thread *t, __u64 now,
				      __u64 ns)
{
	if (window_holds(now))
		hist_record(nr_rings * TRACE_NOTIFY_HISTS, ns, 1, 1);
	t->t_vcpu_waking_ns = 0;
}

/* A vCPU that was woken before it had left its CPU, and is taken off it now, has
 * run all the time. One that goes to sleep was woken on its way, and will be
 * seen to come back. */
static __always_inline void on_switch_out(__u32 tid, __u32 tgid, __u32 state)
{
	struct trace_thread *t;

	if (state || proc_find(tgid) < 0)
		return;
	t = bpf_map_lookup_elem(&threads, &tid);
	if (!t || !t->vcpu)
		return;
	if (t->t_vcpu_waking_ns)
		vcpu_runs(t, t->t_vcpu_waking_ns, 0);
	if (t->t_waking_ns && !t->t_run_ns) {
		t->t_run_ns = t->t_waking_ns;
		wake_ran(t);
	}
}

static __always_inline int on_switch(__u32 tid, __u32 tgid)
{
	struct trace_thread *t;
	__u64 now;

	if (proc_find(tgid) < 0)
		return 0;
	t = bpf_map_lookup_elem(&threads, &tid);
	if (!t)
		return 0;
	if (t->t_vcpu_waking_ns) {
		now = bpf_ktime_get_ns();
		vcpu_runs(t, now, now - t->t_vcpu_waking_ns);
	}
	if (!t->t_waking_ns || t->t_run_ns || t->t_done_ns)
		return 0;
	t->t_run_ns = bpf_ktime_get_ns();
	if (t->wake_ring == TRACE_RING_UNKNOWN)
		t->wake_late = 1; /* known by the end of its system call */
	else
		wake_ran(t);
	return 0;
}

/* Nobody sleeps in a write to an eventfd: other calls are what a thread comes
 * back from after it was woken. */
static __always_inline int on_sys_exit(long nr)
{
	__u64 id = bpf_get_current_pid_tgid(), now;
	__u32 tid = (__u32)id;
	struct trace_thread *t;

	if (proc_find(id >> 32) < 0)
		return 0;
	if (nr == nr_write) {
		signal_end();
		return 0;
	}
	t = bpf_map_lookup_elem(&threads, &tid);
	if (t && vm_hists)
		t->sent_ns = 0; /* no doorbell's wake-up: those end in the guest */
	if (!t || !t->t_waking_ns)
		return 0;
	now = bpf_ktime_get_ns();
	if (t->wake_ring == TRACE_RING_UNKNOWN)
		t->t_done_ns = t->t_done_ns ?: now;
	else
		wake_done(t, t->t_done_ns ?: now);
	return 0;
}

/*
 * The write to an eventfd itself, where the kernel lets functions be traced:
 * then no other system call of the machine is looked at.
 */
SEC("fentry/eventfd_write")
int BPF_PROG(write_fentry, struct file *file, const char *buf, unsigned long count)
{
	return on_eventfd_write(file, (__u64)buf, count);
}

SEC("kprobe/eventfd_write")
int BPF_KPROBE(write_kprobe, struct file *file, const char *buf, unsigned long count)
{
	return on_eventfd_write(file, (__u64)buf, count);
}

SEC("fexit/eventfd_write")
int BPF_PROG(written_fexit)
{
	return on_eventfd_written();
}

SEC("kretprobe/eventfd_write")
int BPF_KRETPROBE(written_kretprobe)
{
	return on_eventfd_written();
}

/*
 * Each program twice: on a BTF tracepoint, where the arguments are typed and
 * read directly, and on a raw one, where they are read by a helper.
 */
SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter_btf, struct pt_regs *regs, long id)
{
	if (id != nr_write)
		return 0;
	return on_sys_write(regs->REGS_ARG1, regs->REGS_ARG2, regs->REGS_ARG3);
}

SEC("raw_tp/sys_enter")
int BPF_PROG(sys_enter_raw, struct pt_regs *regs, long id)
{
	if (id != nr_write)
		return 0;
	return on_sys_write(BPF_CORE_READ(regs, REGS_ARG1),
			    BPF_CORE_READ(regs, REGS_ARG2),
			    BPF_CORE_READ(regs, REGS_ARG3));
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit_btf, struct pt_regs *regs)
{
	return on_sys_exit(regs->REGS_NUMBER);
}

SEC("raw_tp/sys_exit")
int BPF_PROG(sys_exit_raw, struct pt_regs *regs)
{
	return on_sys_exit(BPF_CORE_READ(regs, REGS_NUMBER));
}

/* Three of this: the first is refused where data symbols are not in
 * kallsyms; the others take an interrupt for the thread it interrupted. */
SEC("tp_btf/sched_waking")
int BPF_PROG(sched_waking_task, struct task_struct *p)
{
	return on_waking(p->pid, p->tgid, p->__state, in_interrupt());
}

SEC("tp_btf/sched_waking")
int BPF_PROG(sched_waking_btf, struct task_struct *p)
{
	return on_waking(p->pid, p->tgid, p->__state, 0);
}

SEC("raw_tp/sched_waking")
int BPF_PROG(sched_waking_raw, struct task_struct *p)
{
	return on_waking(BPF_CORE_READ(p, pid), BPF_CORE_READ(p, tgid),
			 BPF_CORE_READ(p, __state), 0);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch_btf, _Bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	if (vcpus_watched)
		on_switch_out(prev->pid, prev->tgid, prev->__state);
	return on_switch(next->pid, next->tgid);
}

SEC("raw_tp/sched_switch")
int BPF_PROG(sched_switch_raw, _Bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	if (vcpus_watched)
		on_switch_out(BPF_CORE_READ(prev, pid),
			      BPF_CORE_READ(prev, tgid),
			      BPF_CORE_READ(prev, __state));
	return on_switch(BPF_CORE_READ(next, pid), BPF_CORE_READ(next, tgid));
}
