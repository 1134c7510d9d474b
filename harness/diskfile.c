/* SPDX-License-Identifier: MIT */
#include "diskfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../lib/util.h"

#define CHUNK (1u << 20)

static void fill(uint64_t *to, size_t words, uint64_t *state)
{
	uint64_t x = *state;
	size_t i;

	for (i = 0; i < words; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		to[i] = x;
	}
	*state = x;
}

static int write_whole(int fd, uint64_t bytes)
{
	uint64_t state = 0x9e3779b97f4a7c15ull, done, n;
	uint64_t *chunk = aligned_alloc(4096, CHUNK);
	int ret = chunk ? 0 : -ENOMEM;

	for (done = 0; !ret && done < bytes; done += n) {
		n = MIN(bytes - done, (uint64_t)CHUNK);
		fill(chunk, CHUNK / 8, &state);
		if (pwrite(fd, chunk, n, (off_t)done) != (ssize_t)n)
			ret = errno ? -errno : -ENOSPC;
	}
	free(chunk);
	if (!ret && fsync(fd) < 0)
		ret = -errno;
	/* Gone from the page cache: a buffered reader starts cold too. */
	if (!ret)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return ret;
}

/* Does @fd's filesystem read past the page cache? */
static int takes_direct(const char *path)
{
	int fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int try_folder(char *path, size_t room, const char *folder,
		      uint64_t bytes, struct leftover *l, struct err *e)
{
	struct statvfs v;
	int fd, ret;

	if (statvfs(folder, &v) < 0)
		return err_set(e, -errno, "%s: %s", folder, strerror(errno));
	if ((uint64_t)v.f_bavail * v.f_frsize < bytes + bytes / 8)
		return err_set(e, -ENOSPC, "%s: not enough room for %llu MiB",
			       folder, (unsigned long long)(bytes >> 20));
	snprintf(path, room, "%s/vioperf-disk-XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	ret = leftover_note(l, path, e);
	if (!ret)
		ret = takes_direct(path);
	if (!ret)
		ret = write_whole(fd, bytes);
	close(fd);
	if (ret < 0) {
		unlink(path);
		return err_set(e, ret, "%s: cannot hold a disk of %llu MiB: %s",
			       folder, (unsigned long long)(bytes >> 20),
			       strerror(-ret));
	}
	return 0;
}

int diskfile_create(char *path, size_t room, const char *near, uint64_t bytes,
		    struct leftover *l, struct err *e)
{
	const char *folder[] = { getenv("VIOPERF_DISK"), "/var/tmp", near };
	int ret = -ENOENT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(folder); i++) {
		if (!folder[i])
			continue;
		ret = try_folder(path, room, folder[i], bytes, l, e);
		if (!ret)
			return 0;
	}
	return ret;
}
