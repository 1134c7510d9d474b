/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_HIST_SUM_H
#define VIOPERF_HIST_SUM_H

#include <jansson.h>
#include <stdint.h>

#include "lib/hist_bucket.h"

/*
 * The sum of many records' histograms (lib/hist.h): the same buckets, of which
 * only those that are not empty are kept, in order. A report holds one for
 * each stage of each cell; as whole arrays they would take 18 KiB apiece.
 */
struct hist_sum_bucket {
	uint64_t index : 12; /* HIST_NBUCKETS fits */
	uint64_t n : 52;
};

struct hist_sum {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t min_ns; /* only once count is above 0 */
	uint64_t max_ns;
	unsigned int nr;
	struct hist_sum_bucket *bucket;
};

/* Add a HIST of results/README.md to *@h, which is made on first use; its
 * buckets may be the string that skim.h makes of them. Every field is checked
 * first. 0, -EINVAL or -ENOMEM: *@h is as before. */
int hist_sum_add(struct hist_sum **h, const json_t *json);
void hist_sum_free(struct hist_sum *h);

/* As hist_quantile and hist_mean. */
double hist_sum_quantile(const struct hist_sum *h, double q);
double hist_sum_mean(const struct hist_sum *h);

#endif
