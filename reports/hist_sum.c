/* SPDX-License-Identifier: MIT */
#include "hist_sum.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX ((json_int_t)1 << 52) /* of a bucket, and of them all */

/* One record's histogram, as it was read. */
struct part {
	json_int_t count, sum_ns, min_ns, max_ns;
	json_int_t total; /* of the buckets so far */
	unsigned int nr;
	struct hist_sum_bucket bucket[HIST_NBUCKETS];
};

static bool get_int(const json_t *j, const char *key, json_int_t *to)
{
	const json_t *v = json_object_get(j, key);

	*to = json_integer_value(v);
	return json_is_integer(v) && *to >= 0;
}

/* Put a bucket into its place: mostly the last one, as writers sort them.
 * -EINVAL: there is no such bucket, or it takes the sum above the count. */
static int add_bucket(struct part *p, json_int_t index, json_int_t n)
{
	unsigned int i = p->nr;

	if (index < 0 || index >= HIST_NBUCKETS || n < 0 ||
	    n > p->count - p->total)
		return -EINVAL;
	p->total += n;
	if (!n)
		return 0;
	while (i > 0 && p->bucket[i - 1].index > index)
		i--;
	if (i > 0 && p->bucket[i - 1].index == index) {
		p->bucket[i - 1].n += (uint64_t)n;
		return 0;
	}
	memmove(&p->bucket[i + 1], &p->bucket[i],
		(p->nr - i) * sizeof(*p->bucket));
	p->bucket[i].index = (uint64_t)index & 0xfff;
	p->bucket[i].n = (uint64_t)n;
	p->nr++;
	return 0;
}

static int add_array(struct part *p, const json_t *buckets)
{
	const json_t *pair, *index, *n;
	size_t i;

	for (i = 0; i < json_array_size(buckets); i++) {
		pair = json_array_get(buckets, i);
		index = json_array_get(pair, 0);
		n = json_array_get(pair, 1);
		if (json_array_size(pair) != 2 || !json_is_integer(index) ||
		    !json_is_integer(n) ||
		    add_bucket(p, json_integer_value(index),
			       json_integer_value(n)) < 0)
			return -EINVAL;
	}
	return 0;
}

/* "1 2 3 4 " */
static int add_string(struct part *p, const char *text)
{
	json_int_t value[2];
	int i;

	while (*text) {
		for (i = 0; i < 2; i++) {
			if (!isdigit((unsigned char)*text))
				return -EINVAL;
			value[i] = 0;
			while (isdigit((unsigned char)*text) && value[i] < COUNT_MAX)
				value[i] = 10 * value[i] + *text++ - '0';
			if (*text++ != ' ')
				return -EINVAL;
		}
		if (add_bucket(p, value[0], value[1]) < 0)
			return -EINVAL;
	}
	return 0;
}

static int read_part(struct part *p, const json_t *json)
{
	const json_t *buckets = json_object_get(json, "buckets");
	int ret;

	p->nr = 0;
	p->total = 0;
	if (!get_int(json, "count", &p->count) ||
	    !get_int(json, "sum_ns", &p->sum_ns) ||
	    !get_int(json, "min_ns", &p->min_ns) ||
	    !get_int(json, "max_ns", &p->max_ns) || p->max_ns < p->min_ns ||
	    p->count >= COUNT_MAX)
		return -EINVAL;
	if (json_is_string(buckets))
		ret = add_string(p, json_string_value(buckets));
	else
		ret = json_is_array(buckets) ? add_array(p, buckets) : -EINVAL;
	return ret == 0 && p->total == p->count ? 0 : -EINVAL;
}

/* Merge @p into the buckets of @h, whose array has room for both: from the
 * last on, so that nothing is written over before it is read. */
static void merge_buckets(struct hist_sum *h, const struct part *p,
			  unsigned int nr)
{
	unsigned int a = h->nr, b = p->nr, to = nr;
	bool from_a, from_b;

	h->nr = nr;
	while (b) {
		from_a = a && h->bucket[a - 1].index >=
				      p->bucket[b - 1].index;
		from_b = !a || h->bucket[a - 1].index <=
				       p->bucket[b - 1].index;
		to--;
		h->bucket[to] = from_a ? h->bucket[--a] : p->bucket[b - 1];
		if (from_a && from_b)
			h->bucket[to].n += p->bucket[b - 1].n;
		b -= from_b;
	}
}

/* Of how many buckets the sum of both is. */
static unsigned int count_union(const struct hist_sum *h, const struct part *p)
{
	unsigned int a = 0, b = 0, nr = 0;
	unsigned int x, y;

	while (a < h->nr || b < p->nr) {
		x = a < h->nr ? h->bucket[a].index : HIST_NBUCKETS;
		y = b < p->nr ? p->bucket[b].index : HIST_NBUCKETS;
		a += x <= y;
		b += y <= x;
		nr++;
	}
	return nr;
}

static int add_part(struct hist_sum *h, const struct part *p)
{
	unsigned int nr = count_union(h, p);
	struct hist_sum_bucket *bucket = h->bucket;

	if (h->count + (uint64_t)p->count >= COUNT_MAX)
		return -EINVAL;
	if (nr > h->nr)
		bucket = realloc(h->bucket, nr * sizeof(*bucket));
	if (nr && !bucket)
		return -ENOMEM;
	h->bucket = bucket;
	merge_buckets(h, p, nr);
	if (p->count && (!h->count || (uint64_t)p->min_ns < h->min_ns))
		h->min_ns = (uint64_t)p->min_ns;
	if ((uint64_t)p->max_ns > h->max_ns)
		h->max_ns = (uint64_t)p->max_ns;
	h->count += (uint64_t)p->count;
	h->sum_ns += (uint64_t)p->sum_ns;
	return 0;
}

int hist_sum_add(struct hist_sum **h, const json_t *json)
{
	struct hist_sum *sum = *h;
	struct part p;
	int ret;

	ret = read_part(&p, json);
	if (ret < 0)
		return ret;
	if (!sum)
		sum = calloc(1, sizeof(*sum));
	if (!sum)
		return -ENOMEM;
	ret = add_part(sum, &p);
	if (!*h && ret < 0)
		hist_sum_free(sum);
	else
		*h = sum;
	return ret;
}

void hist_sum_free(struct hist_sum *h)
{
	if (h)
		free(h->bucket);
	free(h);
}

double hist_sum_mean(const struct hist_sum *h)
{
	return h->count ? (double)h->sum_ns / (double)h->count : 0;
}

double hist_sum_quantile(const struct hist_sum *h, double q)
{
	double rank = fmax(1, ceil(q * (double)h->count));
	uint64_t seen = 0;
	unsigned int i, index;
	double middle;

	if (!h->count)
		return 0;
	for (i = 0; i < h->nr; i++) {
		seen += h->bucket[i].n;
		if ((double)seen >= rank)
			break;
	}
	index = i < h->nr ? h->bucket[i].index : HIST_NBUCKETS - 1;
	if (index >= HIST_NBUCKETS - 1)
		return (double)h->max_ns;
	middle = (double)hist_bucket_low(index) +
		 (double)(hist_bucket_width(index) - 1) / 2;
	return fmin(fmax(middle, (double)h->min_ns), (double)h->max_ns);
}
