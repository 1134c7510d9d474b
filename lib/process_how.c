/* SPDX-License-Identifier: MIT */
/* How a process ended, in words. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "process.h"
#include "util.h"

/* What raises a signal that nobody in sight has sent. */
static const struct {
	int number;
	const char *what;
} signals[] = {
	{ SIGXFSZ, "file size limit exceeded: ulimit -f" },
	{ SIGXCPU, "CPU time limit exceeded: ulimit -t" },
	{ SIGKILL, "out of memory, or somebody's kill -9: see dmesg" },
	{ SIGBUS, "memory that is not there: a file that was cut short, or no "
		  "room in /dev/shm or for huge pages" },
	{ SIGSYS, "a system call that a seccomp filter forbids" },
	{ SIGSEGV, "invalid memory access: a bug in that program" },
	{ SIGABRT, "it gave up: a failed assertion, or memory corrupted" },
	{ SIGFPE, "arithmetic error: a bug in that program" },
	{ SIGILL, "illegal instruction: built for another CPU?" },
	{ SIGTRAP, "trap: a debugger, or a failed assertion" },
	{ SIGTERM, "somebody asked it to end" },
	{ SIGINT, "somebody interrupted it" },
	{ SIGHUP, "its terminal is gone" },
	{ SIGQUIT, "somebody asked it to quit" },
	{ SIGPIPE, "nobody read what it wrote" },
};

static const char *what_raises(int number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		if (signals[i].number == number)
			return signals[i].what;
	return strsignal(number);
}

bool process_crashed(const struct process *p)
{
	return p->ended && WIFSIGNALED(p->status) &&
	       !strcmp(p->ended_by, "itself");
}

const char *process_how(const struct process *p)
{
	static char text[160];
	const char *name;
	int number;

	if (!WIFSIGNALED(p->status)) {
		snprintf(text, sizeof(text), "exit status %d",
			 WEXITSTATUS(p->status));
		return text;
	}
	number = WTERMSIG(p->status);
	name = sigabbrev_np(number);
	if (process_crashed(p))
		snprintf(text, sizeof(text), "killed by SIG%s (%s)",
			 name ? name : "?", what_raises(number));
	else
		snprintf(text, sizeof(text), "ended by us with %s",
			 p->ended_by);
	return text;
}
