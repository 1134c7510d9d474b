/* SPDX-License-Identifier: MIT */
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "self.h"

#define MAX_WORDS 32

static void child(int out, const char *const *words)
{
	const char *argv[MAX_WORDS + 2] = { self_path() };
	unsigned int n = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (; *words && n <= MAX_WORDS; words++)
		argv[n++] = *words;
	if (dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0) < 0 ||
	    dup2(out, 1) < 0)
		_exit(127);
	execv(self_program(), (char *const *)argv);
	_exit(127);
}

json_t *ask_self(const char *const *words)
{
	int out[2], status;
	json_t *j;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return NULL;
	pid = fork();
	if (!pid)
		child(out[1], words);
	close(out[1]);
	j = pid < 0 ? NULL : json_loadfd(out[0], 0, NULL);
	close(out[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return j;
}
