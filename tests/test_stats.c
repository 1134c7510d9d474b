/* SPDX-License-Identifier: MIT */
/* reports/stats.c and rank_test.c: known values, brute force, and how often
 * they are wrong on data where nothing changed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lib/util.h"
#include "reports/rank_test.h"
#include "reports/ratio.h"
#include "reports/stats.h"

static uint64_t seed;

/* xorshift64*: the same numbers everywhere. */
static double uniform(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (double)((seed * 2685821657736338717ull) >> 11) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform() + 1e-300)) * cos(2 * M_PI * uniform());
}

static void assert_near(double a, double b)
{
	if (!(fabs(a - b) < 1e-9))
		fail_msg("%.12g is not %.12g", a, b);
}

/* Midrank of |d[i]|, doubled, the slow way. */
static int rank2(const double *d, int n, int i)
{
	int j, below = 0, same = 0;

	for (j = 0; j < n; j++) {
		below += fabs(d[j]) < fabs(d[i]);
		same += fabs(d[j]) == fabs(d[i]);
	}
	return 2 * below + same + 1;
}

/* All 2^n signs, one after the other. */
static double brute_force_pairs(const double *d, int n)
{
	int i, s, seen = 0, sum, far = 0;

	for (i = 0; i < n; i++)
		seen += d[i] ? rank2(d, n, i) * (d[i] > 0 ? 1 : -1) : 0;
	for (s = 0; s < 1 << n; s++) {
		for (i = 0, sum = 0; i < n; i++)
			sum += d[i] ? rank2(d, n, i) * (s >> i & 1 ? 1 : -1)
				    : 0;
		far += abs(sum) >= abs(seen);
	}
	return far / (double)(1 << n);
}

static void test_pairs_against_brute_force(void **state)
{
	double d[10];
	int i, n, round;

	seed = 1;
	for (round = 0; round < 60; round++) {
		n = 1 + round % 10;
		for (i = 0; i < n; i++) /* ties and zeros on purpose */
			d[i] = floor(uniform() * 9) - 3;
		assert_near(rank_test_pairs(d, n), brute_force_pairs(d, n));
	}
}

static void test_smallest_p(void **state)
{
	double d[10];
	int n;

	for (n = 0; n < 10; n++)
		d[n] = 1 + 0.1 * n;
	for (n = 1; n <= 10; n++)
		assert_near(rank_test_pairs(d, n), 2 / pow(2, n));
}

/* The depression scores of Hollander and Wolfe, Nonparametric Statistical
 * Methods, also in R's help on wilcox.test: one-sided p 0.0195, estimate
 * 0.46. */
static void test_hollander_wolfe(void **state)
{
	static const double x[] = { 1.83, .50,	1.62, 2.48, 1.68,
				    1.88, 1.55, 3.06, 1.30 };
	static const double y[] = { .878, .647, .598, 2.05, 1.06,
				    1.29, 1.06, 3.14, 1.29 };
	struct stats_estimate e;
	double d[9];
	int i;

	for (i = 0; i < 9; i++)
		d[i] = x[i] - y[i];
	assert_int_equal(stats_of_pairs(d, 9, &e), 0);
	assert_near(e.p, 0.0390625);
	assert_near(e.value, 0.46);
	assert_true(e.interval);
	assert_near(e.confidence, 1 - 0.0390625);
	assert_true(e.low > 0 && e.low < e.value && e.high > e.value);
}

/* 3 against 4 values, none overlapping: 2 of 35 choices are as far out. */
static void test_samples(void **state)
{
	static const double a[] = { 1, 2, 3 }, b[] = { 11, 12, 13, 14 };
	static const double tied[] = { 5, 5, 5 };
	struct stats_estimate e;

	assert_near(rank_test_samples(a, 3, b, 4), 2 / 35.);
	assert_near(rank_test_samples(tied, 3, tied, 3), 1);
	assert_int_equal(stats_of_samples(a, 3, b, 4, &e), 0);
	assert_near(e.value, 10.5);
	assert_false(e.interval);
	assert_near(e.low, 8);
	assert_near(e.high, 13);
}

/* Tables of the signed-rank test: at 5 %, n = 8 allows a sum of 3, n = 12 of
 * 13, n = 20 of 52; of Mann-Whitney: 6 and 6 allow U = 5, 8 and 8 U = 13. */
static void test_depths(void **state)
{
	double c;

	assert_int_equal(rank_test_pairs_depth(5, .05, &c), 0);
	assert_int_equal(rank_test_pairs_depth(6, .05, &c), 1);
	assert_near(c, 1 - 2 / 64.);
	assert_int_equal(rank_test_pairs_depth(8, .05, &c), 4);
	assert_int_equal(rank_test_pairs_depth(12, .05, &c), 14);
	assert_int_equal(rank_test_pairs_depth(20, .05, &c), 53);
	assert_int_equal(rank_test_samples_depth(6, 6, .05, &c), 6);
	assert_int_equal(rank_test_samples_depth(8, 8, .05, &c), 14);
	/* The approximation beyond goes on where the exact one ends. */
	assert_in_range(rank_test_pairs_depth(RANK_TEST_EXACT + 1, .05, &c),
			rank_test_pairs_depth(RANK_TEST_EXACT, .05, &c),
			rank_test_pairs_depth(RANK_TEST_EXACT, .05, &c) + 60);
}

