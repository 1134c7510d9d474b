/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TESTS_FUZZ_H
#define VIOPERF_TESTS_FUZZ_H

/* Texts that nobody would write, the same ones in each run. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct fuzz {
	uint64_t state; /* not 0 */
};

static inline uint32_t fuzz_below(struct fuzz *f, uint32_t n)
{
	f->state ^= f->state << 13;
	f->state ^= f->state >> 7;
	f->state ^= f->state << 17;
	return (uint32_t)(f->state >> 32) % n;
}

/* Up to six of @parts, one after the other. */
static inline void fuzz_text(struct fuzz *f, char *buf, size_t len,
			     const char *const *parts, size_t nr)
{
	unsigned int n = fuzz_below(f, 7);
	const char *part;

	*buf = '\0';
	for (; n; n--) {
		part = parts[fuzz_below(f, (uint32_t)nr)];
		if (strlen(buf) + strlen(part) < len)
			strcat(buf, part);
	}
}

#endif
