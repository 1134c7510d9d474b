/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "commas.h"
#include "cpus.h"

#define TERM_NS 200000000ull

/* What could not be added is found out when it is to start. */
void process_argv(struct process *p, const char *before, const char *fmt,
		  va_list ap)
{
	char *text, *whole;

	if (p->nr_args == PROCESS_MAX_ARGS) {
		p->bad = -E2BIG;
		return;
	}
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	if (text && asprintf(&whole, "%s%s", before, text) >= 0)
		p->arg[p->nr_args++] = whole;
	else
		p->bad = -ENOMEM;
	free(text);
	p->arg[p->nr_args] = NULL;
}

void process_arg(struct process *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	process_argv(p, "", fmt, ap);
	va_end(ap);
}

void process_arg_listed(struct process *p, const char *before,
			const char *path, const char *after)
{
	char *doubled = commas_double(path);

	if (doubled)
		process_arg(p, "%s%s%s", before, doubled, after);
	else
		p->bad = -ENOMEM;
	free(doubled);
}

void process_program(struct process *p, const char *path)
{
	p->program = path;
}

int process_pass(struct process *p, int fd)
{
	p->passed[p->nr_passed] = fd;
	return PROCESS_FIRST_FD + (int)p->nr_passed++;
}

int process_pass_socket(struct process *p, int *fd)
{
	int pair[2];

	if (p->nr_passed == PROCESS_MAX_PASSED)
		return -EMFILE;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	*fd = pair[0];
	return process_pass(p, pair[1]);
}

/* Out of the way first: a passed file may sit where another one is to go. */
static int place_passed(const struct process *p)
{
	int high[PROCESS_MAX_PASSED];
	unsigned int i;

	for (i = 0; i < p->nr_passed; i++)
		high[i] = fcntl(p->passed[i], F_DUPFD,
				PROCESS_FIRST_FD + PROCESS_MAX_PASSED);
	for (i = 0; i < p->nr_passed; i++)
		if (dup2(high[i], PROCESS_FIRST_FD + (int)i) < 0)
			return -errno;
	syscall(SYS_close_range, PROCESS_FIRST_FD + p->nr_passed, ~0u, 0);
	return 0;
}

/* stdin is nothing, what is printed goes to the log. */
static int place_stdio(int log_fd)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0 || dup2(null, 0) < 0)
		return -errno;
	return 0;
}

/* In the child, after fork: only what is safe there. */
static void child(struct process *p, const char *cpus, int log_fd,
		  pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* the parent was faster */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	setpgid(0, 0); /* Ctrl-C is ours to pass on */
	if (!place_stdio(log_fd) && !place_passed(p) &&
	    (!cpus || !cpus_pin(cpus, NULL)))
		execvp(p->program ? p->program : p->arg[0], p->arg);
	dprintf(2, "%s: cannot execute: %s\n", p->arg[0], strerror(errno));
	_exit(127);
}

static void close_passed(struct process *p)
{
	while (p->nr_passed)
		close(p->passed[--p->nr_passed]);
}

