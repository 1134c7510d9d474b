/* SPDX-License-Identifier: MIT */
/* reports/verdict.c: the interval against the threshold, in both
 * directions, and thresholds as people write them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/util.h"
#include "reports/threshold.h"
#include "reports/verdict.h"

static void test_intervals(void **state)
{
	static const struct {
		double low, high;
		enum verdict lower_better, higher_better;
	} cases[] = {
		{ .06, .20, VERDICT_REGRESSED, VERDICT_IMPROVED },
		{ -.20, -.06, VERDICT_IMPROVED, VERDICT_REGRESSED },
		{ -.04, .04, VERDICT_EQUIVALENT, VERDICT_EQUIVALENT },
		{ .01, .04, VERDICT_EQUIVALENT, VERDICT_EQUIVALENT },
		{ .01, .06, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE },
		{ -.06, .06, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE },
		{ -.05, .04, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE },
		{ .05, .20, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE },
	};
	struct stats_estimate e = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		e.low = cases[i].low;
		e.high = cases[i].high;
		e.interval = true;
		assert_int_equal(verdict_of(&e, .05, true),
				 cases[i].lower_better);
		assert_int_equal(verdict_of(&e, .05, false),
				 cases[i].higher_better);
		e.interval = false; /* a range decides nothing */
		assert_int_equal(verdict_of(&e, .05, true),
				 VERDICT_INCONCLUSIVE);
	}
}

static void test_names(void **state)
{
	assert_string_equal(verdict_name(VERDICT_REGRESSED), "regressed");
	assert_string_equal(verdict_name(VERDICT_EQUIVALENT), "equivalent");
	assert_string_equal(verdict_name(VERDICT_IMPROVED), "improved");
	assert_string_equal(verdict_name(VERDICT_INCONCLUSIVE), "inconclusive");
}

static void test_thresholds(void **state)
{
	static const char *const bad[] = { "",	"%",  "x",   "5%%", "5 %",
					   "0", "-1", "nan", "101", "inf" };
	double share;
	size_t i;

	assert_int_equal(threshold_parse("5%", &share), 0);
	assert_true(fabs(share - .05) < 1e-12);
	assert_int_equal(threshold_parse("2.5", &share), 0);
	assert_true(fabs(share - .025) < 1e-12);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(threshold_parse(bad[i], &share) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_thresholds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
