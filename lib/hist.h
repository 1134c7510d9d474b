/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_HIST_H
#define VIOPERF_HIST_H

#include <stdint.h>
#include <jansson.h>

#include "hist_bucket.h"

/*
 * Log-linear histogram of nanoseconds. count, sum, min and max are exact; a
 * quantile is off by at most 0.78 % of its value. One thread writes; merge
 * what several threads wrote.
 */
struct hist {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t min_ns; /* UINT64_MAX while empty */
	uint64_t max_ns;
	uint64_t bucket[HIST_NBUCKETS];
};

void hist_init(struct hist *h);

static inline void hist_add_n(struct hist *h, uint64_t ns, uint64_t n)
{
	h->count += n;
	h->sum_ns += ns * n;
	if (ns < h->min_ns)
		h->min_ns = ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	h->bucket[hist_bucket(ns)] += n;
}

static inline void hist_add(struct hist *h, uint64_t ns)
{
	hist_add_n(h, ns, 1);
}

void hist_merge(struct hist *into, const struct hist *from);

/* The value below which a share @q (0 … 1) of the samples lies: the bucket's
 * midpoint, kept within [min, max]. 0 for an empty histogram. */
double hist_quantile(const struct hist *h, double q);
double hist_mean(const struct hist *h);

/* JSON form: {"count","sum_ns","min_ns","max_ns","buckets":[[index,n],…]},
 * only buckets that are not empty. hist_from_json checks every field and
 * returns 0 or -EINVAL. The caller owns the json_t. */
json_t *hist_to_json(const struct hist *h);
int hist_from_json(struct hist *h, const json_t *j);

#endif
