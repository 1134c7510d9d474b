/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_KVM_VM_H
#define VIOPERF_KVM_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "kvm_guest.h"
#include "bench/memory.h"

/*
 * A virtual machine with one vCPU and the bare guest in it: no firmware, no
 * device but the in-kernel interrupt controller. Its doorbell is bound to the
 * device's kick eventfd (ioeventfd), the device's call eventfd to an MSI
 * (irqfd), so that kicks and interrupts go through KVM as a real guest's do.
 * Start with all fds -1; close accepts half-built state.
 */
struct kvm_vm {
	int kvm, vm, vcpu, stats;
	void *run; /* struct kvm_run, mapped */
	uint32_t run_bytes;
	uint8_t *memory; /* the guest's own */
	volatile struct kvm_guest_control *control;
	struct kvm_guest_slot *slot;
	const struct kvm_guest_log *log;
	uint32_t slot_asked;
	int64_t tsc_offset; /* the guest's TSC less the host's */
};

/* What one KVM_RUN came back for. */
enum kvm_vm_exit {
	KVM_VM_AGAIN,
	KVM_VM_DONE,
	KVM_VM_NEXT,   /* verify: v->slot_asked is to be built */
	KVM_VM_REAPED, /* verify: v->slot_asked has come back */
};

/* Make it, with @m visible at LOAD_GPA. 0 or -errno: -ENOTSUP and @e where
 * this machine has no KVM or one that cannot run it. */
int kvm_vm_open(struct kvm_vm *v, const struct load_memory *m, struct err *e);
void kvm_vm_close(struct kvm_vm *v);

/* Bind the doorbell and the interrupt. */
int kvm_vm_bind(struct kvm_vm *v, int kick_fd, int call_fd, bool port,
		struct err *e);

/* Run the guest until it is done or a signal comes. enum kvm_vm_exit, or
 * -EIO and @e: a fault, with why and the registers. */
int kvm_vm_run(struct kvm_vm *v, struct err *e);

/* Has the guest halted, with no interrupt on its way? */
bool kvm_vm_sleeps(const struct kvm_vm *v);

/* A counter of the vCPU by KVM's name for it ("exits"), 0 if there is none. */
uint64_t kvm_vm_stat(const struct kvm_vm *v, const char *name);

#endif
