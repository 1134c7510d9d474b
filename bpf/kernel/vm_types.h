/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
#ifndef VIOPERF_VM_TYPES_H
#define VIOPERF_VM_TYPES_H

#include <linux/types.h>

/* KVM's own counters of a vCPU (arch/x86/include/asm/kvm_host.h, struct
 * kvm_vcpu_stat, and its generic part). */
#define VM_STATS(S) \
	S(exits) S(io_exits) S(mmio_exits) S(halt_exits) S(irq_exits) \
	S(irq_window_exits) S(signal_exits) S(request_irq_exits) \
	S(hypercalls) S(insn_emulation) S(irq_injections) S(nmi_injections) \
	S(preemption_reported)
#define VM_GENERIC_STATS(S) \
	S(halt_successful_poll) S(halt_attempted_poll) S(halt_wakeup) \
	S(halt_poll_success_ns) S(halt_poll_fail_ns) S(halt_wait_ns)

#define VM_STAT_ID(name) VM_STAT_##name,
enum vm_stat {
	VM_STATS(VM_STAT_ID) VM_GENERIC_STATS(VM_STAT_ID) VM_STAT_COUNT
};
#undef VM_STAT_ID
#define VM_STAT_UNKNOWN (~0ull) /* this kernel does not count it */

/* What vm.bpf.c writes of a virtual machine's files, one after the other. */
#define VM_MAX_FILES 1024 /* of one process */

enum vm_line_kind { VM_IOEVENTFD, VM_IRQFD, VM_VCPU };

/*
 * A line for each. What precedes stat is all there is of a doorbell or an
 * interrupt: the kernel has to show a VM's file at once, in 32 KiB, which so
 * are good for 1,000 of them.
 */
struct vm_line {
	__u32 kind;
	__s32 eventfd; /* its eventfd-id */
	union {
		struct { /* VM_IOEVENTFD: which store or OUT signals it */
			__u64 addr;
			__u64 datamatch;
			__u32 length; /* 0: any */
			__u16 bus; /* 0 MMIO, 1 PIO, 2 virtio-ccw */
			__u16 wildcard; /* any value */
		};
		struct { /* VM_IRQFD: which interrupt it raises */
			__u32 gsi;
			__u32 is_msi;
			__u32 msi_data; /* its low byte is the vector */
		};
		struct { /* VM_VCPU */
			__u32 vcpu;
			__u32 tid;
		};
	};
	__u64 stat[VM_STAT_COUNT]; /* VM_VCPU */
};

#define VM_LINE_BYTES(kind) \
	((kind) == VM_VCPU ? sizeof(struct vm_line) : \
			     __builtin_offsetof(struct vm_line, stat))

#endif
