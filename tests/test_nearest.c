/* SPDX-License-Identifier: MIT */
/* Did you mean: known distances, what is offered and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/nearest.h"
#include "lib/util.h"

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned int d;
	} known[] = {
		{ "", "", 0 },		  { "abc", "", 3 },
		{ "", "abc", 3 },	  { "kitten", "sitting", 3 },
		{ "depth", "depth", 0 },  { "dept", "depth", 1 },
		{ "detph", "depth", 1 },  { "ddepth", "depth", 1 },
		{ "dipth", "depth", 1 },  { "a cat", "an act", 2 },
		{ "ca", "abc", 3 }, /* each letter is touched once */
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		assert_int_equal(nearest_distance(known[i].a, known[i].b),
				 known[i].d);
		assert_int_equal(nearest_distance(known[i].b, known[i].a),
				 known[i].d);
	}
}

static const char *meant(const char *text)
{
	static struct nearest n;
	static const char *const words[] = { "run", "report", "compare",
					     "rate", "rw", "qemu-virtio-blk",
					     "qemu-virtio-net" };
	size_t i;

	n = (struct nearest){ .text = text };
	for (i = 0; i < ARRAY_SIZE(words); i++)
		nearest_try(&n, words[i]);
	return nearest_hint(&n);
}

static void test_hint(void **state)
{
	char longest[200];

	(void)state;
	assert_string_equal(meant("reprot"), "; did you mean 'report'?");
	assert_string_equal(meant("urn"), "; did you mean 'run'?");
	assert_string_equal(meant("qemu-virtoi-blk"),
			    "; did you mean 'qemu-virtio-blk'?");
	assert_string_equal(meant("qemu-virtio-bet"),
			    "; did you mean 'qemu-virtio-net'?");
	assert_string_equal(meant(""), "");
	assert_string_equal(meant("xyzzy"), "");
	memset(longest, 'r', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_string_equal(meant(longest), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
