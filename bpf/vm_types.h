/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
#ifndef VIOPERF_VM_TYPES_H
#define VIOPERF_VM_TYPES_H

#include <linux/types.h>

/* What vm.bpf.c writes of a virtual machine's files, one after the other. */
enum vm_line_kind { VM_IOEVENTFD, VM_IRQFD, VM_VCPU };

struct vm_line {
	__u32 kind;
	__s32 eventfd; /* its eventfd-id */
	/* VM_IOEVENTFD: which store or OUT signals it */
	__u64 addr;
	__u64 datamatch;
	__u32 length; /* 0: any */
	__u32 wildcard; /* any value */
	__u32 bus; /* 0 MMIO, 1 PIO, 2 virtio-ccw, 3 fast MMIO */
	/* VM_IRQFD: which interrupt it raises */
	__u32 gsi;
	__u32 is_msi;
	__u32 msi_data; /* its low byte is the vector */
	__u64 msi_addr;
	/* VM_VCPU */
	__u32 vcpu;
	__u32 tid;
};

#endif
