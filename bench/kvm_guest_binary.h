/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_KVM_GUEST_BINARY_H
#define VIOPERF_KVM_GUEST_BINARY_H

#include <stddef.h>

/* The program built from kvm_guest.c, as it was linked into this one. */
extern const unsigned char kvm_guest_binary[];
extern const unsigned char kvm_guest_binary_end[];

static inline size_t kvm_guest_binary_size(void)
{
	return (size_t)(kvm_guest_binary_end - kvm_guest_binary);
}

#endif
