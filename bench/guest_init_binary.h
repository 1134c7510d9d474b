/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_INIT_BINARY_H
#define VIOPERF_GUEST_INIT_BINARY_H

#include <stddef.h>

/* The program built from guest_init.c, as it was linked into this one. */
extern const unsigned char guest_init_binary[];
extern const unsigned char guest_init_binary_end[];

static inline size_t guest_init_binary_size(void)
{
	return (size_t)(guest_init_binary_end - guest_init_binary);
}

#endif
