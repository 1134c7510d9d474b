/* SPDX-License-Identifier: MIT */
/* lib/sync.c against the other end of a socket pair, and lib/cpus.c. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/cpus.h"
#include "lib/sync.h"

static void open_pair(struct sync *s, int *harness)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	*s = (struct sync){ .fd = fd[0] };
	*harness = fd[1];
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
}

static void test_words_in_order(void **state)
{
	struct sync_window w;
	struct sync s;
	struct err e;
	char got[16];
	int fd;

	open_pair(&s, &fd);
	assert_int_equal(sync_ready(&s, &e), 0);
	assert_int_equal(read(fd, got, sizeof(got)), 6);
	assert_memory_equal(got, "ready\n", 6);

	say(fd, "go 123 4");
	assert_int_equal(sync_read(&s, &w, &e), SYNC_NONE);
	say(fd, "56\nstop\n");
	assert_int_equal(sync_wait_go(&s, &w, &e), 0);
	assert_int_equal(w.start_ns, 123);
	assert_int_equal(w.end_ns, 456);
	assert_int_equal(sync_read(&s, &w, &e), SYNC_STOP);
	close(fd);
	assert_int_equal(sync_read(&s, &w, &e), SYNC_EOF);
	close(s.fd);
}

static void test_bad_words(void **state)
{
	static const char *const bad[] = { "go\n", "go 5\n", "go 5 5\n",
					   "go 1 2 3\n", "start\n", "\n" };
	struct sync_window w;
	struct sync s;
	struct err e;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		open_pair(&s, &fd);
		say(fd, bad[i]);
		assert_int_equal(sync_wait_go(&s, &w, &e), -EPROTO);
		close(fd);
		close(s.fd);
	}
}

static void test_line_too_long(void **state)
{
	struct sync_window w;
	struct sync s;
	struct err e;
	char line[200];
	int fd;

	memset(line, 'x', sizeof(line));
	open_pair(&s, &fd);
	assert_int_equal(write(fd, line, sizeof(line)), sizeof(line));
	assert_int_equal(sync_wait_go(&s, &w, &e), -EPROTO);
	close(fd);
	close(s.fd);
}

static void test_harness_gone(void **state)
{
	struct sync_window w;
	struct sync s;
	struct err e;
	int fd;

	open_pair(&s, &fd);
	close(fd);
	assert_int_equal(sync_wait_go(&s, &w, &e), -EPIPE);
	assert_int_equal(sync_ready(&s, &e), -EPIPE);
	close(s.fd);
}

static void test_cpu_lists(void **state)
{
	static const char *const bad[] = { "",	 "a",  "1,", ",1",
					   "3-1", "1-", "-1", "99999" };
	cpu_set_t set;
	struct err e;
	size_t i;

	assert_int_equal(cpus_parse("0-2,5", &set, &e), 0);
	assert_int_equal(CPU_COUNT(&set), 4);
	assert_true(CPU_ISSET(5, &set));
	assert_false(CPU_ISSET(4, &set));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(cpus_parse(bad[i], &set, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_in_order),
		cmocka_unit_test(test_bad_words),
		cmocka_unit_test(test_line_too_long),
		cmocka_unit_test(test_harness_gone),
		cmocka_unit_test(test_cpu_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
