/* SPDX-License-Identifier: MIT */
#include "backing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/units.h"

#define NULL_BYTES (1ull << 30)

static int parse_bytes(struct backing *b, const char *text, struct err *e)
{
	if (units_parse_size(text, &b->bytes) < 0 || b->bytes < 512 ||
	    b->bytes % 512)
		return err_set(e, -EINVAL, "backing '%s': the size must be a "
			       "multiple of 512, as in 64m", b->text);
	return 0;
}

static int open_null(struct backing *b, const char *arg, struct err *e)
{
	b->kind = BACKING_NULL;
	b->bytes = NULL_BYTES;
	return arg ? parse_bytes(b, arg, e) : 0;
}

static int open_ram(struct backing *b, const char *arg, struct err *e)
{
	void *map;

	b->kind = BACKING_RAM;
	if (!arg)
		return err_set(e, -EINVAL, "backing ram needs a size: ram:64m");
	if (parse_bytes(b, arg, e) < 0)
		return -EINVAL;
	map = mmap(NULL, b->bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return err_set(e, -errno, "backing '%s': %s", b->text,
			       strerror(errno));
	b->ram = map;
	return 0;
}

/* The smallest read that O_DIRECT takes here: sector size of the disk below. */
static uint32_t probe_block_bytes(int fd)
{
	uint32_t size, found = 4096;
	void *buf;

	if (posix_memalign(&buf, 4096, 4096))
		return found;
	for (size = 512; size <= 4096; size *= 2) {
		if (pread(fd, buf, size, size) >= 0) {
			found = size;
			break;
		}
	}
	free(buf);
	return found;
}

static int file_bytes(struct backing *b, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(b->fd, &st) < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (S_ISBLK(st.st_mode)) {
		if (ioctl(b->fd, BLKGETSIZE64, &b->bytes) < 0)
			return err_set(e, -errno, "%s: %s", path,
				       strerror(errno));
	} else if (S_ISREG(st.st_mode)) {
		b->bytes = (uint64_t)st.st_size;
	} else {
		return err_set(e, -EINVAL,
			       "%s: neither a file nor a block device", path);
	}
	if (b->direct)
		b->block_bytes = probe_block_bytes(b->fd);
	if (b->bytes < b->block_bytes || b->bytes % b->block_bytes)
		return err_set(e, -EINVAL, "%s: size %llu is no multiple of %u",
			       path, (unsigned long long)b->bytes,
			       b->block_bytes);
	return 0;
}

static int file_flags(struct backing *b, char *flags, struct err *e)
{
	char *save, *f;

	for (f = strtok_r(flags, ",", &save); f;
	     f = strtok_r(NULL, ",", &save)) {
		if (!strcmp(f, "direct"))
			b->direct = true;
		else if (!strcmp(f, "readonly"))
			b->readonly = true;
		else
			return err_set(e, -EINVAL, "backing '%s': '%s' is not "
				       "direct or readonly", b->text, f);
	}
	return 0;
}

static int open_file(struct backing *b, char *arg, struct err *e)
{
	char *flags;
	int ret;

	b->kind = BACKING_FILE;
	if (!arg || !*arg || *arg == ',')
		return err_set(e, -EINVAL, "backing file needs a path: "
			       "file:PATH[,direct][,readonly]");
	flags = strchr(arg, ',');
	if (flags) {
		*flags++ = 0;
		ret = file_flags(b, flags, e);
		if (ret < 0)
			return ret;
	}
	b->fd = open(arg, (b->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC |
				  (b->direct ? O_DIRECT : 0));
	if (b->fd < 0)
		return err_set(e, -errno, "%s: %s%s", arg, strerror(errno),
			       errno == EROFS || errno == EACCES ?
				       " (add ,readonly to only read)" :
			       errno == EINVAL && b->direct ?
				       " (this filesystem has no O_DIRECT?)" :
				       "");
	return file_bytes(b, arg, e);
}

int backing_open(struct backing *b, const char *text, struct err *e)
{
	char copy[sizeof(b->text)], *arg;
	int ret;

	memset(b, 0, sizeof(*b));
	b->fd = -1;
	b->block_bytes = 512;
	if (strlen(text) >= sizeof(copy))
		return err_set(e, -ENAMETOOLONG, "backing: longer than %zu",
			       sizeof(copy) - 1);
	strcpy(b->text, text);
	strcpy(copy, text);
	arg = strchr(copy, ':');
	if (arg)
		*arg++ = 0;
	if (!strcmp(copy, "null"))
		ret = open_null(b, arg, e);
	else if (!strcmp(copy, "ram"))
		ret = open_ram(b, arg, e);
	else if (!strcmp(copy, "file"))
		ret = open_file(b, arg, e);
	else
		ret = err_set(e, -EINVAL, "backing '%s': use null[:SIZE], "
			      "ram:SIZE or file:PATH[,direct][,readonly]",
			      text);
	if (ret < 0)
		backing_close(b);
	return ret;
}

void backing_close(struct backing *b)
{
	if (b->ram)
		munmap(b->ram, b->bytes);
	if (b->fd >= 0)
		close(b->fd);
	b->ram = NULL;
	b->fd = -1;
}