static void test_median(void **state)
{
	static const double v[] = { 9, 1, 5, 3, 7, 100 };
	struct stats_estimate e;

	assert_near(stats_median(v, 5), 5);
	assert_int_equal(stats_of_median(v, 6, &e), 0);
	assert_near(e.value, 6);
	assert_true(e.interval);
	assert_near(e.low, 1);
	assert_near(e.high, 100);
	assert_near(e.confidence, 1 - 2 / 64.);
	assert_int_equal(stats_of_median(v, 5, &e), 0);
	assert_false(e.interval);
	assert_int_equal(stats_of_median(v, 0, &e), -22);
	assert_near(stats_sd(v, 1), 0);
}

/* Unchanged data: the interval misses zero as often as it says, within 4
 * standard deviations of the binomial; with skewed noise as well. */
static void test_false_alarms(void **state)
{
	const int rounds = 2000;
	struct stats_estimate e;
	int i, n, round, paired, alarms;
	double d[16], b[16], rate;

	seed = 42;
	for (paired = 0; paired < 2; paired++) {
		for (n = 6; n <= 16; n += 5) {
			for (round = 0, alarms = 0; round < rounds; round++) {
				for (i = 0; i < n; i++) {
					d[i] = normal() * exp(normal());
					b[i] = exp(normal());
				}
				for (i = 0; i < n && !paired; i++)
					d[i] = exp(normal());
				if (paired)
					stats_of_pairs(d, n, &e);
				else
					stats_of_samples(d, n, b, n, &e);
				alarms += e.low > 0 || e.high < 0;
				assert_true((e.p <= STATS_ALPHA) ==
					    (e.low > 0 || e.high < 0));
			}
			rate = 1 - e.confidence;
			assert_true(fabs(alarms / (double)rounds - rate) <
				    4 * sqrt(rate * (1 - rate) / rounds));
			assert_true(rate <= STATS_ALPHA);
		}
	}
}

/* What is said to be visible is seen 4 times out of 5. */
static void test_visible(void **state)
{
	static const int pairs[] = { 6, 8, 13, 20 };
	struct stats_estimate e, plain;
	const int rounds = 3000;
	double d[20], shift, seen;
	size_t k;
	int i, round;

	seed = 7;
	for (k = 0; k < ARRAY_SIZE(pairs); k++) {
		/* The factor for a standard deviation of one. */
		for (i = 0; i < pairs[k]; i++)
			d[i] = i;
		stats_of_pairs(d, pairs[k], &plain);
		shift = plain.visible / stats_sd(d, pairs[k]);
		for (round = 0, seen = 0; round < rounds; round++) {
			for (i = 0; i < pairs[k]; i++)
				d[i] = normal() + shift;
			stats_of_pairs(d, pairs[k], &e);
			seen += e.low > 0;
		}
		if (fabs(seen / rounds - 0.8) > 0.04)
			fail_msg("%d pairs see it in %.3f", pairs[k],
				 seen / rounds);
	}
	stats_of_pairs(d, 5, &e);
	assert_true(isnan(e.visible));
}

static void test_ratio_inverts(void **state)
{
	int block[9] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	double x[9], y[9];
	struct metric a = { .n = 9, .raw = x, .block = block };
	struct metric b = { .n = 9, .raw = y, .block = block };
	struct ratio ab, ba;
	int i, round;

	seed = 3;
	for (round = 0; round < 100; round++) {
		for (i = 0; i < 9; i++) {
			x[i] = exp(normal());
			y[i] = exp(normal());
		}
		assert_int_equal(ratio_of(&a, &b, round % 2, .05, &ab), 0);
		assert_int_equal(ratio_of(&b, &a, round % 2, .05, &ba), 0);
		assert_near(ab.value * ba.value, 1);
		assert_near(ab.low * ba.high, 1);
		assert_near(ab.p, ba.p);
	}
}

static void test_ratio_pairs_by_block(void **state)
{
	int block_a[] = { 0, 1, 3, 4 }, block_b[] = { 1, 2, 4 };
	double x[] = { 1, 10, 1, 20 }, y[] = { 20, 7, 40 };
	struct metric a = { .n = 4, .raw = x, .block = block_a };
	struct metric b = { .n = 3, .raw = y, .block = block_b };
	struct ratio r;

	assert_int_equal(ratio_of(&a, &b, true, .05, &r), 0);
	assert_true(r.valid);
	assert_int_equal(r.n, 2);
	assert_near(r.value, 2);
	assert_false(r.interval);
	assert_int_equal(r.verdict, VERDICT_INCONCLUSIVE);
	block_b[0] = 8;
	block_b[2] = 9;
	assert_int_equal(ratio_of(&a, &b, true, .05, &r), 0);
	assert_false(r.valid);
	y[0] = 0;
	assert_int_equal(ratio_of(&a, &b, false, .05, &r), 0);
	assert_false(r.valid);
	assert_non_null(r.reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs_against_brute_force),
		cmocka_unit_test(test_smallest_p),
		cmocka_unit_test(test_hollander_wolfe),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_depths),
		cmocka_unit_test(test_median),
		cmocka_unit_test(test_false_alarms),
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_ratio_inverts),
		cmocka_unit_test(test_ratio_pairs_by_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
