/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/units.h"
#include "lib/util.h"
#include "fuzz.h"

static int parse_number(const char *text, uint64_t *v)
{
	return units_parse(UNITS_NUMBER, text, v);
}

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
		{ units_parse_size, "1e400", -EINVAL, 0 },
		{ units_parse_size, "1e3", -EINVAL, 0 },
		{ units_parse_size, "1.", -EINVAL, 0 },
		{ units_parse_size, ".5k", -EINVAL, 0 },
		{ units_parse_size, "+4k", -EINVAL, 0 },
		{ units_parse_size, " 4k", -EINVAL, 0 },
		{ units_parse_size, "0.5", -EDOM, 0 },
		{ units_parse_size, "0.5k", 0, 512 },
		{ units_parse_size, "0.0005t", -EDOM, 0 },
		{ units_parse_size, "9223372036854775807", 0, INT64_MAX },
		{ units_parse_size, "9223372036854775808", -ERANGE, 0 },
		{ units_parse_size, "18446744073709551616", -ERANGE, 0 },
		{ units_parse_time, "5", 0, 5000000000ull },
		{ units_parse_time, "0.4s", 0, 400000000 },
		{ units_parse_time, "64us", 0, 64000 },
		{ units_parse_time, "64µs", 0, 64000 },
		{ units_parse_time, "1m", 0, 60000000000ull },
		{ units_parse_time, "0.4ns", -EDOM, 0 },
		{ units_parse_time, "0.0000000004", -EDOM, 0 },
		{ units_parse_time, "1.5ns", -EDOM, 0 },
		{ units_parse_time, "0.000000001s", 0, 1 },
		{ units_parse_time, "1.50000000000000000000000s", 0, 1500000000 },
		{ units_parse_time, "0", 0, 0 },
		{ units_parse_time, "3parsec", -EINVAL, 0 },
		{ units_parse_count, "20k", 0, 20000 },
		{ units_parse_count, "1M", 0, 1000000 },
		{ units_parse_count, "1kb", -EINVAL, 0 },
		{ units_parse_count, "0.1", -EDOM, 0 },
		{ units_parse_count, "0.0004k", -EDOM, 0 },
		{ units_parse_count, "0.9999999999999999999", -EDOM, 0 },
		{ units_parse_count, "0.0000000000000000000000001", -ERANGE, 0 },
		{ parse_number, "1024", 0, 1024 },
		{ parse_number, "1k", -EINVAL, 0 },
		{ parse_number, "0.6", -EDOM, 0 },
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

/* Nothing becomes 0, or fits a range, by being rounded. */
static void test_take(void **state)
{
	uint64_t v = 7;
	struct err e;

	(void)state;
	assert_int_equal(units_take(UNITS_NUMBER, "64", 1, 64, &v, &e), 0);
	assert_int_equal(v, 64);
	assert_int_equal(units_take(UNITS_NUMBER, "0.9", 0, 64, &v, &e),
			 -EINVAL);
	assert_string_equal(e.text,
			    "\"0.9\": expected a whole number from 0 to 64");
	assert_int_equal(units_take(UNITS_TIME, "0.4ns", 0, UNITS_ANY, &v, &e),
			 -EINVAL);
	assert_non_null(strstr(e.text, "whole ns, from 0ns on"));
	assert_int_equal(units_take(UNITS_SIZE, "32m", 512, 16 << 20, &v, &e),
			 -EINVAL);
	assert_non_null(strstr(e.text, "from 512B to 16MiB"));
	assert_int_equal(v, 64);
}

static void test_percent(void **state)
{
	static const char *const wrong[] = { "",   "%",	  "x",	 "5%%", "-1",
					     "1e1", "0x5", "nan", "5 %" };
	double v;
	size_t i;

	(void)state;
	assert_int_equal(units_parse_percent("0.5%", &v), 0);
	assert_true(fabs(v - 0.5) < 1e-12);
	assert_int_equal(units_parse_percent("5", &v), 0);
	assert_true(fabs(v - 5) < 1e-12);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(units_parse_percent(wrong[i], &v), -EINVAL);
}

/* What a text of the right shape is worth, by another way. */
static long double value_of(enum units_kind kind, const char *text)
{
	static const struct {
		const char *name;
		long double factor[3];
	} units[] = {
		{ "", { 1, 1e9L, 1 } },
		{ "k", { 1024, NAN, 1e3L } },
		{ "m", { 1048576, 6e10L, 1e6L } },
		{ "g", { 1073741824, NAN, 1e9L } },
		{ "ms", { NAN, 1e6L, NAN } },
		{ "us", { NAN, 1e3L, NAN } },
		{ "ns", { NAN, 1, NAN } },
		{ "s", { NAN, 1e9L, NAN } },
		{ "h", { NAN, 3.6e12L, NAN } },
		{ "b", { 1, NAN, NAN } },
		{ "kb", { 1024, NAN, NAN } },
		{ "mb", { 1048576, NAN, NAN } },
		{ "gb", { 1073741824, NAN, NAN } },
	};
	long double v;
	char *end;
	size_t i;

	v = strtold(text, &end);
	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(end, units[i].name))
			return v * units[i].factor[kind];
	return NAN;
}

/* Texts made of what the parser knows and of what it does not: accepted is
 * what has the shape and a whole value, which comes out as it is. */
static void test_fuzz(void **state)
{
	static const char *const parts[] = { "0", "1", "5", "9", "10", "512",
					     ".", ".5", "25", "000", "k", "m",
					     "g", "ms", "us", "ns", "s", "h",
					     "b", "-", "+", " ", "e3", "0x",
					     "99999999999", "\xc2", "%", "inf" };
	struct fuzz f = { 1 };
	unsigned int i, ok = 0;
	regex_t shape;
	char text[64], *exact;

	(void)state;
	assert_int_equal(regcomp(&shape, "^[0-9]+(\\.[0-9]+)?([kmg]b?|ms|us|ns|s|h|b)?$",
				 REG_EXTENDED | REG_NOSUB), 0);
	for (i = 0; i < 300000; i++) {
		enum units_kind kind = fuzz_below(&f, 3);
		uint64_t got = 0xdead;
		long double want;
		int ret;

		fuzz_text(&f, text, sizeof(text), parts, ARRAY_SIZE(parts));
		exact = strdup(text); /* so that ASan sees its end */
		ret = units_parse(kind, exact, &got);
		want = regexec(&shape, exact, 0, NULL, 0) ? NAN :
			       value_of(kind, exact);
		free(exact);
		if (ret < 0)
			assert_int_equal(got, 0xdead);
		if (isnan(want)) {
			assert_true(ret == -EINVAL || ret == -ERANGE);
		} else if (want < 1e15L && !ret) {
			assert_true(fabsl(want - (long double)got) < 1e-3L);
			ok++;
		} else if (want < 1e15L) {
			/* beyond what is kept of a fraction, or not whole */
			assert_true(ret == -EDOM || ret == -ERANGE);
			assert_true(strchr(text, '.'));
		}
	}
	regfree(&shape);
	assert_true(ok > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_fuzz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
