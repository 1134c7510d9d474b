/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/stamps.h"

static char dir[] = "/tmp/test_stamps.XXXXXX";
static char a_path[64], b_path[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(a_path, sizeof(a_path), "%s/a", dir);
	snprintf(b_path, sizeof(b_path), "%s/b", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(a_path);
	unlink(b_path);
	return rmdir(dir);
}

/* Request @seq begins at @t: 10 to publish, 100 to the device, 20, 300 and 4
 * in it, 50 back. */
static void stamp(struct stamps_file *a, struct stamps_file *b, uint64_t seq,
		  uint64_t t)
{
	struct stamps_sample *s;

	if (a) {
		s = stamps_slot(a, 0, seq);
		*s = (struct stamps_sample){
			.seq = seq, .head = 3, .t = { t, t + 10, t + 484 }
		};
	}
	if (b) {
		s = stamps_slot(b, 0, seq);
		*s = (struct stamps_sample){ .seq = seq,
					     .head = 3,
					     .t = { t + 110, t + 130, t + 430,
						    t + 434 } };
	}
}

static void test_join(void **state)
{
	static struct stamps_joined j;
	struct stamps_file *a, *b;
	const struct stamps_file *ra, *rb;
	struct err e;
	uint64_t i;

	(void)state;
	assert_int_equal(stamps_create(a_path, 1, 4, &a, &e), 0);
	assert_int_equal(stamps_create(b_path, 2, 4, &b, &e), 0);
	assert_true(stamps_wanted(a, 8) && !stamps_wanted(a, 9));
	for (i = 0; i < 4000; i += 4)
		stamp(a, b, i, 1000 * (i + 1));
	stamp(a, NULL, 4000, 5000000); /* not seen by the device */
	a->from = 1000 * 401;	       /* the first 100 are warm-up */
	stamps_close(a);
	stamps_close(b);
	assert_int_equal(stamps_open(a_path, &ra, &e), 0);
	assert_int_equal(stamps_open(b_path, &rb, &e), 0);
	assert_int_equal(stamps_join(ra, rb, 2.0, &j), 0);
	assert_int_equal(j.joined, 900);
	assert_int_equal(j.unmatched, 1);
	assert_int_equal(j.overwritten, 0);
	assert_int_equal(j.inversions, 0);
	assert_true(hist_mean(&j.publish) == 20);
	assert_true(hist_mean(&j.to_device) == 200);
	assert_true(hist_mean(&j.submit) == 40);
	assert_true(hist_mean(&j.io) == 600);
	assert_true(hist_mean(&j.push) == 8);
	assert_true(hist_mean(&j.to_driver) == 100);
	assert_true(hist_mean(&j.latency) == 968);
	assert_int_equal(stamps_join(ra, NULL, 2.0, &j), 0);
	assert_int_equal(j.joined, 0);
	assert_int_equal(j.latency.count, 901);
	stamps_close(ra);
	stamps_close(rb);
}

static void test_overwritten_and_inverted(void **state)
{
	static struct stamps_joined j;
	struct stamps_file *a, *b;
	struct err e;
	uint64_t i;

	(void)state;
	assert_int_equal(stamps_create(a_path, 1, 1, &a, &e), 0);
	assert_int_equal(stamps_create(b_path, 1, 1, &b, &e), 0);
	for (i = 0; i < STAMPS_SLOTS + 10; i++)
		stamp(a, b, i, 1000 * (i + 1));
	a->queue[0].slot[20].t[STAMPS_REAPED] -= 100; /* before the push */
	assert_int_equal(stamps_join(a, b, 1.0, &j), 0);
	assert_int_equal(j.joined, STAMPS_SLOTS);
	assert_int_equal(j.overwritten, 20);
	assert_int_equal(j.inversions, 1);
	assert_true(j.to_driver.min_ns == 0);
	stamps_close(a);
	stamps_close(b);
}

/* Each side keeps what it likes: those that both kept are joined. */
static void join_every(uint32_t a_every, uint32_t b_every, uint64_t joined)
{
	static struct stamps_joined j;
	struct stamps_file *a, *b;
	struct err e;
	uint64_t i;

	assert_int_equal(stamps_create(a_path, 1, a_every, &a, &e), 0);
	assert_int_equal(stamps_create(b_path, 1, b_every, &b, &e), 0);
	for (i = 0; i < 4096; i++)
		stamp(stamps_wanted(a, i) ? a : NULL,
		      stamps_wanted(b, i) ? b : NULL, i, 1000 * (i + 1));
	assert_int_equal(stamps_join(a, b, 1.0, &j), 0);
	assert_int_equal(j.joined, joined);
	assert_int_equal(j.unmatched, 0);
	assert_true(hist_mean(&j.to_device) == 100);
	assert_null(stamps_partner(b, 1, &a->queue[0].slot[0]));
	stamps_close(a);
	stamps_close(b);
}

static void test_kept_differently(void **state)
{
	(void)state;
	join_every(16, 1, 256);
	join_every(1, 16, 256);
	join_every(4, 64, 64);
}

static void test_refused(void **state)
{
	const struct stamps_file *r;
	struct stamps_file *a;
	struct err e;

	(void)state;
	assert_int_equal(stamps_create(a_path, 0, 1, &a, &e), -EINVAL);
	assert_int_equal(stamps_create(a_path, 1, 3, &a, &e), -EINVAL);
	assert_int_equal(stamps_create(a_path, 65, 1, &a, &e), -EINVAL);
	assert_true(stamps_create("/proc/no/such", 1, 1, &a, &e) < 0);
	assert_int_equal(stamps_create(a_path, 1, 1, &a, &e), 0);
	a->nr_queues = 2; /* more than the file holds */
	assert_int_equal(stamps_open(a_path, &r, &e), -EINVAL);
	a->nr_queues = 1;
	a->every = 0;
	assert_int_equal(stamps_open(a_path, &r, &e), -EINVAL);
	a->every = 1;
	a->magic++;
	assert_int_equal(stamps_open(a_path, &r, &e), -EINVAL);
	stamps_close(a);
	assert_int_equal(truncate(a_path, 10), 0);
	assert_int_equal(stamps_open(a_path, &r, &e), -EINVAL);
	assert_true(stamps_open("/no/such", &r, &e) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_overwritten_and_inverted),
		cmocka_unit_test(test_kept_differently),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
