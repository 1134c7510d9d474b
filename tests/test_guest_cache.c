/* SPDX-License-Identifier: MIT */
/* The folder of guests' kernels is one that nobody else can put there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/linux/guest_cache.h"

static char dir[] = "/tmp/test_guest_cache.XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int ask(char *path, struct err *e)
{
	memset(e, 0, sizeof(*e));
	return guest_cache_dir(path, PATH_MAX, e);
}

static void refused(const char *name, int ret, const char *why)
{
	char path[PATH_MAX];
	struct err e;

	if (name)
		setenv("VIOPERF_CACHE", in_dir(name), 1);
	assert_int_equal(ask(path, &e), ret);
	assert_non_null(strstr(e.text, why));
	assert_non_null(strstr(e.text, "VIOPERF_CACHE"));
}

/* Each test as a user, not as root, with nothing set. */
static int begin(void **state)
{
	(void)state;
	unsetenv("VIOPERF_CACHE");
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	return 0;
}

static void test_no_home(void **state)
{
	(void)state;
	refused(NULL, -ENOENT, "HOME");
	setenv("HOME", "", 1);
	refused(NULL, -ENOENT, "HOME");
}

static void test_places(void **state)
{
	char path[PATH_MAX];
	struct stat st;
	struct err e;

	(void)state;
	setenv("HOME", in_dir("home"), 1);
	setenv("XDG_CACHE_HOME", "relative", 1);
	assert_int_equal(ask(path, &e), 0);
	assert_string_equal(path, in_dir("home/.cache/vioperf"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	setenv("XDG_CACHE_HOME", in_dir("xdg"), 1);
	assert_int_equal(ask(path, &e), 0);
	assert_string_equal(path, in_dir("xdg/vioperf"));
	setenv("VIOPERF_CACHE", in_dir("own/cache"), 1);
	assert_int_equal(ask(path, &e), 0);
	assert_string_equal(path, in_dir("own/cache"));
}

static void test_others(void **state)
{
	char path[PATH_MAX];
	struct err e;

	(void)state;
	assert_int_equal(mkdir(in_dir("open"), 0700), 0);
	assert_int_equal(chmod(in_dir("open"), 0777), 0);
	refused("open", -EPERM, "only you can write to");
	refused("open/cache", -EPERM, "others can write to");
	refused("open/deep/er", -EPERM, "others can write to");
	assert_int_equal(chmod(in_dir("open"), 01777), 0);
	assert_int_equal(ask(path, &e), 0);
	assert_int_equal(symlink("cache", in_dir("open/link")), 0);
	refused("open/link", -EPERM, "only you can write to");
	/* by way of a link, to where others can write */
	assert_int_equal(symlink("open", in_dir("way")), 0);
	assert_int_equal(chmod(in_dir("open"), 0777), 0);
	refused("way/cache", -EPERM, "others can write to");
}

static int end(void **state)
{
	char command[PATH_MAX];

	(void)state;
	if (!getuid() && (seteuid(0) || prctl(PR_SET_DUMPABLE, 1)))
		return -1; /* LeakSanitizer looks at this process next */
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_home, begin),
		cmocka_unit_test_setup(test_places, begin),
		cmocka_unit_test_setup(test_others, begin),
	};

	if (!geteuid() && (setegid(65534) || seteuid(65534)))
		return 1;
	if (!mkdtemp(dir))
		return 1;
	return cmocka_run_group_tests(tests, NULL, end);
}
