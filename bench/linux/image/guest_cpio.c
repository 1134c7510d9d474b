/* SPDX-License-Identifier: MIT */
#include "guest_cpio.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void guest_cpio_open(struct guest_cpio *c, FILE *f)
{
	*c = (struct guest_cpio){ .f = f, .inode = 1 };
}

static void pad(struct guest_cpio *c)
{
	while (ftell(c->f) % 4)
		fputc(0, c->f);
}

static void entry(struct guest_cpio *c, const char *name, mode_t mode,
		  const void *data, size_t n, unsigned int major,
		  unsigned int minor)
{
	/* magic, inode, mode, uid, gid, links, mtime, size, device of the
	 * file, of the node, length of the name, checksum (unused) */
	fprintf(c->f, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X"
		      "%08X%08X",
		c->inode++, mode, 0, 0, 1, 0, (unsigned int)n, 0, 0, major,
		minor, (unsigned int)strlen(name) + 1, 0);
	fwrite(name, 1, strlen(name) + 1, c->f);
	pad(c);
	if (n)
		fwrite(data, 1, n, c->f);
	pad(c);
}

/* Note that @path is in; false if it was before. */
static bool note(struct guest_cpio *c, const char *path)
{
	size_t n = strlen(path);
	char line[PATH_MAX + 2], *p;

	snprintf(line, sizeof(line), "\n%s\n", path);
	if (c->made && strstr(c->made, line))
		return false;
	p = realloc(c->made, c->made_len + n + 3);
	if (!p)
		return false;
	c->made = p;
	memcpy(p + c->made_len, line, n + 3);
	c->made_len += n + 2;
	return true;
}

void guest_cpio_dir(struct guest_cpio *c, const char *path)
{
	if (note(c, path))
		entry(c, path + 1, S_IFDIR | 0755, NULL, 0, 0, 0);
}

static void parents(struct guest_cpio *c, const char *path)
{
	char part[PATH_MAX];
	const char *p;

	for (p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		guest_cpio_dir(c, part);
	}
}

void guest_cpio_data(struct guest_cpio *c, const char *path, mode_t mode,
		     const void *data, size_t n)
{
	parents(c, path);
	if (note(c, path))
		entry(c, path + 1, S_IFREG | mode, data, n, 0, 0);
}

void guest_cpio_link(struct guest_cpio *c, const char *path, const char *to)
{
	parents(c, path);
	if (note(c, path))
		entry(c, path + 1, S_IFLNK | 0777, to, strlen(to), 0, 0);
}

void guest_cpio_node(struct guest_cpio *c, const char *path, mode_t mode,
		     unsigned int major, unsigned int minor)
{
	parents(c, path);
	if (note(c, path))
		entry(c, path + 1, mode, NULL, 0, major, minor);
}

int guest_cpio_file(struct guest_cpio *c, const char *path, const char *from,
		    struct err *e)
{
	FILE *f = fopen(from, "re");
	struct stat st;
	char *data = NULL;
	int ret = 0;

	if (!f || fstat(fileno(f), &st) || !S_ISREG(st.st_mode))
		ret = err_set(e, f ? -EINVAL : -errno, "%s: cannot read", from);
	if (!ret && !(data = malloc((size_t)st.st_size + 1)))
		ret = err_set(e, -ENOMEM, "out of memory");
	if (!ret && fread(data, 1, (size_t)st.st_size, f) !=
			    (size_t)st.st_size)
		ret = err_set(e, -EIO, "%s: cannot read", from);
	if (!ret)
		guest_cpio_data(c, path, st.st_mode & 0777, data,
				(size_t)st.st_size);
	free(data);
	if (f)
		fclose(f);
	return ret;
}

void guest_cpio_close(struct guest_cpio *c)
{
	entry(c, "TRAILER!!!", 0, NULL, 0, 0, 0);
	free(c->made);
	c->made = NULL;
}
