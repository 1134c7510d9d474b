/* SPDX-License-Identifier: MIT */
#include "embedded.h"

/* GUEST_INIT, KVM_GUEST: their paths, from the Makefile; the bare guest is
 * there on x86 alone. */
#define EMBED(name, path)                                                      \
	__asm__(".section .rodata\n"                                           \
		".balign 16\n"                                                 \
		".global " #name "\n" #name ":\n"                              \
		".incbin \"" path "\"\n"                                       \
		".global " #name "_end\n" #name "_end:\n"                      \
		".byte 0\n"                                                    \
		".previous\n")

EMBED(embedded_init, GUEST_INIT);
#ifdef KVM_GUEST
EMBED(embedded_kvm, KVM_GUEST);
#endif
