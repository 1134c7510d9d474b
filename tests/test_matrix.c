/* SPDX-License-Identifier: MIT */
/* Scenarios and the cells they multiply into. */
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

#include "harness/matrix.h"

static char path[] = "/tmp/test_matrix.XXXXXX";

static int read_text(struct scenario *s, const char *text, char *const *sets,
		     unsigned int nr_sets, struct err *e)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	return scenario_read(s, path, sets, nr_sets, e);
}

/* Lines beyond any use, and bytes that are no text. */
static void test_not_text(void **state)
{
	static char big[20000];
	struct scenario s;
	struct err e;
	FILE *f;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	memcpy(big, "[run]\nnote = ", 13);
	assert_int_equal(read_text(&s, big, NULL, 0, &e), -EINVAL);
	assert_non_null(strstr(e.text, ":2: "));
	scenario_free(&s);
	f = fopen(path, "w");
	fwrite("[run]\nbs = 4k\0\n", 1, 16, f);
	fclose(f);
	assert_int_equal(scenario_read(&s, path, NULL, 0, &e), -EINVAL);
	scenario_free(&s);
	assert_int_equal(scenario_read(&s, "/no/such", NULL, 0, &e), -ENOENT);
	scenario_free(&s);
}

/* A command line of a target's own can be long. */
static void test_long_line(void **state)
{
	static char text[8000] = "[run]\nnote = ";
	struct scenario s;
	struct err e;

	(void)state;
	memset(text + 13, 'x', sizeof(text) - 14);
	assert_int_equal(read_text(&s, text, NULL, 0, &e), 0);
	assert_int_equal(strlen(s.note[0]), sizeof(text) - 14);
	scenario_free(&s);
}

static const struct matrix_host able = { .accelerator = "tcg" };
static const struct matrix_host unable = { .accelerator = "tcg",
					   .no_trace = "no root" };

static const struct cell *find(const struct matrix *m, const char *target,
			       const char *backing, bool traced)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (!strcmp(m->cell[i].value[KEY_TARGET], target) &&
		    !strcmp(m->cell[i].value[KEY_BACKING], backing) &&
		    m->cell[i].traced == traced)
			return &m->cell[i];
	return NULL;
}

static void test_scenario(void **state)
{
	char *sets[] = { "depth=2,4", "time = 1s" };
	struct scenario s;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&s, "; a comment\n[run]\ndepth = 1\n"
				       "bs = 4k, 64k\nnote = one, two\n"
				       "[target mine]\ntype = blk\n"
				       "command = d {socket}\n",
				   sets, 2, &e), 0);
	assert_int_equal(s.key[KEY_DEPTH].nr, 2);
	assert_string_equal(s.key[KEY_DEPTH].value[1], "4");
	assert_int_equal(s.key[KEY_BS].nr, 2);
	assert_int_equal(scenario_number(&s, KEY_TIME), 1000000000);
	assert_int_equal(scenario_number(&s, KEY_WARMUP), 100000000);
	assert_int_equal(s.nr_notes, 1);
	assert_string_equal(s.note[0], "one, two");
	assert_int_equal(s.nr_targets, 1);
	scenario_free(&s);
}