static int prepare_start(struct process *p, const char *log, bool sync)
{
	int fd, n;

	p->sync_fd = p->pidfd = -1;
	p->len = 0;
	p->ended = false;
	p->ended_by = "itself";
	if (sync) {
		n = process_pass_socket(p, &p->sync_fd);
		if (n < 0)
			return n;
		process_arg(p, "--sync-fd");
		process_arg(p, "%d", n);
	}
	if (p->bad)
		return p->bad;
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

int process_start(struct process *p, const char *cpus, const char *log,
		  bool sync, struct err *e)
{
	pid_t parent = getpid();
	int log_fd = prepare_start(p, log, sync), ret = log_fd;

	if (log_fd < 0)
		goto fail;
	p->pid = fork();
	if (!p->pid)
		child(p, cpus, log_fd, parent);
	ret = p->pid < 0 ? -errno : 0;
	close(log_fd);
	if (ret < 0)
		goto fail;
	close_passed(p);
	setpgid(p->pid, p->pid);
	p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	return 0;
fail:
	p->pid = 0;
	close_passed(p);
	if (p->sync_fd >= 0)
		close(p->sync_fd);
	p->sync_fd = -1;
	return err_set(e, ret, "%s: cannot start (log %s): %s", p->arg[0], log,
		       strerror(-ret));
}

bool process_ended(struct process *p)
{
	if (!p->pid || p->ended)
		return true;
	if (waitpid(p->pid, &p->status, WNOHANG) == p->pid)
		p->ended = true;
	return p->ended;
}

static int poll_ms(uint64_t until_ns)
{
	uint64_t now = clock_now_ns();

	return now >= until_ns ? 0 : (int)((until_ns - now) / 1000000 + 1);
}

int process_wait(struct process *p, uint64_t ns)
{
	uint64_t until = clock_now_ns() + ns;
	struct pollfd pfd = { .fd = p->pidfd, .events = POLLIN };

	while (!process_ended(p)) {
		if (clock_now_ns() >= until)
			return -ETIMEDOUT;
		/* Without pidfd: look again soon. A signal ends the wait. */
		poll(&pfd, p->pidfd >= 0, p->pidfd >= 0 ? poll_ms(until) : 2);
	}
	return 0;
}

static bool have_line(struct process *p, const char *line)
{
	char *end = memchr(p->buf, '\n', p->len);

	if (!end)
		return false;
	*end = 0;
	p->len = 0;
	return !strcmp(p->buf, line);
}

int process_wait_ready(struct process *p, uint64_t ns)
{
	uint64_t until = clock_now_ns() + ns;
	struct pollfd pfd = { .fd = p->sync_fd, .events = POLLIN };
	ssize_t n;

	for (;;) {
		if (clock_now_ns() >= until)
			return -ETIMEDOUT;
		if (poll(&pfd, 1, poll_ms(until)) <= 0) {
			if (errno == EINTR)
				return -EINTR;
			continue;
		}
		n = read(p->sync_fd, p->buf + p->len,
			 sizeof(p->buf) - p->len);
		if (n <= 0)
			return -EPIPE;
		p->len += (size_t)n;
		if (have_line(p, "ready"))
			return 0;
		if (p->len == sizeof(p->buf))
			return -EPROTO;
	}
}

void process_tell(struct process *p, const char *line)
{
	if (p->sync_fd >= 0)
		send(p->sync_fd, line, strlen(line), MSG_NOSIGNAL);
}

void process_end(struct process *p)
{
	if (process_ended(p))
		return;
	p->ended_by = "SIGTERM";
	kill(p->pid, SIGTERM);
	if (!process_wait(p, TERM_NS))
		return;
	p->ended_by = "SIGKILL";
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
		;
	p->ended = true;
}

json_t *process_json(const struct process *p)
{
	json_t *argv;
	unsigned int i;

	if (!p->pid)
		return NULL;
	argv = json_array();
	for (i = 0; i < p->nr_args; i++)
		json_array_append_new(argv, json_string(p->arg[i]));
	return json_pack("{so si si si ss}", "argv", argv, "pid", (int)p->pid,
			 "exit", WIFEXITED(p->status) ? WEXITSTATUS(p->status) :
							-1,
			 "signal", WIFSIGNALED(p->status) ?
					   WTERMSIG(p->status) : 0,
			 "ended_by", p->ended_by);
}

void process_close(struct process *p)
{
	process_end(p);
	close_passed(p);
	while (p->nr_args)
		free(p->arg[--p->nr_args]);
	if (p->pid && p->sync_fd >= 0)
		close(p->sync_fd);
	if (p->pid && p->pidfd >= 0)
		close(p->pidfd);
	*p = (struct process){ .sync_fd = -1, .pidfd = -1 };
}
