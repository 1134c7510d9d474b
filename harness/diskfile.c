/* SPDX-License-Identifier: MIT */
#include "diskfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/util.h"

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

/* Does the file system of @folder read past the page cache? */
static int takes_direct(const char *folder)
{
	char path[PATH_MAX + 32];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "%s/vioperf-disk-XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		ret = -errno;
	else
		close(fd);
	unlink(path);
	return ret;
}

static int try_folder(struct diskfile *d, const char *folder, struct err *e)
{
	struct statvfs v;
	int ret;

	if (!realpath(folder, d->folder) || statvfs(folder, &v) < 0)
		return err_set(e, -errno, "%s: %s", folder, strerror(errno));
	if ((uint64_t)v.f_bavail * v.f_frsize < d->bytes + d->bytes / 8)
		return err_set(e, -ENOSPC, "%s: no room for a disk of %llu MiB",
			       folder, (unsigned long long)(d->bytes >> 20));
	ret = takes_direct(folder);
	if (ret < 0)
		return err_set(e, ret, "%s: cannot hold a file that is read "
			       "past the page cache: %s", folder,
			       strerror(-ret));
	return 0;
}

static bool is_within(const char *path, const char *mount)
{
	size_t n = strlen(mount);

	return !strncmp(path, mount, n) &&
	       (n == 1 || path[n] == '/' || !path[n]);
}

/* What is mounted there, by the longest name; the later one lies on top. */
static void find_mount(struct diskfile *d)
{
	char line[4096], mount[1024], type[64], device[128], *tail;
	FILE *f = fopen("/proc/self/mountinfo", "re");
	size_t best = 0;

	while (f && fgets(line, sizeof(line), f)) {
		tail = strstr(line, " - ");
		if (!tail ||
		    sscanf(line, "%*s %*s %*s %*s %1023s", mount) != 1 ||
		    sscanf(tail, " - %63s %127s", type, device) != 2 ||
		    strlen(mount) < best || !is_within(d->folder, mount))
			continue;
		best = strlen(mount);
		snprintf(d->filesystem, sizeof(d->filesystem), "%s", type);
		snprintf(d->device, sizeof(d->device), "%s", device);
	}
	if (f)
		fclose(f);
}

int diskfile_choose(struct diskfile *d, uint64_t bytes, struct err *e)
{
	const char *own = getenv("VIOPERF_DISK");
	int ret;

	d->bytes = bytes;
	if (own)
		ret = try_folder(d, own, e);
	else
		ret = try_folder(d, "/var/tmp", e) < 0 ?
			      try_folder(d, ".", e) : 0;
	if (ret < 0 && own)
		return err_prefix(e, ret, "VIOPERF_DISK");
	if (ret < 0)
		return err_prefix(e, ret, "no folder for the disk, name one by "
				  "VIOPERF_DISK");
	find_mount(d);
	return 0;
}

int diskfile_create(struct diskfile *d, struct leftover *l, struct err *e)
{
	int fd, ret;

	snprintf(d->path, sizeof(d->path), "%s/vioperf-disk-XXXXXX",
		 d->folder);
	fd = mkostemp(d->path, O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", d->path, strerror(errno));
	ret = leftover_note(l, d->path, e);
	if (!ret)
		ret = write_whole(fd, d->bytes);
	close(fd);
	if (ret < 0) {
		unlink(d->path);
		return err_set(e, ret, "%s: cannot hold a disk of %llu MiB: %s",
			       d->folder,
			       (unsigned long long)(d->bytes >> 20),
			       strerror(-ret));
	}
	return 0;
}

json_t *diskfile_json(const struct diskfile *d)
{
	if (!d->folder[0])
		return NULL;
	return json_pack("{ss ss ss sI sb}", "folder", d->folder, "filesystem",
			 d->filesystem, "device", d->device, "bytes",
			 (json_int_t)d->bytes, "direct", 1);
}