/* The message names file and line; nothing leaks. */
static void test_wrong(void **state)
{
	static const struct {
		const char *text;
		int line;
	} bad[] = {
		{ "[run]\n\ndepth = 0\n", 3 },
		{ "[run]\ndepth = 1,,2\n", 2 },
		{ "[run]\ndepth = 1, 2,\n", 2 },
		{ "[run]\ndepth = 1\nbs = 4k\ndepth = 2\n", 4 },
		{ "[run]\ndepth = 1, 01\n", 2 },
		{ "[run]\nbs = 4k, 8k, 4096\n", 2 },
		{ "[run]\nrate = 20k, 20000\n", 2 },
		{ "[run]\nbacking = ram, ram:256m\n", 2 },
		{ "[run]\nbacking = ram:1g, ram:1024m\n", 2 },
		{ "[run]\nrw = mix:7, mix:07\n", 2 },
		{ "[run]\nrw = randrw, mix:50\n", 2 },
		{ "[run]\nrw = randread, mix:100\n", 2 },
		{ "[run]\ntarget = blk+poll-max=1ms, blk+poll-max=1000us\n", 2 },
		{ "[run]\ntarget = qemu-virtio-blk+native+iothread, "
		  "qemu-virtio-blk+iothread+native\n", 2 },
		{ "[run]\ntarget = blk+poll-max\n", 2 },
		{ "[run]\ntarget = blk+poll-max=soon\n", 2 },
		{ "[run]\ntarget = blk+iothread\n", 2 },
		{ "[run]\ntarget = qsd-blk+native+threads\n", 2 },
		{ "[run]\ntarget = qsd-blk+native=1\n", 2 },
		{ "[run]\ntarget = qemu-virtio-blk+poll-max=0\n", 2 },
		{ "[run]\ntarget = qemu-virtio-net+vhost+slirp\n", 2 },
		{ "[run]\ntarget = blk+poll-max=0+poll-max=0\n", 2 },
		{ "[run]\n\nreference = blq\n", 3 },
		{ "[run]\nreference = qsd-blk\n", 2 },
		{ "[run]\nreference =\n", 2 },
		{ "[run]\ntarget = blk\n[also]\ndepth = 0\n", 4 },
		{ "[run]\n[also]\nblocks = 2\n", 3 },
		{ "[target blk]\ntype = blk\ncommand = x {socket}\n", 2 },
		{ "[run]\n[target b]\ntype = blk\ncommand = x {socket}\n", 3 },
		{ "[target a]\ntype = blk\ntype = blk\n", 3 },
		{ "[run]\ntarget = a\n[target a]\ntype = blk\n"
		  "command = x {socket} {sokcet}\n", 4 },
		{ "[run]\ntarget = a\n[target a]\ntype = blk\n"
		  "command = x {socket} 'y\n", 4 },
		{ "[run]\nno = 1\n", 2 },
		{ "[run]\ndepth = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n", 2 },
		{ "[run]\ntime = 1s, 2s\n", 2 },
		{ "[run]\nbs =\n", 2 },
		{ "[target a/b]\ntype = blk\n", 2 },
		{ "[target a]\nwhat = blk\n", 2 },
		{ "[target a]\ntype = net\n", 2 },
		{ "x\n", 1 },
	};
	char want[64];
	struct scenario s;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_text(&s, bad[i].text, NULL, 0, &e),
				 -EINVAL);
		snprintf(want, sizeof(want), "%s:%d: ", path, bad[i].line);
		assert_non_null(strstr(e.text, want));
		scenario_free(&s);
	}
}

/* A value has one form, whatever it was written as; the same for targets. */
static void test_canon(void **state)
{
	struct scenario s;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&s, "[run]\nbs = 4096, 1536, 2048kb\n"
				       "rate = 0/poisson, 20000/poisson, 1500\n"
				       "target = qemu-virtio-blk+native+iothread"
				       "+poll-max=1000us, blk+poll-max=0ns\n",
				   NULL, 0, &e), 0);
	assert_string_equal(s.key[KEY_BS].value[0], "4k");
	assert_string_equal(s.key[KEY_BS].value[1], "1536");
	assert_string_equal(s.key[KEY_BS].value[2], "2m");
	assert_string_equal(s.key[KEY_RATE].value[0], "0");
	assert_string_equal(s.key[KEY_RATE].value[1], "20k/poisson");
	assert_string_equal(s.key[KEY_RATE].value[2], "1500");
	assert_string_equal(s.key[KEY_TARGET].value[0],
			    "qemu-virtio-blk+iothread+native+poll-max=1ms");
	assert_string_equal(s.key[KEY_TARGET].value[1], "blk+poll-max=0");
	scenario_free(&s);
}

