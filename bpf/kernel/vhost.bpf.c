/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * Devices in the kernel: a vhost worker is woken by a kick like any device
 * (notify.bpf.c sees that), enters the handler of the ring's kick, works the
 * ring, and signals the call from within the kernel, by a function. So this
 * takes functions: tracepoints there are none.
 */
#include "signal_bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* The rings of eventfds, by the eventfd's number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TRACE_MAX_FDS);
	__type(key, __u32);
	__type(value, struct trace_fd);
} eventfds SEC(".maps");

static __always_inline __u32 hist_index(__u32 ring, enum trace_vhost_step step)
{
	return ring * TRACE_VHOST_STEPS + step;
}

static __always_inline struct trace_thread *current_thread(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&threads, &tid);
}

/*
 * A worker signals calls. It need not be in the map, where a kick that wakes it
 * puts it: the tap's packets wake it as well. A vCPU's doorbell signals a kick.
 * With --pid of several processes nothing tells the two apart, but that vCPUs
 * are woken by no kick.
 */
static __always_inline int on_signal(const struct eventfd_ctx *ctx)
{
	__u32 id = BPF_CORE_READ(ctx, id);
	const struct trace_fd *watched;
	struct trace_thread *t;
	struct trace_writer *w;

	if (proc_find(bpf_get_current_pid_tgid() >> 32) < 0)
		return 0;
	watched = bpf_map_lookup_elem(&eventfds, &id);
	t = watched ? current_thread() : 0;
	if (!watched || (t && t->vcpu) || (!t && watched->kind == TRACE_KICK))
		return 0;
	w = signal_begin(watched, 1);
	if (!t || !t->t_handler_ns)
		return 0;
	if (w && w->counted && w->times)
		hist_record(hist_index(w->ring, TRACE_VHOST_RING),
			    w->t_signal_ns - t->t_handler_ns, w->weight,
			    w->times);
	t->t_handler_ns = 0;
	return 0;
}

static __always_inline int on_signalled(void)
{
	signal_end();
	return 0;
}

static __always_inline int on_handler(void)
{
	struct trace_thread *t = current_thread();

	if (!t)
		return 0;
	t->t_handler_ns = bpf_ktime_get_ns();
	if (!t->t_waking_ns)
		return 0;
	/* Which kick that was is told late: complete by the next wake-up. */
	if (t->wake_ring == TRACE_RING_UNKNOWN || t->wake_late) {
		t->t_done_ns = t->t_done_ns ?: t->t_handler_ns;
		return 0;
	}
	if (t->t_run_ns)
		hist_record(hist_index(t->wake_ring, TRACE_VHOST_RESUME),
			    t->t_handler_ns - t->t_run_ns, t->wake_weight,
			    t->wake_times);
	t->t_waking_ns = 0;
	return 0;
}

/* What it signals later it signals for another reason. */
static __always_inline int on_handler_left(void)
{
	struct trace_thread *t = current_thread();

	if (t)
		t->t_handler_ns = 0;
	return 0;
}

SEC("fentry/eventfd_signal")
int BPF_PROG(signal_fentry, struct eventfd_ctx *ctx_of)
{
	return on_signal(ctx_of);
}

/* Since 6.8 eventfd_signal() is an inline of this. */
SEC("fentry/eventfd_signal_mask")
int BPF_PROG(mask_fentry, struct eventfd_ctx *ctx_of)
{
	return on_signal(ctx_of);
}

SEC("kprobe/eventfd_signal")
int BPF_KPROBE(signal_kprobe, struct eventfd_ctx *ctx_of)
{
	return on_signal(ctx_of);
}

SEC("kprobe/eventfd_signal_mask")
int BPF_KPROBE(mask_kprobe, struct eventfd_ctx *ctx_of)
{
	return on_signal(ctx_of);
}

SEC("fexit/eventfd_signal")
int BPF_PROG(signalled_fexit)
{
	return on_signalled();
}

SEC("fexit/eventfd_signal_mask")
int BPF_PROG(masked_fexit)
{
	return on_signalled();
}

SEC("kretprobe/eventfd_signal")
int BPF_KRETPROBE(signalled_kretprobe)
{
	return on_signalled();
}

SEC("kretprobe/eventfd_signal_mask")
int BPF_KRETPROBE(masked_kretprobe)
{
	return on_signalled();
}

SEC("fentry/handle_tx_kick")
int BPF_PROG(tx_fentry)
{
	return on_handler();
}

SEC("kprobe/handle_tx_kick")
int BPF_KPROBE(tx_kprobe)
{
	return on_handler();
}

SEC("fentry/handle_rx_kick")
int BPF_PROG(rx_fentry)
{
	return on_handler();
}

SEC("kprobe/handle_rx_kick")
int BPF_KPROBE(rx_kprobe)
{
	return on_handler();
}

SEC("fexit/handle_tx_kick")
int BPF_PROG(tx_left_fexit)
{
	return on_handler_left();
}

SEC("kretprobe/handle_tx_kick")
int BPF_KRETPROBE(tx_left_kretprobe)
{
	return on_handler_left();
}

SEC("fexit/handle_rx_kick")
int BPF_PROG(rx_left_fexit)
{
	return on_handler_left();
}

SEC("kretprobe/handle_rx_kick")
int BPF_KRETPROBE(rx_left_kretprobe)
{
	return on_handler_left();
}
