/* SPDX-License-Identifier: MIT */
#include "guest_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* $VIOPERF_CACHE, or the place for it; empty where nothing says a place. */
static void choose(char *path, size_t room)
{
	const char *own = getenv("VIOPERF_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (own && *own)
		snprintf(path, room, "%s", own);
	else if (!geteuid())
		snprintf(path, room, "/var/cache/vioperf");
	else if (xdg && *xdg == '/') /* XDG: a relative one is none */
		snprintf(path, room, "%s/vioperf", xdg);
	else
		snprintf(path, room, "%s%s", home ? home : "",
			 home && *home ? "/.cache/vioperf" : "");
}

/* mkdir -p */
static int make_path(char *path)
{
	char *p;

	for (p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

/* Can others put another folder in the place of one that lies in @st? */
static bool others_replace(const struct stat *st)
{
	mode_t others = S_IWOTH | (st->st_gid == getegid() ? 0 : S_IWGRP);

	if (st->st_uid && st->st_uid != geteuid())
		return true;
	return (st->st_mode & others) && !(st->st_mode & S_ISVTX);
}

/* A kernel that is booted must not be anybody's: not the folder, nor any of
 * those that it lies in. @path becomes the real one. */
static int check_private(char *path, size_t room, struct err *e)
{
	char real[PATH_MAX], *p;
	struct stat st;

	if (lstat(path, &st) || !S_ISDIR(st.st_mode) ||
	    st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(e, -EPERM, "%s: not a folder that only you can "
			       "write to; set VIOPERF_CACHE to another one",
			       path);
	if (!realpath(path, real))
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	snprintf(path, room, "%s", real);
	while ((p = strrchr(real, '/'))) {
		p[p == real] = 0; /* the last is "/" */
		if (stat(real, &st) || others_replace(&st))
			return err_set(e, -EPERM, "%s: others can write to %s;"
				       " set VIOPERF_CACHE to a folder "
				       "elsewhere", path, real);
		if (p == real)
			break;
	}
	return 0;
}

int guest_cache_dir(char *path, size_t room, struct err *e)
{
	int ret;

	choose(path, room);
	if (!*path)
		return err_set(e, -ENOENT, "no HOME is set, so there is no "
			       "place for guests' files; set VIOPERF_CACHE to "
			       "a folder");
	ret = make_path(path);
	if (ret < 0)
		return err_set(e, ret, "%s: %s; set VIOPERF_CACHE to another "
			       "folder", path, strerror(-ret));
	return check_private(path, room, e);
}

int guest_cache_lock(struct err *e)
{
	char dir[PATH_MAX], path[PATH_MAX + 8];
	int fd, ret = guest_cache_dir(dir, sizeof(dir), e);

	if (ret < 0)
		return ret;
	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	while (flock(fd, LOCK_EX) && errno == EINTR)
		;
	return fd;
}

uint64_t guest_cache_hash(uint64_t hash, const void *data, size_t n)
{
	const unsigned char *p = data;

	hash = hash ?: 14695981039346656037ull;
	while (n--)
		hash = (hash ^ *p++) * 1099511628211ull;
	return hash;
}

int guest_cache_hash_file(uint64_t *hash, const char *path, struct err *e)
{
	char text[PATH_MAX + 128];
	struct stat st;
	int n;

	if (stat(path, &st))
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	n = snprintf(text, sizeof(text), "%s %lld %llu %lld.%ld", path,
		     (long long)st.st_size, (unsigned long long)st.st_ino,
		     (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	*hash = guest_cache_hash(*hash, text, (size_t)n);
	return 0;
}
