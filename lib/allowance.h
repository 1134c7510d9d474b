/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_ALLOWANCE_H
#define VIOPERF_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many requests of a load may fail before its figures are refused
 * (--allow-errors): "10", or "0.5%" of all. None, unless somebody says so.
 */
struct allowance {
	uint64_t count;
	double percent; /* in place of the count, when above 0 */
};

/* 0 or -EINVAL. */
int allowance_parse(const char *text, struct allowance *a);

static inline bool allowance_none(const struct allowance *a)
{
	return !a->count && !(a->percent > 0);
}

/* Are @failed of @all within it? */
bool allowance_holds(const struct allowance *a, uint64_t failed, uint64_t all);

/* As it is written: "10", "0.5%". Returns @buf. */
char *allowance_text(char *buf, size_t len, const struct allowance *a);

#endif
