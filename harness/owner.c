/* SPDX-License-Identifier: MIT */
#include "owner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct owner {
	uid_t uid;
	gid_t gid;
};

static void give(int at, const char *name, const struct owner *o);

static bool number(const char *variable, unsigned int *n)
{
	const char *text = getenv(variable);
	char *end;

	errno = 0;
	*n = text ? (unsigned int)strtoul(text, &end, 10) : 0;
	return text && *text && !*end && !errno;
}

static void give_entries(int at, const struct owner *o)
{
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.' || (d->d_name[1] &&
					    d->d_name[1] != '.'))
			give(fd, d->d_name, o);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

/* Once opened it is the same, whatever is put in its place. A file with a
 * second name may be one of root's from elsewhere. */
static void give(int at, const char *name, const struct owner *o)
{
	int fd = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (!fstat(fd, &st)) {
		if (S_ISDIR(st.st_mode))
			give_entries(fd, o);
		if (!st.st_uid && (S_ISDIR(st.st_mode) || st.st_nlink == 1) &&
		    fchownat(fd, "", o->uid, o->gid, AT_EMPTY_PATH))
			perror(name);
	}
	close(fd);
}

void owner_give(const char *path)
{
	char around[PATH_MAX], name[PATH_MAX];
	struct owner o;
	struct stat st;
	int fd;

	if (geteuid() || !number("SUDO_UID", &o.uid) ||
	    !number("SUDO_GID", &o.gid))
		return;
	snprintf(around, sizeof(around), "%s", path);
	snprintf(name, sizeof(name), "%s", path);
	fd = open(dirname(around), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && st.st_uid == o.uid) {
		give(fd, basename(name), &o);
		give(fd, "latest", &o);
	}
	close(fd);
}