/* Comments behind a value, by either sign; neither within a word. */
static void test_comments(void **state)
{
	struct scenario s;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&s, "# one\n; two\n[run] # three\n"
				       "depth = 1, 2 # four\nbs = 4k ; five\n"
				       "note = a#b;c\t# six\n",
				   NULL, 0, &e), 0);
	assert_int_equal(s.key[KEY_DEPTH].nr, 2);
	assert_string_equal(s.key[KEY_DEPTH].value[1], "2");
	assert_string_equal(s.key[KEY_BS].value[0], "4k");
	assert_string_equal(s.note[0], "a#b;c");
	scenario_free(&s);
}

static int build(struct matrix *m, struct scenario *s, const char *text,
		 char *set, struct err *e)
{
	assert_int_equal(read_text(s, text, &set, set != NULL, e), 0);
	return matrix_build(m, s, &able, e);
}

/* [also] adds cells of its own lists; --set holds for both. */
static void test_also(void **state)
{
	static const char text[] = "[run]\ntarget = blk, null\n"
		"completion = poll\ndepth = 1, 8\ntraced = no\n"
		"[also]\ntarget = blk\nbacking = ram\ndepth = 4\n"
		"traced = yes\n[also]\ntarget = blk\nrate = 5k\n";
	struct scenario s;
	struct matrix m;
	struct err e;
	unsigned int i, k;

	(void)state;
	assert_int_equal(build(&m, &s, text, NULL, &e), 0);
	assert_int_equal(m.nr, 4 + 2 + 2);
	assert_int_equal(m.nr_planned, 4 + 2 + 2);
	assert_true(find(&m, "blk", "ram", true)->twin_of ==
		    find(&m, "blk", "ram", false));
	assert_string_equal(find(&m, "blk", "ram", false)->value[KEY_DEPTH],
			    "4");
	for (i = 0; i < m.nr; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(m.cell[i].file, m.cell[k].file);
	matrix_free(&m);
	scenario_free(&s);
	/* What was three cells of blk is one by --set. */
	assert_int_equal(build(&m, &s, text, "depth=4", &e), 0);
	assert_int_equal(m.nr, 2 + 2 + 1);
	matrix_free(&m);
	scenario_free(&s);
	assert_int_equal(build(&m, &s, "[run]\ndepth = 1, 2\n[also]\n"
			       "depth = 2\n", NULL, &e), -EINVAL);
	assert_non_null(strstr(e.text, "line 3"));
	matrix_free(&m);
	scenario_free(&s);
}

/* A key that says nothing of any cell is refused, unless --set made it idle. */
static void test_idle_keys(void **state)
{
	static const struct {
		const char *text;
		char *set;
		int ret;
	} known[] = {
		{ "[run]\ntraffic = ping\n", NULL, -EINVAL },
		{ "[run]\nvcpus = 2\n", NULL, -EINVAL },
		{ "[run]\nfile-size = 1m\n", NULL, -EINVAL },
		{ "[run]\n[also]\ndepth = 2\nengine = io_uring\n", NULL,
		  -EINVAL },
		{ "[run]\n", "vcpus=2", -EINVAL },
		{ "[run]\nbacking = file\nfile-size = 1m\n", NULL, 0 },
		{ "[run]\nbacking = file\nfile-size = 1m\n", "backing=null",
		  0 },
		{ "[run]\ntarget = qemu-virtio-rng\ndriver = qemu\n"
		  "vcpus = 2\n", NULL, 0 },
		{ "[run]\ntarget = qemu-virtio-rng\ndriver = qemu\n"
		  "depth = 2\n", NULL, -EINVAL },
	};
	struct scenario s;
	struct matrix m;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(build(&m, &s, known[i].text, known[i].set,
				       &e), known[i].ret);
		matrix_free(&m);
		scenario_free(&s);
	}
}

