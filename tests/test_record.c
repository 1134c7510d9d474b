/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/record.h"

static char dir[] = "/tmp/test_record.XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/r.json", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir); /* fails when a temporary file is left */
}

static void put(const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

static void test_round_trip(void **state)
{
	json_t *j = json_pack("{si ss sf}", "schema", RECORD_SCHEMA, "name",
			      "x", "n", 2.5), *back;
	struct err e;

	(void)state;
	assert_int_equal(record_write(path, j, &e), 0);
	back = record_read(path, &e);
	assert_true(json_equal(j, back));
	assert_string_equal(record_str(back, "name", "-"), "x");
	assert_string_equal(record_str(back, "n", "-"), "-");
	assert_true(record_num(back, "n", 0) == 2.5);
	assert_true(record_num(back, "name", 7) == 7);
	json_decref(j);
	json_decref(back);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"", "{", "[1]", "{\"schema\":2}", "{\"schema\":\"1\"}", "{}",
		"{\"schema\":1,\"schema\":1}",
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(bad[i]);
		assert_null(record_read(path, &e));
		assert_non_null(strstr(e.text, path));
	}
	unlink(path);
	assert_null(record_read(path, &e));
}

/* A file that cannot grow: the reason is told, the old one stays whole. */
static void test_full(void **state)
{
	struct rlimit old, small = { 4096, RLIM_INFINITY };
	json_t *first = json_pack("{si}", "schema", RECORD_SCHEMA), *big, *back;
	struct err e;
	int ret, i;

	(void)state;
	assert_int_equal(record_write(path, first, &e), 0);
	big = json_pack("{si so}", "schema", RECORD_SCHEMA, "list",
			json_array());
	for (i = 0; i < 10000; i++)
		json_array_append_new(json_object_get(big, "list"),
				      json_integer(i));
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	ret = record_write(path, big, &e);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(ret, -EFBIG);
	assert_non_null(strstr(e.text, "File too large"));
	back = record_read(path, &e);
	assert_true(json_equal(first, back));
	json_decref(first);
	json_decref(big);
	json_decref(back);
	assert_true(record_write("/proc/no/such", NULL, &e) < 0);
}

static void test_metrics(void **state)
{
	json_t *m = json_object();

	(void)state;
	record_metric(m, "iops", 10, "1/s", "higher");
	record_metric_null(m, "cpu", "ns", "lower", "not told");
	assert_true(json_is_null(json_object_get(json_object_get(m, "cpu"),
						 "value")));
	assert_string_equal(record_str(json_object_get(m, "cpu"), "reason",
				       ""), "not told");
	json_decref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_metrics),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
