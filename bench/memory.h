/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_MEMORY_H
#define VIOPERF_BENCH_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/*
 * The memory that a load shares with the device: one memfd, sealed so that
 * its size cannot change, mapped here and known to the device by guest
 * addresses from LOAD_GPA on. The base is not 0, so that a device which
 * mistakes one kind of address for another fails at once.
 *
 * Parts are taken from it in order, each on pages of its own, and never given
 * back. Start with .fd = -1; close accepts that.
 */
#define LOAD_GPA (1ull << 30)

struct load_memory {
	int fd;
	uint8_t *base;
	uint64_t bytes;
	uint64_t taken;
};

/* Bytes that a part of @bytes takes. */
uint64_t load_memory_part(uint64_t bytes);

int load_memory_open(struct load_memory *m, uint64_t bytes, struct err *e);
void load_memory_close(struct load_memory *m);

/* The next part, zeroed. The caller has asked for enough at open. */
void *load_memory_take(struct load_memory *m, uint64_t bytes);

static inline uint64_t load_memory_gpa(const struct load_memory *m,
				       const void *p)
{
	return LOAD_GPA + (uint64_t)((const uint8_t *)p - m->base);
}

#endif
