/* SPDX-License-Identifier: MIT */
#include "self.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *self_path(void)
{
	static char path[PATH_MAX];
	ssize_t n;

	if (!path[0]) {
		n = readlink("/proc/self/exe", path, sizeof(path) - 1);
		if (n < 0)
			strcpy(path, "vioperf");
	}
	return path;
}

const char *self_program(void)
{
	static char path[64];
	int fd;

	if (path[0])
		return path;
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return self_path();
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	return path;
}

void self_command(struct process *p, const char *word)
{
	process_program(p, self_program());
	process_arg(p, "%s", self_path());
	process_arg(p, "%s", word);
}
