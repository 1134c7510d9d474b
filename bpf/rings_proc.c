/* SPDX-License-Identifier: MIT */
/* What /proc tells about eventfds and who holds them. */
#include "rings.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_eventfd(pid_t pid, int fd)
{
	static const char name[] = "anon_inode:[eventfd]";
	char path[64], link[sizeof(name)];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	n = readlink(path, link, sizeof(link));
	return n == sizeof(name) - 1 && !memcmp(link, name, (size_t)n);
}

/* 0, or -ENOENT when the kernel does not tell (before 5.2) or fd is gone. */
static int eventfd_id(pid_t pid, int fd, uint64_t *id)
{
	char path[64], line[128];
	int ret = -ENOENT;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	f = fopen(path, "re");
	if (!f)
		return -ENOENT;
	while (ret < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "eventfd-id: %" SCNu64, id) == 1)
			ret = 0;
	fclose(f);
	return ret;
}

int rings_each_eventfd(pid_t pid,
		       int (*fn)(void *arg, pid_t pid, int fd, uint64_t id),
		       void *arg)
{
	struct dirent *d;
	char path[64];
	uint64_t id;
	int fd, ret = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while (!ret && (d = readdir(dir))) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		fd = atoi(d->d_name);
		if (is_eventfd(pid, fd) && eventfd_id(pid, fd, &id) == 0)
			ret = fn(arg, pid, fd, id);
	}
	closedir(dir);
	return ret;
}

static int match_id(void *arg, pid_t pid, int fd, uint64_t id)
{
	(void)pid;
	(void)fd;
	return id == *(uint64_t *)arg;
}

int rings_find_holders(uint64_t id, pid_t except, pid_t *pids,
		       unsigned int max)
{
	unsigned int nr = 0;
	struct dirent *d;
	DIR *dir;
	pid_t pid;

	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while (nr < max && (d = readdir(dir))) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		pid = atoi(d->d_name);
		if (pid != except && rings_each_eventfd(pid, match_id, &id) > 0)
			pids[nr++] = pid;
	}
	closedir(dir);
	return (int)nr;
}

struct add {
	struct rings *r;
	uint64_t id;
	const struct trace_fd *fd;
	int nr;
};

static int add_fd(void *arg, pid_t pid, int fd, uint64_t id)
{
	struct add *a = arg;
	struct rings *r = a->r;

	if (id != a->id)
		return 0;
	if (r->nr_fds == TRACE_MAX_FDS)
		return -E2BIG;
	r->fd[r->nr_fds++] = (struct rings_fd){
		.key = { .tgid = (__u32)pid, .fd = (__u32)fd },
		.fd = *a->fd,
	};
	a->nr++;
	return 0;
}

int rings_add_fds(struct rings *r, pid_t pid, uint64_t id,
		  const struct trace_fd *fd)
{
	struct add a = { .r = r, .id = id, .fd = fd };
	int ret = rings_each_eventfd(pid, add_fd, &a);

	return ret < 0 ? ret : a.nr;
}

int rings_add_proc(struct rings *r, pid_t pid, enum trace_role role,
		   unsigned int ring, struct err *e)
{
	unsigned int i;

	for (i = 0; i < r->nr_procs; i++)
		if (r->proc[i].tgid == (__u32)pid)
			return 0;
	if (r->nr_procs == TRACE_MAX_PROCS)
		return err_set(e, -E2BIG,
			       "more than %d processes share these eventfds; "
			       "name the ones to watch with --pid",
			       TRACE_MAX_PROCS);
	r->proc[r->nr_procs++] = (struct trace_proc){
		.tgid = (__u32)pid, .role = role, .ring = ring
	};
	return 0;
}
