/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAX_LINKS 40

static int cannot(const struct output *o, const char *what, struct err *e)
{
	int ret = errno ? -errno : -EIO;

	return err_set(e, ret, "%s: %s: %s", o->name, what, strerror(-ret));
}

/* 1: @path is a link to a name, 0: no link; -ENOTNAM: a link of /proc's, to
 * what a process has open. */
static int kind_of_link(const char *path)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), ret = 0;
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		ret = -errno;
	else if (S_ISLNK(st.st_mode))
		ret = fs.f_type == PROC_SUPER_MAGIC ? -ENOTNAM : 1;
	close(fd);
	return ret;
}

/* Replace @path by what the link of that name says, once. 0: it is no link. */
static int follow_once(char *path)
{
	char to[PATH_MAX], next[PATH_MAX], *slash = strrchr(path, '/');
	int ret = kind_of_link(path);
	ssize_t n;

	if (ret <= 0)
		return ret;
	n = readlink(path, to, sizeof(to) - 1);
	if (n < 0)
		return -errno;
	to[n] = 0;
	ret = snprintf(next, sizeof(next), "%.*s%s",
		       *to == '/' || !slash ? 0 : (int)(slash - path) + 1,
		       path, to);
	if (ret >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(path, next);
	return 1;
}

/* To the end of all links, into o->path; -ENOTNAM where that is no name. */
static int follow(struct output *o, const char *path)
{
	int i, ret = 1;

	if (strlen(path) >= sizeof(o->path))
		return -ENAMETOOLONG;
	strcpy(o->path, path);
	for (i = 0; i < MAX_LINKS && ret > 0; i++)
		ret = follow_once(o->path);
	return ret > 0 ? -ELOOP : ret;
}

/* A number under /proc/self/fd is a descriptor of ours: the very one, with
 * its position, where opening the name anew would write over what is there. */
static int open_descriptor(const char *path)
{
	char folder[PATH_MAX], ours[64], copy[PATH_MAX], *end;
	const char *slash = strrchr(path, '/');
	long n = strtol(slash + 1, &end, 10);

	strcpy(copy, path);
	snprintf(ours, sizeof(ours), "/proc/%d/fd", (int)getpid());
	if (!*end && realpath(dirname(copy), folder) && !strcmp(folder, ours))
		return fcntl((int)n, F_DUPFD_CLOEXEC, 3);
	return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

/* What a new file would get. */
static mode_t default_mode(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

/* Beside the file: a rename stays within a file system. Its own name and a
 * few letters, as long as names may be. @old: the file that is to be replaced,
 * or NULL. */
static int open_beside(struct output *o, const struct stat *old)
{
	const char *slash = strrchr(o->path, '/');
	int folder = slash ? (int)(slash - o->path) + 1 : 0, fd, n;

	n = snprintf(o->tmp, sizeof(o->tmp), "%.*s%.*s.XXXXXX", folder,
		     o->path, NAME_MAX - 7, o->path + folder);
	if (n >= PATH_MAX) {
		*o->tmp = 0;
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(o->tmp, O_CLOEXEC);
	if (fd < 0) {
		*o->tmp = 0;
		return -1;
	}
	/* As far as we may. The owner first: it takes bits off the mode. */
	if (old && fchown(fd, old->st_uid, old->st_gid) < 0)
		(void)!fchown(fd, (uid_t)-1, old->st_gid);
	fchmod(fd, old ? old->st_mode & 07777 : default_mode());
	return fd;
}

static int open_named(struct output *o)
{
	int fd = open(o->path, O_WRONLY | O_CLOEXEC | O_NOCTTY), tmp;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? open_beside(o, NULL) : -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		o->path[0] = 0;
		return fd;
	}
	tmp = open_beside(o, &st);
	close(fd);
	return tmp;
}

int output_open(struct output *o, const char *path, struct err *e)
{
	int fd, ret;

	*o = (struct output){ .file = stdout, .name = "standard output" };
	if (!path)
		return 0;
	o->name = path;
	ret = follow(o, path);
	if (ret == -ENOTNAM) {
		fd = open_descriptor(o->path);
		o->path[0] = 0;
	} else if (ret < 0) {
		fd = -1;
		errno = -ret;
	} else {
		fd = open_named(o);
	}
	o->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (o->file)
		return 0;
	ret = cannot(o, "cannot create", e);
	if (fd >= 0)
		close(fd);
	if (*o->tmp)
		unlink(o->tmp);
	return ret;
}

int output_close(struct output *o, int ret, struct err *e)
{
	bool failed;

	if (o->file == stdout) {
		fflush(stdout);
		return ret;
	}
	errno = 0;
	failed = fflush(o->file) || ferror(o->file);
	if (failed && !ret)
		ret = cannot(o, "cannot write", e);
	errno = 0;
	if (fclose(o->file) && !ret)
		ret = cannot(o, "cannot write", e);
	if (!*o->tmp)
		return ret;
	if (!ret && rename(o->tmp, o->path))
		ret = cannot(o, "cannot replace", e);
	if (ret < 0)
		unlink(o->tmp);
	return ret;
}

bool output_is_stream(const char *path)
{
	struct output o;
	struct stat st;

	return follow(&o, path) == -ENOTNAM ||
	       (!stat(path, &st) && !S_ISREG(st.st_mode));
}

int output_end_stdout(struct err *e)
{
	const struct output o = { .name = "standard output" };
	bool failed = ferror(stdout);

	errno = 0;
	if (fclose(stdout) || failed)
		return cannot(&o, "cannot write", e);
	return 0;
}
