/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "../lib/units.h"

static void test_parse(void **state)
{
	static const struct {
		int (*parse)(const char *text, uint64_t *v);
		const char *text;
		int ret;
		uint64_t v;
	} c[] = {
		{ units_parse_size, "4k", 0, 4096 },
		{ units_parse_size, "4KiB", 0, 4096 },
		{ units_parse_size, "1.5m", 0, 1572864 },
		{ units_parse_size, "512", 0, 512 },
		{ units_parse_size, "1t", 0, 1ull << 40 },
		{ units_parse_size, "k", -EINVAL, 0 },
		{ units_parse_size, "-1k", -EINVAL, 0 },
		{ units_parse_size, "0x10", -EINVAL, 0 },
		{ units_parse_size, "4kk", -EINVAL, 0 },
		{ units_parse_size, "4 k", -EINVAL, 0 },
		{ units_parse_size, "", -EINVAL, 0 },
		{ units_parse_size, "nan", -EINVAL, 0 },
		{ units_parse_size, "99999999999t", -ERANGE, 0 },
		{ units_parse_size, "1e400", -ERANGE, 0 },
		{ units_parse_time, "5", 0, 5000000000ull },
		{ units_parse_time, "0.4s", 0, 400000000 },
		{ units_parse_time, "64us", 0, 64000 },
		{ units_parse_time, "64µs", 0, 64000 },
		{ units_parse_time, "1m", 0, 60000000000ull },
		{ units_parse_time, "3parsec", -EINVAL, 0 },
		{ units_parse_count, "20k", 0, 20000 },
		{ units_parse_count, "1M", 0, 1000000 },
		{ units_parse_count, "1kb", -EINVAL, 0 },
	};
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		v = 0;
		assert_int_equal(c[i].parse(c[i].text, &v), c[i].ret);
		if (!c[i].ret)
			assert_int_equal(v, c[i].v);
	}
	assert_int_equal(units_parse_size(NULL, &v), -EINVAL);
}

static void test_format(void **state)
{
	char b[32];

	(void)state;
	assert_string_equal(units_time(b, sizeof(b), 0), "0ns");
	assert_string_equal(units_time(b, sizeof(b), 724), "724ns");
	assert_string_equal(units_time(b, sizeof(b), 2048), "2.05µs");
	assert_string_equal(units_time(b, sizeof(b), 84500), "84.5µs");
	assert_string_equal(units_time(b, sizeof(b), 999999), "1.00ms");
	assert_string_equal(units_time(b, sizeof(b), 5e9), "5s");
	assert_string_equal(units_count(b, sizeof(b), 1234567), "1.23M");
	assert_string_equal(units_count(b, sizeof(b), -1500), "-1.50k");
	assert_string_equal(units_bytes(b, sizeof(b), 4096), "4KiB");
	assert_string_equal(units_value(b, sizeof(b), 84500, "ns"), "84.5µs");
	assert_string_equal(units_value(b, sizeof(b), 9.55e8, "bit/s"),
			    "955 Mbit/s");
	assert_string_equal(units_value(b, sizeof(b), 4096, "B/s"), "4KiB/s");
	assert_string_equal(units_value(b, sizeof(b), 1500, "1/s"), "1.50k");
	assert_string_equal(units_value(b, sizeof(b), .0001, "1"), "<0.001");
	assert_string_equal(units_value(b, sizeof(b), NAN, "ns"), "–");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
