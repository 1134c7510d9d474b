/* SPDX-License-Identifier: MIT */
#include "kvm_guest_binary.h"

/* KVM_GUEST: its path, from the Makefile. */
__asm__(".section .rodata\n"
	".balign 16\n"
	".global kvm_guest_binary\n"
	"kvm_guest_binary:\n"
	".incbin \"" KVM_GUEST "\"\n"
	".global kvm_guest_binary_end\n"
	"kvm_guest_binary_end:\n"
	".byte 0\n"
	".previous\n");
