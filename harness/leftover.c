/* SPDX-License-Identifier: MIT */
#include "leftover.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/output.h"

#define PREFIX "vioperf-run-"
#define NOTE   "backing-file"

static const char *base(void)
{
	return access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
}

/* Field 22 of /proc/PID/stat: with the pid it names a process for good. */
static unsigned long long start_time(int pid)
{
	char path[64], text[1024], *p;
	unsigned long long t = 0;
	size_t n;
	FILE *f;
	int field;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = 0;
	p = strrchr(text, ')'); /* the name may hold anything */
	for (field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		t = strtoull(p, NULL, 10);
	return t;
}

static void remove_noted(const char *folder)
{
	char note[PATH_MAX], path[PATH_MAX] = "";
	FILE *f;

	snprintf(note, sizeof(note), "%s/" NOTE, folder);
	f = fopen(note, "re");
	if (!f)
		return;
	if (fgets(path, sizeof(path), f) && strstr(path, "/vioperf-disk-"))
		unlink(path);
	fclose(f);
}

static void remove_folder(const char *folder, DIR *dir)
{
	char path[PATH_MAX];
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(folder);
}

/* A folder of ours is one that nobody else may have put there. */
static int is_ours(const char *folder)
{
	struct stat st;

	return !lstat(folder, &st) && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid();
}

unsigned int leftover_clean(void)
{
	char folder[PATH_MAX];
	unsigned long long t;
	unsigned int n = 0;
	struct dirent *d;
	DIR *dir = opendir(base());
	int pid;

	while (dir && (d = readdir(dir))) {
		if (sscanf(d->d_name, PREFIX "%d-%llu", &pid, &t) != 2 ||
		    start_time(pid) == t)
			continue;
		snprintf(folder, sizeof(folder), "%s/%s", base(), d->d_name);
		if (!is_ours(folder))
			continue;
		remove_noted(folder);
		remove_folder(folder, opendir(folder));
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

/* Opened now: when it is to be removed there may be no descriptor left. */
int leftover_open(struct leftover *l, struct err *e)
{
	int ret;

	snprintf(l->work, sizeof(l->work), "%s/" PREFIX "%d-%llu-XXXXXX",
		 base(), (int)getpid(), start_time(getpid()));
	/* a name that nobody can take first */
	ret = mkdtemp(l->work) ? 0 : -errno;
	if (!ret) {
		l->dir = opendir(l->work);
		if (l->dir)
			return 0;
		ret = -errno;
		rmdir(l->work);
	}
	err_set(e, ret, "%s: %s", l->work, strerror(-ret));
	l->work[0] = 0;
	return ret;
}

int leftover_note(struct leftover *l, const char *path, struct err *e)
{
	char note[PATH_MAX];
	struct output o;
	int ret;

	snprintf(note, sizeof(note), "%s/" NOTE, l->work);
	ret = output_open(&o, note, e);
	if (ret < 0)
		return ret;
	snprintf(l->noted, sizeof(l->noted), "%s", path);
	fputs(path, o.file);
	return output_close(&o, 0, e);
}

void leftover_close(struct leftover *l)
{
	if (l->noted[0])
		unlink(l->noted);
	if (l->work[0])
		remove_folder(l->work, l->dir);
	l->work[0] = l->noted[0] = 0;
}
