/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/commas.h"
#include "lib/output.h"

static char dir[] = "/tmp/test_output.XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return chdir("/") || rmdir(dir); /* fails when something is left */
}

static int put(const char *path, const char *text, struct err *e)
{
	struct output o;
	int ret = output_open(&o, path, e);

	if (ret < 0)
		return ret;
	fputs(text, o.file);
	return output_close(&o, 0, e);
}

static void holds(const char *path, const char *want)
{
	char text[64] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_int_equal(fread(text, 1, sizeof(text), f), strlen(want));
	assert_string_equal(text, want);
	fclose(f);
}

/* A new one gets the mode that any new file does, an old one keeps its own. */
static void test_mode(void **state)
{
	mode_t mask = umask(027);
	struct stat st;
	struct err e;

	(void)state;
	assert_int_equal(put("f", "one", &e), 0);
	umask(mask);
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(chmod("f", 0604), 0);
	if (!geteuid())
		assert_int_equal(chown("f", 1, 2), 0);
	assert_int_equal(put("f", "two", &e), 0);
	holds("f", "two");
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	if (!geteuid())
		assert_true(st.st_uid == 1 && st.st_gid == 2);
	unlink("f");
}

/* A writer that gives up, or is killed, leaves the old file. */
static void test_given_up(void **state)
{
	struct output o;
	struct err e;

	(void)state;
	assert_int_equal(put("f", "old", &e), 0);
	assert_int_equal(output_open(&o, "f", &e), 0);
	fputs("half", o.file);
	fflush(o.file);
	holds("f", "old");
	assert_int_equal(output_close(&o, -EIO, &e), -EIO);
	holds("f", "old");
	unlink("f");
}

static void test_links(void **state)
{
	struct stat st;
	struct err e;

	(void)state;
	mkdir("d", 0755);
	assert_int_equal(symlink("d/two", "one"), 0);
	assert_int_equal(symlink("three", "d/two"), 0); /* nowhere yet */
	assert_int_equal(put("one", "x", &e), 0);
	holds("d/three", "x");
	assert_int_equal(put("./one", "y", &e), 0);
	holds("d/three", "y");
	assert_int_equal(lstat("one", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat("d/two", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink("d/three");
	unlink("d/two");
	rmdir("d");
	unlink("one");
	assert_int_equal(symlink("self", "self"), 0);
	assert_int_equal(put("self", "x", &e), -ELOOP);
	unlink("self");
}

/* One of our descriptors: from where it stands, whatever it is. */
static void test_descriptor(void **state)
{
	int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char path[64];
	struct err e;

	(void)state;
	assert_int_equal(write(fd, "before ", 7), 7);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	assert_true(output_is_stream(path));
	assert_false(output_is_stream("f"));
	assert_false(output_is_stream("nothing"));
	assert_int_equal(put(path, "x", &e), 0);
	assert_int_equal(symlink(path, "l"), 0);
	assert_int_equal(put("l", " y", &e), 0);
	assert_int_equal(write(fd, " after", 6), 6);
	close(fd);
	holds("f", "before x y after");
	unlink("f");
	unlink("l");
}

static void test_refused(void **state)
{
	char longest[NAME_MAX + 1];
	struct err e;

	(void)state;
	mkdir("d", 0755);
	assert_int_equal(put("d", "x", &e), -EISDIR);
	assert_int_equal(put("no/f", "x", &e), -ENOENT);
	assert_non_null(strstr(e.text, "no/f"));
	assert_int_equal(put("", "x", &e), -ENOENT);
	rmdir("d");
	if (access("/dev/full", W_OK))
		puts("skipped part: there is no /dev/full");
	else
		assert_int_equal(put("/dev/full", "x", &e), -ENOSPC);
	memset(longest, 'n', NAME_MAX);
	longest[NAME_MAX] = 0;
	assert_int_equal(put(longest, "x", &e), 0);
	holds(longest, "x");
	unlink(longest);
}

static void test_commas(void **state)
{
	static const char *const parts[] = { "a,, b", ",", "", "c\\\"'" };
	char list[128] = "", *at = list, *one;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		one = commas_double(parts[i]);
		if (i)
			strcat(list, ",");
		strcat(list, one);
		free(one);
	}
	/* where a comma of a text meets one between texts, the latter is the
	 * odd one out, and it comes last: QEMU reads it so too */
	assert_string_equal(list, "a,,,, b,,,,,c\\\"'");
	at = list;
	assert_string_equal(commas_cut(&at), "a,, b,,");
	assert_string_equal(commas_cut(&at), "c\\\"'");
	assert_null(at);
	strcpy(list, "a,,b,direct");
	at = list;
	assert_string_equal(commas_cut(&at), "a,b");
	assert_string_equal(commas_cut(&at), "direct");
	assert_null(at);
	strcpy(list, "x,");
	at = list;
	assert_string_equal(commas_cut(&at), "x");
	assert_string_equal(commas_cut(&at), "");
	assert_null(at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mode),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_commas),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
