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

#include "lib/commas.h"
#include "lib/units.h"
#include "lib/util.h"

#define NULL_BYTES (1ull << 30)

static int parse_bytes(struct backing *b, const char *arg, const char *text,
		       struct err *e)
{
	if (units_parse_size(arg, &b->bytes) < 0 || b->bytes < 512 ||
	    b->bytes % 512)
		return err_set(e, -EINVAL, "backing '%s': the size must be a "
			       "multiple of 512, as in 64m", text);
	return 0;
}

static int parse_null(struct backing *b, char *arg, const char *text,
		      struct err *e)
{
	b->kind = BACKING_NULL;
	b->bytes = NULL_BYTES;
	return arg ? parse_bytes(b, arg, text, e) : 0;
}

static int parse_ram(struct backing *b, char *arg, const char *text,
		     struct err *e)
{
	b->kind = BACKING_RAM;
	if (!arg)
		return err_set(e, -EINVAL, "backing ram needs a size: ram:64m");
	return parse_bytes(b, arg, text, e);
}

static int parse_flags(struct backing *b, char *flags, const char *text,
		       struct err *e)
{
	const char *f;

	while (flags) {
		f = commas_cut(&flags);
		if (!strcmp(f, "direct"))
			b->direct = true;
		else if (!strcmp(f, "readonly"))
			b->readonly = true;
		else
			return err_set(e, -EINVAL, "backing '%s': '%s' is not "
				       "direct or readonly (a comma of the "
				       "path is written twice)", text, f);
	}
	return 0;
}

static int parse_file(struct backing *b, char *arg, const char *text,
		      struct err *e)
{
	const char *path = arg ? commas_cut(&arg) : "";

	b->kind = BACKING_FILE;
	if (!*path)
		return err_set(e, -EINVAL, "backing '%s' needs a path: "
			       "file:PATH[,direct][,readonly]", text);
	if (strlen(path) >= sizeof(b->path))
		return err_set(e, -EINVAL, "backing: paths have at most %zu "
			       "bytes", sizeof(b->path) - 1);
	strcpy(b->path, path);
	return parse_flags(b, arg, text, e);
}

int backing_parse(struct backing *b, const char *text, struct err *e)
{
	static const struct {
		const char *name;
		int (*parse)(struct backing *b, char *arg, const char *text,
			     struct err *e);
	} kind[] = { { "null", parse_null },
		     { "ram", parse_ram },
		     { "file", parse_file } };
	size_t n = strcspn(text, ":"), i;
	char *copy;
	int ret;

	*b = (struct backing){ .fd = -1, .block_bytes = 512 };
	for (i = 0; i < ARRAY_SIZE(kind); i++)
		if (n == strlen(kind[i].name) &&
		    !memcmp(text, kind[i].name, n))
			break;
	if (i == ARRAY_SIZE(kind))
		return err_set(e, -EINVAL, "backing '%s': use null[:SIZE], "
			       "ram:SIZE or file:PATH[,direct][,readonly]",
			       text);
	copy = strdup(text);
	if (!copy)
		return err_set(e, -ENOMEM, "out of memory");
	ret = kind[i].parse(b, text[n] ? copy + n + 1 : NULL, text, e);
	free(copy);
	return ret;
}

static int open_ram(struct backing *b, struct err *e)
{
	void *map = mmap(NULL, b->bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return err_set(e, -errno, "backing ram of %llu bytes: %s",
			       (unsigned long long)b->bytes, strerror(errno));
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

static int open_file(struct backing *b, struct err *e)
{
	b->fd = open(b->path, (b->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC |
			      (b->direct ? O_DIRECT : 0));
	if (b->fd < 0)
		return err_set(e, -errno, "%s: %s%s", b->path, strerror(errno),
			       errno == EROFS || errno == EACCES ?
				       " (add ,readonly to only read)" :
			       errno == EINVAL && b->direct ?
				       " (this filesystem has no O_DIRECT?)" :
				       "");
	return file_bytes(b, b->path, e);
}

int backing_open(struct backing *b, struct err *e)
{
	int ret = b->kind == BACKING_FILE ? open_file(b, e) :
		  b->kind == BACKING_RAM  ? open_ram(b, e) :
					    0;

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
