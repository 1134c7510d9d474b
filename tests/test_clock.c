/* SPDX-License-Identifier: MIT */
/* Clocks, and the list of stages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/clock.h"
#include "lib/stages.h"

/* Ticks put on CLOCK_MONOTONIC lie between readings of it before and after;
 * a slice of time stolen in between only widens the gap. */
static void test_scale(void **state)
{
	struct clock_scale s;
	uint64_t before, ticks, after, at, slack;
	int i, out = 0;

	(void)state;
	clock_scale_now(&s);
	assert_true(s.ns_per_tick > .05 && s.ns_per_tick < 100);
	for (i = 0; i < 1000; i++) {
		before = clock_now_ns();
		ticks = clock_ticks();
		after = clock_now_ns();
		at = clock_ticks_to_ns(&s, ticks);
		/* the scale of 10 ms is good to 1e-4 of the time since */
		slack = 5000 + (after - s.base.ns) / 1000;
		out += at + slack < before || at > after + slack;
	}
	assert_int_equal(out, 0);
	assert_true(clock_ticks_ordered() >= ticks);
	ticks = clock_ticks();
	usleep(20000);
	at = clock_span_ns(&s, clock_ticks() - ticks);
	assert_true(at > 19900000);
}

static void test_equal_anchors(void **state)
{
	struct clock_anchor a = { 5, 7 };
	struct clock_scale s;

	(void)state;
	clock_scale_init(&s, &a, &a);
	assert_true(s.ns_per_tick == 1.0);
	assert_int_equal(clock_ticks_to_ns(&s, 4), 6);
}

static void test_stages(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < STAGE_COUNT; i++) {
		assert_int_equal(stage_find(stage_table[i].name), i);
		assert_true(strlen(stage_table[i].what) > 10);
	}
	assert_int_equal(stage_find("none"), -1);
	assert_string_equal(stage_per_name(STAGE_PER_CALL), "call");
	assert_int_equal(stage_find("unattributed"), STAGE_COUNT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_equal_anchors),
		cmocka_unit_test(test_stages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
