/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <errno.h>
#include <math.h>
#include <cmocka.h>

#include "lib/hist.h"

/* Every value lies in its bucket, whose midpoint is at most 0.8 % away; the
 * BPF form of the logarithm agrees with the other. */
static void test_buckets(void **state)
{
	uint64_t v, step;

	(void)state;
	for (v = 0, step = 1; v < 1ull << HIST_MAX_BITS; v += step) {
		unsigned int b = hist_bucket(v);
		double low = (double)hist_bucket_low(b);
		double mid = low + (double)(hist_bucket_width(b) - 1) / 2;

		assert_true(b < HIST_NBUCKETS);
		assert_true(v >= hist_bucket_low(b) &&
			    v < hist_bucket_low(b) + hist_bucket_width(b));
		if (v)
			assert_true(fabs(mid - (double)v) / (double)v <= .008);
		if (v)
			assert_int_equal(hist_log2(v), 63 - __builtin_clzll(v));
		step = 1 + v / 997;
	}
	assert_int_equal(hist_bucket(UINT64_MAX), HIST_NBUCKETS - 1);
	assert_int_equal(hist_log2(UINT64_MAX), 63);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void test_quantiles(void **state)
{
	static const double q[] = { .01, .5, .9, .99, .999, 1 };
	static uint64_t v[100000];
	static struct hist h, half;
	uint64_t x = 88172645463325252ull, sum = 0;
	size_t i, n = sizeof(v) / sizeof(v[0]);

	(void)state;
	hist_init(&h);
	hist_init(&half);
	assert_true(hist_quantile(&h, .5) == 0 && hist_mean(&h) == 0);
	for (i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		v[i] = (x & 0xfffff) >> (x >> 60); /* some decades */
		sum += v[i];
		hist_add(i & 1 ? &h : &half, v[i]);
	}
	hist_merge(&h, &half);
	qsort(v, n, sizeof(v[0]), by_value);
	assert_int_equal(h.count, n);
	assert_int_equal(h.sum_ns, sum);
	assert_int_equal(h.min_ns, v[0]);
	assert_int_equal(h.max_ns, v[n - 1]);
	for (i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		double want = (double)v[(size_t)ceil(q[i] * (double)n) - 1];

		assert_true(fabs(hist_quantile(&h, q[i]) - want) <=
			    want * .008 + 1e-9);
	}
}

static void test_weight(void **state)
{
	static struct hist a, b;
	int i;

	(void)state;
	hist_init(&a);
	hist_init(&b);
	hist_add_n(&a, 1234, 32);
	for (i = 0; i < 32; i++)
		hist_add(&b, 1234);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void test_json(void **state)
{
	static const char *const bad[] = {
		"{}", "[]",
		"{\"count\":1,\"sum_ns\":1,\"min_ns\":1,\"max_ns\":1,\"buckets\":[]}",
		"{\"count\":1,\"sum_ns\":1,\"min_ns\":1,\"max_ns\":1,\"buckets\":[[99999,1]]}",
		"{\"count\":1,\"sum_ns\":1,\"min_ns\":1,\"max_ns\":1,\"buckets\":[[-1,1]]}",
		"{\"count\":-1,\"sum_ns\":1,\"min_ns\":1,\"max_ns\":1,\"buckets\":[[1,-1]]}",
		"{\"count\":1,\"sum_ns\":1,\"min_ns\":2,\"max_ns\":1,\"buckets\":[[1,1]]}",
		"{\"count\":1,\"sum_ns\":1,\"min_ns\":1,\"max_ns\":1,\"buckets\":7}",
		"{\"count\":1,\"sum_ns\":1,\"min_ns\":1,\"max_ns\":1,\"buckets\":[[1]]}",
	};
	static struct hist h, back;
	json_t *j;
	size_t i;

	(void)state;
	hist_init(&h);
	for (i = 0; i < 5000; i++)
		hist_add(&h, i * i);
	j = hist_to_json(&h);
	assert_int_equal(hist_from_json(&back, j), 0);
	assert_memory_equal(&h, &back, sizeof(h));
	json_decref(j);
	hist_init(&h);
	j = hist_to_json(&h);
	assert_int_equal(hist_from_json(&back, j), 0);
	assert_memory_equal(&h, &back, sizeof(h));
	json_decref(j);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		j = json_loads(bad[i], 0, NULL);
		assert_non_null(j);
		assert_int_equal(hist_from_json(&back, j), -EINVAL);
		json_decref(j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_weight),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
