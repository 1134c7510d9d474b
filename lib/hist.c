/* SPDX-License-Identifier: MIT */
#include "hist.h"

#include <errno.h>
#include <math.h>
#include <string.h>

void hist_init(struct hist *h)
{
	memset(h, 0, sizeof(*h));
	h->min_ns = UINT64_MAX;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	unsigned int i;

	into->count += from->count;
	into->sum_ns += from->sum_ns;
	if (from->min_ns < into->min_ns)
		into->min_ns = from->min_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	for (i = 0; i < HIST_NBUCKETS; i++)
		into->bucket[i] += from->bucket[i];
}

double hist_mean(const struct hist *h)
{
	return h->count ? (double)h->sum_ns / (double)h->count : 0;
}

static double clamp_to_range(const struct hist *h, double v)
{
	if (v < (double)h->min_ns)
		return (double)h->min_ns;
	if (v > (double)h->max_ns)
		return (double)h->max_ns;
	return v;
}

double hist_quantile(const struct hist *h, double q)
{
	uint64_t rank, seen = 0;
	unsigned int i;

	if (!h->count)
		return 0;
	rank = (uint64_t)ceil(q * (double)h->count);
	if (rank < 1)
		rank = 1;
	for (i = 0; i < HIST_NBUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= rank)
			break;
	}
	if (i >= HIST_NBUCKETS - 1)
		return (double)h->max_ns;
	return clamp_to_range(h, (double)hist_bucket_low(i) +
				 (double)(hist_bucket_width(i) - 1) / 2);
}

json_t *hist_to_json(const struct hist *h)
{
	json_t *buckets = json_array();
	unsigned int i;

	for (i = 0; i < HIST_NBUCKETS; i++)
		if (h->bucket[i])
			json_array_append_new(
				buckets,
				json_pack("[iI]", (int)i,
					  (json_int_t)h->bucket[i]));
	return json_pack("{sI sI sI sI so}", "count", (json_int_t)h->count,
			 "sum_ns", (json_int_t)h->sum_ns, "min_ns",
			 (json_int_t)(h->count ? h->min_ns : 0), "max_ns",
			 (json_int_t)h->max_ns, "buckets", buckets);
}

static int bucket_from_json(struct hist *h, json_t *pair)
{
	json_int_t i, n;

	if (json_unpack(pair, "[II!]", &i, &n) < 0)
		return -EINVAL;
	if (i < 0 || i >= HIST_NBUCKETS || n < 0)
		return -EINVAL;
	h->bucket[i] += (uint64_t)n;
	return 0;
}

int hist_from_json(struct hist *h, const json_t *j)
{
	json_int_t count, sum, min, max;
	uint64_t total = 0;
	json_t *buckets;
	size_t i;

	hist_init(h);
	if (json_unpack((json_t *)j, "{sI sI sI sI so}", "count", &count,
			"sum_ns", &sum, "min_ns", &min, "max_ns", &max,
			"buckets", &buckets) < 0)
		return -EINVAL;
	if (count < 0 || sum < 0 || min < 0 || max < min ||
	    !json_is_array(buckets))
		return -EINVAL;
	for (i = 0; i < json_array_size(buckets); i++)
		if (bucket_from_json(h, json_array_get(buckets, i)) < 0)
			return -EINVAL;
	for (i = 0; i < HIST_NBUCKETS; i++)
		total += h->bucket[i];
	if (total != (uint64_t)count)
		return -EINVAL;
	h->count = (uint64_t)count;
	h->sum_ns = (uint64_t)sum;
	h->min_ns = count ? (uint64_t)min : UINT64_MAX;
	h->max_ns = (uint64_t)max;
	return 0;
}