/* What no load can do is excluded, with the reason, before it is begun. */
static void test_cannot(void **state)
{
	static const struct {
		const char *text, *why;
	} known[] = {
		{ "[run]\nbacking = ram:4k\nbs = 8k\n", "too few" },
		{ "[run]\nbacking = file\nfile-size = 4k\nbs = 8k\n",
		  "too few" },
		{ "[run]\nindirect = off\ndepth = 100\n", "without indirect" },
		{ "[run]\nverify = on\n", "nothing to verify" },
		{ "[run]\ntarget = qsd-blk+native\n", "+native says nothing" },
		{ "[run]\ndriver = qemu\ntarget = qemu-virtio-net\n"
		  "ring-size = 128\n", "256 to 1024" },
		{ "[run]\ndriver = qemu\npacked = on\n", "split rings only" },
		{ "[run]\ndriver = qemu\ntarget = qsd-blk\npacked = on\n",
		  "split rings only" },
	};
	struct scenario s;
	struct matrix m;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(build(&m, &s, known[i].text, NULL, &e), 0);
		assert_int_equal(m.cell[0].status, CELL_EXCLUDED);
		assert_non_null(strstr(m.cell[0].reason, known[i].why));
		matrix_free(&m);
		scenario_free(&s);
	}
}

static void test_cells(void **state)
{
	const char *text = "[run]\ntarget = blk, null, mine\n"
			   "backing = null, ram:1m\ndepth = 1, 512\n"
			   "completion = poll, interrupt\n"
			   "[target mine]\ntype = blk\ncommand = x {socket}\n";
	const struct cell *c, *twin;
	struct scenario s;
	struct matrix m;
	struct err e;
	unsigned int i, k;

	(void)state;
	assert_int_equal(read_text(&s, text, NULL, 0, &e), 0);
	assert_int_equal(matrix_build(&m, &s, &able, &e), 0);
	/* 3 x 2 x 2 x 2, and twins: depth 1 or interrupt, not of null */
	assert_int_equal(m.nr, 24 + 2 * 2 * 3);
	c = find(&m, "blk", "null", false);
	assert_string_equal(c->id,
			    "accelerator=none backing=null bs=4k "
			    "completion=poll depth=1 driver=user event-idx=on "
			    "idle=sleep indirect=on queues=1 rate=0 "
			    "ring-size=256 rw=randread target=blk traced=no "
			    "verify=off");
	twin = find(&m, "blk", "null", true);
	assert_ptr_equal(twin->twin_of, c);
	assert_int_equal(find(&m, "null", "ram:1m", false)->status,
			 CELL_EXCLUDED);
	assert_ptr_equal(find(&m, "mine", "null", false)->target,
			 target_custom("blk"));
	for (i = 0; i < m.nr; i++) {
		if (!strcmp(m.cell[i].value[KEY_DEPTH], "512"))
			assert_int_equal(m.cell[i].status, CELL_EXCLUDED);
		if (m.cell[i].status != CELL_PLANNED)
			assert_true(m.cell[i].reason[0]);
		for (k = 0; k < i; k++) {
			assert_string_not_equal(m.cell[i].id, m.cell[k].id);
			assert_string_not_equal(m.cell[i].file,
						m.cell[k].file);
		}
	}
	matrix_free(&m);
	assert_int_equal(matrix_build(&m, &s, &unable, &e), 0);
	twin = find(&m, "blk", "null", true);
	assert_int_equal(twin->status, CELL_SKIPPED);
	assert_non_null(strstr(twin->reason, "no root"));
	matrix_free(&m);
	scenario_free(&s);
}

static void test_too_many(void **state)
{
	char text[2048] = "[run]\n";
	struct scenario s;
	struct matrix m;
	struct err e;
	int i, k;
	static const char *const keys[] = { "depth", "queues", "rate", "bs" };

	(void)state;
	for (k = 0; k < 4; k++) {
		sprintf(text + strlen(text), "%s = ", keys[k]);
		for (i = 1; i <= 16; i++)
			sprintf(text + strlen(text), "%s%d", i > 1 ? "," : "",
				k == 3 ? i * 512 : i);
		strcat(text, "\n");
	}
	assert_int_equal(read_text(&s, text, NULL, 0, &e), 0);
	assert_int_equal(matrix_build(&m, &s, &able, &e), -E2BIG);
	matrix_free(&m);
	scenario_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenario),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_canon),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_also),
		cmocka_unit_test(test_idle_keys),
		cmocka_unit_test(test_cannot),
		cmocka_unit_test(test_not_text),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_too_many),
	};
	int ret, fd = mkstemp(path);

	ret = fd < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
	close(fd);
	unlink(path);
	return ret;
}
