/* SPDX-License-Identifier: MIT */
/* What reports keep of records: sums of histograms against lib/hist.c, and
 * what is cut from a record's text before it is parsed, and from a plot. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/hist.h"
#include "lib/util.h"
#include "reports/hist_sum.h"
#include "reports/skim.h"
#include "reports/svg.h"

static void assert_alike(const struct hist_sum *sum, const struct hist *h)
{
	double q;

	assert_int_equal(sum->count, h->count);
	assert_int_equal(sum->sum_ns, h->sum_ns);
	assert_int_equal(sum->max_ns, h->max_ns);
	assert_true(hist_sum_mean(sum) == hist_mean(h));
	for (q = 0; q <= 1; q += 0.003)
		assert_true(hist_sum_quantile(sum, q) == hist_quantile(h, q));
	assert_true(hist_sum_quantile(sum, 1) == hist_quantile(h, 1));
}

static uint64_t any_ns(void)
{
	return (uint64_t)rand() >> (rand() % 31) << (rand() % 12);
}

static void test_sum(void **state)
{
	struct hist all, one;
	struct hist_sum *sum;
	json_t *j;
	int i, k, n;

	srand(1);
	for (k = 0; k < 20; k++) {
		hist_init(&all);
		for (sum = NULL, i = 0; i < 12; i++) {
			hist_init(&one);
			for (n = i == 3 ? 0 : rand() % 300; n; n--)
				hist_add_n(&one, any_ns(), 1 + rand() % 9);
			hist_merge(&all, &one);
			j = hist_to_json(&one);
			assert_int_equal(hist_sum_add(&sum, j), 0);
			json_decref(j);
			assert_alike(sum, &all);
		}
		hist_sum_free(sum);
	}
}

/* Whatever order a writer has its buckets in, and also one of them twice. */
static void test_any_order(void **state)
{
	static const char text[] =
		"{\"count\":7,\"sum_ns\":70,\"min_ns\":2,\"max_ns\":9,"
		"\"buckets\":[[9,1],[2,1],[5,0],[9,2],[3,3]]}";
	struct hist_sum *sum = NULL;
	json_t *j = json_loads(text, 0, NULL);
	struct hist h;

	assert_int_equal(hist_from_json(&h, j), 0);
	assert_int_equal(hist_sum_add(&sum, j), 0);
	assert_alike(sum, &h);
	assert_int_equal(sum->nr, 3);
	hist_sum_free(sum);
	json_decref(j);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"null", "[]", "{}",
		"{'count':1,'sum_ns':1,'min_ns':1,'max_ns':1}",
		"{'count':1,'sum_ns':1,'min_ns':1,'max_ns':1,'buckets':[]}",
		"{'count':2,'sum_ns':1,'min_ns':1,'max_ns':1,"
		"'buckets':[[1,1]]}",
		"{'count':1,'sum_ns':1,'min_ns':2,'max_ns':1,"
		"'buckets':[[1,1]]}",
		"{'count':1,'sum_ns':1,'min_ns':1,'max_ns':1,"
		"'buckets':[[2240,1]]}",
		"{'count':1,'sum_ns':1,'min_ns':1,'max_ns':1,"
		"'buckets':[[-1,1]]}",
		"{'count':1,'sum_ns':1,'min_ns':1,'max_ns':1,"
		"'buckets':[[1,2],[2,-1]]}",
		"{'count':1,'sum_ns':1,'min_ns':1,'max_ns':1,"
		"'buckets':[[1,1,1]]}",
		"{'count':1.5,'sum_ns':1,'min_ns':1,'max_ns':1,"
		"'buckets':[[1,1]]}",
		"{'count':4503599627370496,'sum_ns':1,'min_ns':1,'max_ns':1,"
		"'buckets':[[1,4503599627370496]]}",
	};
	struct hist_sum *sum = NULL;
	char text[200], *p;
	json_t *j;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		strcpy(text, bad[i]);
		while ((p = strchr(text, '\'')))
			*p = '"';
		j = json_loads(text, JSON_DECODE_ANY, NULL);
		assert_non_null(j);
		assert_int_equal(hist_sum_add(&sum, j), -EINVAL);
		assert_null(sum);
		json_decref(j);
	}
}

static const char record[] =
	"{\n \"schema\": 1,\n \"cell\": \"a \\\"trace\\\": {\",\n"
	" \"trace\": {\"a\": [1, \"]}\\\\\", {}]},\n"
	" \"device\" : {\n  \"stages\": []\n },\n"
	" \"metrics\": {\"trace\": {\"value\": 1}},\n"
	" \"load\": {\"metrics\": {\"a\": 1}, \"fio\": [[2]], \"trace\": {},\n"
	"  \"guest\": {\"query_stats\": {\"vm\": [1]}, \"fio\": {\"b\": 1}},\n"
	"  \"requests\": 10,\n  \"latency\": \"none\"},\n"
	" \"stages\": [ {\"name\": \"fio\",\n  \"hist\": {\"query_stats\": 1,\n"
	"   \"buckets\": [[1, 20],\n   [ 3 ,4]]}},\n"
	"   {\"name\": \"x\"} ],\n \"processes\": null\n}\n";

