/* SPDX-License-Identifier: MIT */
/* Who serves the rings of a process from within the kernel: vhost's workers,
 * named after the thread that owns the device (drivers/vhost/vhost.c). Up to
 * 6.3 they are processes of their own, later threads of the owner. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rings.h"

/* The owner in the name of @pid, or 0: it is no worker. */
static long owner_of(const char *pid)
{
	char path[64], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(name, sizeof(name), f))
		name[0] = 0;
	fclose(f);
	return strncmp(name, "vhost-", 6) ? 0 : strtol(name + 6, NULL, 10);
}

/* A process of the kernel's own has no program; anyone can have such a name. */
static bool is_kernel_process(pid_t pid)
{
	char path[64], link[8];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return readlink(path, link, sizeof(link)) < 0 && errno == ENOENT;
}

static bool is_thread_of(pid_t pid, long tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%ld", (int)pid, tid);
	return tid > 0 && !access(path, F_OK);
}

/* Look through @folder for workers of @pid. */
static int each_worker(const char *folder, pid_t pid,
		       int (*fn)(struct rings *r, pid_t worker, struct err *e),
		       struct rings *r, struct err *e)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	int ret = 0;

	while (!ret && dir && (d = readdir(dir)))
		if (isdigit((unsigned char)d->d_name[0]) &&
		    is_thread_of(pid, owner_of(d->d_name)))
			ret = fn(r, (pid_t)atoi(d->d_name), e);
	if (dir)
		closedir(dir);
	return ret;
}

static int add_process(struct rings *r, pid_t worker, struct err *e)
{
	if (!is_kernel_process(worker))
		return 0;
	r->vhost = true;
	return rings_add_proc(r, worker, TRACE_DEVICE, 0, e);
}

static int note_thread(struct rings *r, pid_t worker, struct err *e)
{
	(void)worker;
	(void)e;
	r->vhost = true;
	return 0;
}

int rings_add_vhost(struct rings *r, pid_t pid, struct err *e)
{
	char tasks[64];
	int ret = each_worker("/proc", pid, add_process, r, e);

	snprintf(tasks, sizeof(tasks), "/proc/%d/task", (int)pid);
	return ret ?: each_worker(tasks, pid, note_thread, r, e);
}
