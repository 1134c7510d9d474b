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
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/process.h"
#include "lib/util.h"
#include "lib/record.h"

#define MS 1000000ull

static char log_path[] = "/tmp/test_process.XXXXXX";

static void start(struct process *p, const char *script, bool sync)
{
	struct err e;

	*p = (struct process){ .sync_fd = -1, .pidfd = -1 };
	process_arg(p, "sh");
	process_arg(p, "-c");
	process_arg(p, "%s", script);
	assert_int_equal(process_start(p, NULL, log_path, sync, &e), 0);
}

static void check(struct process *p, int exit, int signal, const char *by)
{
	json_t *j = process_json(p);

	assert_int_equal(record_num(j, "exit", -9), exit);
	assert_int_equal(record_num(j, "signal", -9), signal);
	assert_string_equal(record_str(j, "ended_by", ""), by);
	json_decref(j);
	process_close(p);
}

static void test_ends_itself(void **state)
{
	struct process p;

	(void)state;
	start(&p, "exit 3", false);
	assert_int_equal(process_wait(&p, 5000 * MS), 0);
	process_end(&p);
	assert_string_equal(process_how(&p), "exit status 3");
	check(&p, 3, 0, "itself");
	process_close(&p); /* twice does no harm */
}

/* A signal is named, with what raises it; one of ours is told apart. */
static void test_signals(void **state)
{
	static const struct {
		const char *script, *how;
	} c[] = {
		{ "kill -XFSZ $$", "killed by SIGXFSZ (file size limit "
				   "exceeded: ulimit -f)" },
		{ "ulimit -f 1; exec head -c 1m /dev/zero > /tmp/vioperf-xfsz",
		  "killed by SIGXFSZ (file size limit exceeded: ulimit -f)" },
		{ "kill -KILL $$", "killed by SIGKILL (out of memory, or "
				   "somebody's kill -9: see dmesg)" },
		{ "kill -SYS $$", "killed by SIGSYS (a system call that a "
				  "seccomp filter forbids)" },
		{ "kill -USR1 $$", "killed by SIGUSR1 (User defined signal 1)" },
	};
	struct process p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		start(&p, c[i].script, false);
		assert_int_equal(process_wait(&p, 5000 * MS), 0);
		assert_true(process_crashed(&p));
		assert_string_equal(process_how(&p), c[i].how);
		process_close(&p);
	}
	unlink("/tmp/vioperf-xfsz");
	start(&p, "exec sleep 60", false);
	process_end(&p);
	assert_false(process_crashed(&p));
	assert_string_equal(process_how(&p), "ended by us with SIGTERM");
	process_close(&p);
}

static void test_escalation(void **state)
{
	struct process p;

	(void)state;
	start(&p, "exec sleep 60", false);
	assert_int_equal(process_wait(&p, 20 * MS), -ETIMEDOUT);
	process_end(&p);
	check(&p, -1, SIGTERM, "SIGTERM");
	start(&p, "trap '' TERM; echo ready >&3; while :; do sleep 60; done",
	      true);
	assert_int_equal(process_wait_ready(&p, 5000 * MS), 0);
	process_end(&p);
	check(&p, -1, SIGKILL, "SIGKILL");
}

static void test_ready(void **state)
{
	struct process p;

	(void)state;
	start(&p, "sleep 0.05; echo ready >&3; read word a b <&3; "
		  "[ \"$word $a $b\" = 'go 1 2' ]", true);
	assert_int_equal(process_wait_ready(&p, 5000 * MS), 0);
	process_tell(&p, "go 1 2\n");
	assert_int_equal(process_wait(&p, 5000 * MS), 0);
	check(&p, 0, 0, "itself");
	start(&p, "exit 1", true);
	assert_int_equal(process_wait_ready(&p, 5000 * MS), -EPIPE);
	process_close(&p);
	start(&p, "exec sleep 60", true);
	assert_int_equal(process_wait_ready(&p, 30 * MS), -ETIMEDOUT);
	process_close(&p);
}

/* Only 0, 1, 2 and, with a sync socket, 3 are open in the child. */
static void test_inherits_nothing(void **state)
{
	int extra = open("/dev/null", O_RDONLY); /* no O_CLOEXEC */
	struct process p;
	int n;

	(void)state;
	for (n = 3; n <= 4; n++) {
		char script[64];

		/* the shell's own glob opens one more */
		snprintf(script, sizeof(script),
			 "set -- /proc/self/fd/*; exit $#");
		start(&p, script, n == 4);
		assert_int_equal(process_wait(&p, 5000 * MS), 0);
		check(&p, n + 1, 0, "itself");
	}
	close(extra);
}

/* A child ends with its parent, even by SIGKILL. */
static void test_dies_with_parent(void **state)
{
	int pipe_fd[2], status;
	struct process p;
	pid_t parent, child;
	char path[64], state_char = 0;
	FILE *f;
	int i;

	(void)state;
	assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
	parent = fork();
	if (!parent) {
		start(&p, "exec sleep 60", false);
		if (write(pipe_fd[1], &p.pid, sizeof(p.pid)) < 0)
			_exit(1);
		pause();
	}
	assert_int_equal(read(pipe_fd[0], &child, sizeof(child)),
			 sizeof(child));
	usleep(50000);
	kill(parent, SIGKILL);
	waitpid(parent, &status, 0);
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	for (i = 0; i < 100; i++) {
		f = fopen(path, "r");
		if (!f || fscanf(f, "%*d %*s %c", &state_char) != 1)
			state_char = 'X';
		if (f)
			fclose(f);
		if (strchr("XZ", state_char))
			break;
		usleep(20000);
	}
	assert_true(strchr("XZ", state_char) != NULL);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

static void test_cannot_execute(void **state)
{
	struct process p = { .sync_fd = -1, .pidfd = -1 };
	struct err e;

	(void)state;
	process_arg(&p, "/no/such/program");
	assert_int_equal(process_start(&p, NULL, log_path, false, &e), 0);
	assert_int_equal(process_wait(&p, 5000 * MS), 0);
	check(&p, 127, 0, "itself");
	process_arg(&p, "true");
	assert_true(process_start(&p, NULL, "/no/such/log", false, &e) < 0);
	process_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_itself),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_escalation),
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_inherits_nothing),
		cmocka_unit_test(test_dies_with_parent),
		cmocka_unit_test(test_cannot_execute),
	};
	int ret, fd = mkstemp(log_path);

	ret = fd < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
	close(fd);
	unlink(log_path);
	return ret;
}
