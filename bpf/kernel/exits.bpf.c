/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * VM exits by reason. The arguments of the tracepoint do not hold the reason
 * (since 5.17 KVM asks the vendor's module for it), the record that a classic
 * tracepoint makes does, first of all in every version.
 */
#include "trace_bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* /sys/kernel/tracing/events/kvm/kvm_exit/format */
struct kvm_exit_record {
	__u64 common;
	__u32 exit_reason;
	__u32 pad;
	__u64 guest_rip;
	__u32 isa;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct trace_exit_reason);
	__type(value, __u64);
} reasons SEC(".maps");

SEC("tp/kvm/kvm_exit")
int exit_tp(struct kvm_exit_record *r)
{
	struct trace_exit_reason key = { r->exit_reason, r->isa };
	__u64 one = 1, *n;

	if (proc_find(bpf_get_current_pid_tgid() >> 32) < 0 ||
	    !window_holds(bpf_ktime_get_ns()))
		return 0;
	n = bpf_map_lookup_elem(&reasons, &key);
	if (n)
		++*n;
	else
		bpf_map_update_elem(&reasons, &key, &one, BPF_NOEXIST);
	return 0;
}
