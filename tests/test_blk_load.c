/* SPDX-License-Identifier: MIT */
/* The words of loads, and what a load can do at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/allowance.h"
#include "lib/blk_load.h"
#include "lib/util.h"
#include "lib/words.h"
#include "fuzz.h"

static void test_words(void **state)
{
	char b[64], small[8];

	(void)state;
	assert_int_equal(words_find(words_traffic, "ping"), TRAFFIC_PING);
	assert_int_equal(words_find(words_traffic, "trip-times"),
			 TRAFFIC_TRIP_TIMES);
	assert_int_equal(words_find(words_switch, "yes"), -EINVAL);
	assert_int_equal(words_find(words_switch, ""), -EINVAL);
	assert_string_equal(words_join(b, sizeof(b), words_switch),
			    "on or off");
	assert_string_equal(words_join(b, sizeof(b), words_driver),
			    "user, kvm or qemu");
	assert_string_equal(words_join(small, sizeof(small), words_driver),
			    "user, k");
}

static void test_mix(void **state)
{
	struct blk_mix m;
	char text[32];
	int i;

	(void)state;
	assert_int_equal(blk_mix_parse("read", &m), 0);
	assert_true(!m.random && m.read_percent == 100);
	assert_int_equal(blk_mix_parse("randrw", &m), 0);
	assert_true(m.random && m.read_percent == 50);
	for (i = 0; i <= 100; i++) {
		snprintf(text, sizeof(text), "mix:%d", i);
		assert_int_equal(blk_mix_parse(text, &m), 0);
		assert_true(m.random && m.read_percent == (unsigned int)i);
	}
	assert_int_equal(blk_mix_parse("mix:101", &m), -EINVAL);
	assert_int_equal(blk_mix_parse("mix:", &m), -EINVAL);
	assert_int_equal(blk_mix_parse("mix:0.6", &m), -EINVAL);
	assert_int_equal(blk_mix_parse("mix:-1", &m), -EINVAL);
}

static void test_rate(void **state)
{
	static const char *const wrong[] = { "0.1", "0.4", "0.0004k", "2g",
					     "1k,", "1k,uniform", ",poisson",
					     "1k/poisson", "" };
	uint64_t rate;
	bool poisson;
	size_t i;

	(void)state;
	assert_int_equal(blk_rate_parse("20k", ',', &rate, &poisson), 0);
	assert_true(rate == 20000 && !poisson);
	assert_int_equal(blk_rate_parse("1/poisson", '/', &rate, &poisson), 0);
	assert_true(rate == 1 && poisson);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(blk_rate_parse(wrong[i], ',', &rate, &poisson),
				 -EINVAL);
}

/* Every parser of words, on texts that end where their memory does. */
static void test_fuzz(void **state)
{
	static const char *const parts[] = {
		"mix:", "rand", "read", "write", "rw", "0", "1", "50", "100",
		"9999999999999999999999", ",poisson", ",", "/poisson", "%",
		".5", "k", ":", " ", "\xff", "tcp-", "g2h", "on", "off"
	};
	struct fuzz f = { 77 };
	struct allowance a;
	struct blk_mix m;
	unsigned int i, ok[3] = { 0 };
	uint64_t rate;
	bool poisson;
	char text[128], *exact;

	(void)state;
	for (i = 0; i < 200000; i++) {
		fuzz_text(&f, text, sizeof(text), parts, ARRAY_SIZE(parts));
		exact = strdup(text);
		if (!blk_mix_parse(exact, &m)) {
			assert_true(m.read_percent <= 100);
			ok[0]++;
		}
		if (!blk_rate_parse(exact, ',', &rate, &poisson)) {
			assert_true(rate <= BLK_RATE_MAX);
			/* a closed loop is never what was not written so */
			assert_true(rate || !strpbrk(exact, "123456789"));
			ok[1]++;
		}
		if (!allowance_parse(exact, &a)) {
			assert_true(a.percent <= 100);
			ok[2]++;
		}
		words_find(words_traffic, exact);
		free(exact);
	}
	for (i = 0; i < ARRAY_SIZE(ok); i++)
		assert_true(ok[i] > 100);
}

