/* SPDX-License-Identifier: MIT */
#include "guest_init_binary.h"

/* GUEST_INIT: its path, from the Makefile. */
__asm__(".section .rodata\n"
	".balign 16\n"
	".global guest_init_binary\n"
	"guest_init_binary:\n"
	".incbin \"" GUEST_INIT "\"\n"
	".global guest_init_binary_end\n"
	"guest_init_binary_end:\n"
	".byte 0\n"
	".previous\n");
