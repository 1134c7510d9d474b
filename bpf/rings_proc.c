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

static int note_holder(void *arg, pid_t pid, int fd, uint64_t id)
{
	struct rings_holders *h = arg;
	struct rings_holder *more;

	(void)fd;
	if (h->nr == h->room) {
		more = reallocarray(h->at, h->room * 2 + 64, sizeof(*more));
		if (!more)
			return -ENOMEM;
		h->at = more;
		h->room = h->room * 2 + 64;
	}
	h->at[h->nr++] = (struct rings_holder){ id, pid };
	return 0;
}

int rings_scan_holders(struct rings_holders *h)
{
	struct dirent *d;
	int ret = 0;
	DIR *dir;

	*h = (struct rings_holders){ 0 };
	dir = opendir("/proc");
	if (!dir)
		return -errno;
	/* What cannot be read, or is gone meanwhile, holds nothing. */
	while (ret != -ENOMEM && (d = readdir(dir)))
		if (isdigit((unsigned char)d->d_name[0]))
			ret = rings_each_eventfd(atoi(d->d_name), note_holder,
						 h);
	closedir(dir);
	return ret == -ENOMEM ? ret : 0;
}

void rings_free_holders(struct rings_holders *h)
{
	free(h->at);
	*h = (struct rings_holders){ 0 };
}

unsigned int rings_holders_of(const struct rings_holders *h, uint64_t id,
			      pid_t except, pid_t *pids, unsigned int max)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < h->nr && nr < max; i++)
		if (h->at[i].id == id && h->at[i].pid != except &&
		    (!nr || pids[nr - 1] != h->at[i].pid))
			pids[nr++] = h->at[i].pid;
	return nr;
}

int rings_check_process(pid_t pid, struct err *e)
{
	char path[64], line[128];
	int tgid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return err_set(e, -ESRCH, "process %d: there is none",
			       (int)pid);
	while (fgets(line, sizeof(line), f) &&
	       sscanf(line, "Tgid: %d", &tgid) != 1)
		;
	fclose(f);
	if (tgid && tgid != pid)
		return err_set(e, -EINVAL, "%d is a thread of process %d: name "
			       "that", (int)pid, tgid);
	return 0;
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
		return err_set(e, -E2BIG, "more than %d processes share these "
			       "eventfds: too many to be watched",
			       TRACE_MAX_PROCS);
	r->proc[r->nr_procs++] = (struct trace_proc){
		.tgid = (__u32)pid, .role = role, .ring = ring
	};
	return 0;
}