static void test_cut(void **state)
{
	static const char left[] =
		"{\"schema\":1,\"cell\":\"a \\\"trace\\\": {\",\"trace\":{},"
		"\"device\":{},\"metrics\":{\"trace\":{\"value\":1}},\"load\":"
		"{\"metrics\":{},\"fio\":[],\"trace\":{},\"guest\":"
		"{\"query_stats\":{},\"fio\":{\"b\":1}},\"requests\":10,"
		"\"latency\":\"none\"},\"stages\":[{\"name\":\"fio\",\"hist\":"
		"{\"query_stats\":1,\"buckets\":\"1 20 3 4 \"}},{\"name\":\"x\"}],\"processes\":null}";
	char text[sizeof(record)], *cut;
	json_t *j;

	strcpy(text, record);
	j = json_loadb(text, skim_cut(text, strlen(text)), 0, NULL);
	assert_non_null(j);
	cut = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
	assert_string_equal(cut, left);
	free(cut);
	json_decref(j);
}

static json_t *cut_and_parse(const char *text)
{
	char *copy = strdup(text);
	json_t *j;

	j = json_loadb(copy, skim_cut(copy, strlen(copy)), JSON_DECODE_ANY,
		       NULL);
	free(copy);
	return j;
}

/* Buckets that were made a string say the same. */
static void test_cut_buckets(void **state)
{
	struct hist_sum *sum = NULL;
	struct hist h;
	char *text;
	json_t *j;
	int i;

	hist_init(&h);
	for (i = 0; i < 500; i++)
		hist_add_n(&h, any_ns(), 1 + rand() % 9);
	for (i = 0; i < 3; i++) {
		j = hist_to_json(&h);
		text = json_dumps(j, i ? JSON_INDENT(4 * i) : JSON_COMPACT);
		json_decref(j);
		j = cut_and_parse(text);
		assert_true(json_is_string(json_object_get(j, "buckets")));
		sum = NULL;
		assert_int_equal(hist_sum_add(&sum, j), 0);
		assert_alike(sum, &h);
		hist_sum_free(sum);
		json_decref(j);
		free(text);
	}
}

/* What are not pairs of numbers is left as it is. */
static void test_cut_no_buckets(void **state)
{
	static const char *const other[] = {
		"[[1]]", "[[1,2,3]]", "[[1,-2]]", "[[1,2.5]]", "[[1,2],3]",
		"[{}]", "\"1 2 \"", "[[[1,2]]]", "[[1,[2]]]",
	};
	static const char *const broken[] = {
		"[[1,2]", "[[1,2],]", "[[1,2]] 3", "[[1 2]]", "[[1,02]]",
		"[[1,2}]", "[[1,2] [3,4]]", "[[,2]]", "[[1,]]", "[[,]]",
		"[,[1,2]]", "[[1,2],,[3,4]]", "[[1,2 3]]",
	};
	char text[200], want[200], *got;
	json_t *j;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(other); i++) {
		snprintf(want, sizeof(want), "{\"buckets\":%s}", other[i]);
		j = cut_and_parse(want);
		got = json_dumps(j, JSON_COMPACT);
		assert_string_equal(got, want);
		free(got);
		json_decref(j);
	}
	for (i = 0; i < ARRAY_SIZE(broken); i++) {
		snprintf(text, sizeof(text), "{\"buckets\": %s}", broken[i]);
		assert_null(cut_and_parse(text));
	}
}

/* What is no JSON never becomes some. */
static void test_cut_broken(void **state)
{
	static const char two[] = "{\"a\": [1   2]}";
	size_t i, room;
	char *text;
	json_t *j;

	for (i = 0; i < strlen(record) - 2; i++) {
		text = malloc(i ? i : 1); /* ASan sees what lies beyond */
		memcpy(text, record, i);
		room = skim_cut(text, i);
		assert_true(room <= i);
		j = json_loadb(text, room, 0, NULL);
		assert_null(j);
		free(text);
	}
	text = strdup(two);
	assert_null(json_loadb(text, skim_cut(text, strlen(two)), 0, NULL));
	free(text);
}

/* Of gnuplot's SVG what shows something stays, whatever the names are. */
static void test_svg(void **state)
{
	static const char svg[] =
		"<?xml version=\"1.0\"?>\n<svg viewBox=\"0 0 9 9\"\n>\n\n"
		"<title>p</title>\n<desc>Produced by</desc>\n"
		"<g id=\"gnuplot_canvas\">\n<defs>\n\t<circle id='gpPt5'/>\n"
		"</defs>\n<g fill=\"none\" stroke-linecap=\"butt\">\n</g>\n"
		"<g fill=\"none\" stroke-linejoin=\"miter\">\n\t<path "
		"d='M1,2 L3,4  '/></g>\n<g a=\"1\">\n\t\t<text>a  &lt;/g&gt; "
		"&lt;title&gt; b</text>\n</g>\n</g>\n</svg>\n<svg>";
	static const char *const none[] = {
		"", "<svg", "<svg>", "</svg><svg>", "text", "<svg </svg>",
	};
	char text[sizeof(svg)];
	size_t i;

	strcpy(text, svg);
	assert_string_equal(svg_shrink(text),
			    "<g><g fill=\"none\"><path d='M1,2 L3,4 '/></g>"
			    "<g a=\"1\"><text>a &lt;/g&gt; &lt;title&gt; b"
			    "</text></g></g>");
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		strcpy(text, none[i]);
		assert_null(svg_shrink(text));
	}
	for (i = 0; i < strlen(svg) - 10; i++) { /* ASan sees what is beyond */
		char *part = strndup(svg, i);

		svg_shrink(part);
		free(part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_buckets),
		cmocka_unit_test(test_cut_no_buckets),
		cmocka_unit_test(test_cut_broken),
		cmocka_unit_test(test_svg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