static void test_check(void **state)
{
	static const struct {
		const char *says;
		struct blk_load l;
	} c[] = {
		{ "at most 16m",
		  { { true, 100 }, 32 << 20, 0, 1, 1, 256, true, false } },
		{ "bs 1000: not a multiple",
		  { { true, 100 }, 1000, 0, 1, 1, 256, true, false } },
		{ "bs 0", { { true, 100 }, 0, 0, 1, 1, 256, true, false } },
		{ "smaller than bs",
		  { { true, 100 }, 8192, 4096, 1, 1, 256, true, false } },
		{ "does not fit a ring of 32",
		  { { true, 100 }, 4096, 0, 64, 1, 32, true, false } },
		{ "without indirect",
		  { { true, 100 }, 4096, 0, 64, 1, 64, false, false } },
		{ "depth 0", { { true, 100 }, 4096, 0, 0, 1, 64, true, false } },
		{ "queues 65",
		  { { true, 100 }, 4096, 0, 1, 65, 64, true, false } },
		{ NULL, { { true, 100 }, 4096, 0, 64, 1, 0, false, false } },
		{ NULL, { { true, 100 }, 16 << 20, 0, 64, 64, 64, true, true } },
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		int ret = blk_load_check(&c[i].l, &e);

		assert_int_equal(ret, c[i].says ? -EINVAL : 0);
		if (c[i].says && !strstr(e.text, c[i].says))
			fail_msg("\"%s\" is not in \"%s\"", c[i].says, e.text);
	}
}

static void test_range(void **state)
{
	struct blk_load l = { .mix = { true, 100 }, .bs_bytes = 4096,
			      .depth = 4, .queues = 2 };
	uint64_t range;
	struct err e;

	(void)state;
	assert_int_equal(blk_load_range(&l, 10000, &range, &e), 0);
	assert_int_equal(range, 8192);
	l.verify = true;
	assert_int_equal(blk_load_range(&l, 10000, &range, &e), -EINVAL);
	assert_non_null(strstr(e.text, "8 blocks of 4096"));
	assert_int_equal(blk_load_range(&l, 1ull << 40, &range, &e), 0);
	assert_int_equal(range, BLK_LOAD_VERIFY_SIZE);
	l.size_bytes = 1ull << 41;
	assert_int_equal(blk_load_range(&l, 1ull << 40, &range, &e), -EINVAL);
}

static void test_allowance(void **state)
{
	struct allowance a = { 1, 1 };
	char b[32];

	(void)state;
	assert_int_equal(allowance_parse("0", &a), 0);
	assert_true(allowance_none(&a));
	assert_true(allowance_holds(&a, 0, 100));
	assert_false(allowance_holds(&a, 1, 1000000));
	assert_int_equal(allowance_parse("10", &a), 0);
	assert_true(allowance_holds(&a, 10, 20));
	assert_false(allowance_holds(&a, 11, 1000000));
	assert_string_equal(allowance_text(b, sizeof(b), &a), "10");
	assert_int_equal(allowance_parse("0.1%", &a), 0);
	assert_true(allowance_holds(&a, 1, 1000));
	assert_false(allowance_holds(&a, 2, 1000));
	assert_string_equal(allowance_text(b, sizeof(b), &a), "0.1%");
	assert_int_equal(allowance_parse("101%", &a), -EINVAL);
	assert_int_equal(allowance_parse("0.5", &a), -EINVAL);
	assert_int_equal(allowance_parse("", &a), -EINVAL);
	assert_int_equal(allowance_parse("-1", &a), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words), cmocka_unit_test(test_mix),
		cmocka_unit_test(test_rate),  cmocka_unit_test(test_fuzz),
		cmocka_unit_test(test_check), cmocka_unit_test(test_range),
		cmocka_unit_test(test_allowance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
