/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * What a virtual machine's doorbells and interrupts are bound to, read from
 * the kernel's own lists behind the machine's file, without the VMM's
 * cooperation and without stopping it: an iterator over the files of one
 * process.
 */
#include "trace_bpf.h"
#include "vm_types.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define MAX_LIST 1024

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct list_head {
	struct list_head *next;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct _ioeventfd {
	struct list_head list;
	__u64 addr;
	int length;
	struct eventfd_ctx *eventfd;
	__u64 datamatch;
	__u8 bus_idx;
	_Bool wildcard;
};

struct kvm_kernel_irq_routing_entry {
	__u32 type;
	union {
		struct {
			__u32 address_lo;
			__u32 data;
		} msi;
	};
};

struct kvm_kernel_irqfd {
	struct kvm_kernel_irq_routing_entry irq_entry;
	int gsi;
	struct eventfd_ctx *eventfd;
	struct list_head list;
};

struct kvm {
	struct list_head ioeventfds;
	struct {
		struct list_head items;
	} irqfds;
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1];
};

#define STAT_FIELD(name) __u64 name;
struct kvm_vcpu_stat_generic {
	VM_GENERIC_STATS(STAT_FIELD)
};

struct kvm_vcpu_stat {
	struct kvm_vcpu_stat_generic generic;
	VM_STATS(STAT_FIELD)
};

struct kvm_vcpu {
	int vcpu_id;
	struct pid *pid;
	struct kvm_vcpu_stat stat;
};

#pragma clang attribute pop

#define ROUTING_MSI   2 /* KVM_IRQ_ROUTING_MSI */
#define FAST_MMIO_BUS 3 /* KVM_FAST_MMIO_BUS */

const volatile __u32 target_tgid;

/* Which of its files are of a VM, and whether a vCPU's. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VM_MAX_FILES);
	__type(key, __u32);
	__type(value, __u32);
} files SEC(".maps");

static __always_inline void put_ioeventfd(struct seq_file *seq,
					  const struct _ioeventfd *p)
{
	struct vm_line l = { .kind = VM_IOEVENTFD };

	if (BPF_CORE_READ(p, bus_idx) == FAST_MMIO_BUS)
		return; /* the same doorbell once more, for the fast path */
	l.eventfd = BPF_CORE_READ(p, eventfd, id);
	l.addr = BPF_CORE_READ(p, addr);
	l.datamatch = BPF_CORE_READ(p, datamatch);
	l.length = BPF_CORE_READ(p, length);
	l.wildcard = BPF_CORE_READ(p, wildcard);
	l.bus = BPF_CORE_READ(p, bus_idx);
	bpf_seq_write(seq, &l, VM_LINE_BYTES(VM_IOEVENTFD));
}

static __always_inline void put_irqfd(struct seq_file *seq,
				      const struct kvm_kernel_irqfd *p)
{
	struct vm_line l = { .kind = VM_IRQFD };

	l.eventfd = BPF_CORE_READ(p, eventfd, id);
	l.gsi = BPF_CORE_READ(p, gsi);
	l.is_msi = BPF_CORE_READ(p, irq_entry.type) == ROUTING_MSI;
	l.msi_data = BPF_CORE_READ(p, irq_entry.msi.data);
	bpf_seq_write(seq, &l, VM_LINE_BYTES(VM_IRQFD));
}

static __always_inline void put_vm(struct seq_file *seq, const struct kvm *vm)
{
	const struct list_head *head, *at;
	int i;

	head = (void *)vm + bpf_core_field_offset(struct kvm, ioeventfds);
	at = BPF_CORE_READ(head, next);
	for (i = 0; i < MAX_LIST && at && at != head; i++) {
		put_ioeventfd(seq, (void *)at - bpf_core_field_offset(
						       struct _ioeventfd, list));
		at = BPF_CORE_READ(at, next);
	}
	head = (void *)vm + bpf_core_field_offset(struct kvm, irqfds.items);
	at = BPF_CORE_READ(head, next);
	for (i = 0; i < MAX_LIST && at && at != head; i++) {
		put_irqfd(seq, (void *)at - bpf_core_field_offset(
						   struct kvm_kernel_irqfd, list));
		at = BPF_CORE_READ(at, next);
	}
}

static __always_inline void put_vcpu(struct seq_file *seq,
				     const struct kvm_vcpu *vcpu)
{
	struct vm_line l = { .kind = VM_VCPU };

#define PUT_STAT(name, path) \
	l.stat[VM_STAT_##name] = \
		bpf_core_field_exists(vcpu->path) ? \
			BPF_CORE_READ(vcpu, path) : VM_STAT_UNKNOWN;
#define PUT(name)	  PUT_STAT(name, stat.name)
#define PUT_GENERIC(name) PUT_STAT(name, stat.generic.name)
	VM_STATS(PUT)
	VM_GENERIC_STATS(PUT_GENERIC)
	l.vcpu = BPF_CORE_READ(vcpu, vcpu_id);
	l.tid = BPF_CORE_READ(vcpu, pid, numbers[0].nr);
	bpf_seq_write(seq, &l, VM_LINE_BYTES(VM_VCPU));
}

SEC("iter/task_file")
int vm_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct seq_file *seq = ctx->meta->seq;
	__u32 fd = ctx->fd;
	const __u32 *is_vcpu;
	void *data;

	if (!task || !file || (__u32)BPF_CORE_READ(task, tgid) != target_tgid)
		return 0;
	is_vcpu = bpf_map_lookup_elem(&files, &fd);
	if (!is_vcpu)
		return 0;
	data = BPF_CORE_READ(file, private_data);
	if (*is_vcpu)
		put_vcpu(seq, data);
	else
		put_vm(seq, data);
	return 0;
}
