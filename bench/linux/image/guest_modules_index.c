/* SPDX-License-Identifier: MIT */
#include "guest_modules_index.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "bench/linux/guest_cache.h"
#include "bench/linux/guest_process.h"

#define UNPACK_NS 30000000000ull

static const struct {
	const char *suffix, *tool;
} compressed[] = {
	{ ".ko", NULL },
	{ ".ko.xz", "xz -dc" },
	{ ".ko.zst", "zstd -dc" },
	{ ".ko.gz", "gzip -dc" },
};

/* Which of them ends @file; -1: it is no module. */
static int suffix_of(const char *file)
{
	size_t n = strlen(file), i, s;

	for (i = 0; i < ARRAY_SIZE(compressed); i++) {
		s = strlen(compressed[i].suffix);
		if (n > s && !strcmp(file + n - s, compressed[i].suffix))
			return (int)i;
	}
	return -1;
}

/* Is @file, up to ".ko", the module @name? */
static bool is_named(const char *file, const char *name)
{
	for (; *name; file++, name++)
		if (*file != *name && !((*file == '-' || *file == '_') &&
					(*name == '-' || *name == '_')))
			return false;
	return !strncmp(file, ".ko", 3);
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void read_builtin(struct guest_modules_index *x, const char *dir)
{
	char path[PATH_MAX + 32];
	size_t n, room = 1 << 20;
	FILE *f;

	snprintf(path, sizeof(path), "%s/modules.builtin", dir);
	f = fopen(path, "re");
	if (!f)
		return;
	x->builtin = malloc(room);
	n = x->builtin ? fread(x->builtin, 1, room - 1, f) : 0;
	if (x->builtin)
		x->builtin[n] = 0;
	fclose(f);
}

int guest_modules_index_open(struct guest_modules_index *x, const char *dir,
			     struct err *e)
{
	char tree[PATH_MAX + 16];
	char *const roots[] = { tree, NULL };
	FTSENT *f;
	FTS *fts;

	memset(x, 0, sizeof(*x));
	x->path = calloc(GUEST_MODULES_MAX, sizeof(*x->path));
	if (!x->path)
		return err_set(e, -ENOMEM, "out of memory");
	snprintf(tree, sizeof(tree), "%s/kernel", dir);
	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	while (fts && (f = fts_read(fts)) && x->nr < GUEST_MODULES_MAX)
		if (f->fts_info != FTS_D && suffix_of(f->fts_name) >= 0)
			x->path[x->nr++] = strdup(f->fts_path);
	if (fts)
		fts_close(fts);
	read_builtin(x, dir);
	return 0;
}

void guest_modules_index_close(struct guest_modules_index *x)
{
	while (x->nr)
		free(x->path[--x->nr]);
	free(x->path);
	free(x->builtin);
	memset(x, 0, sizeof(*x));
}

int guest_modules_index_find(const struct guest_modules_index *x,
			     const char *name)
{
	unsigned int i;

	for (i = 0; i < x->nr; i++)
		if (is_named(base_of(x->path[i]), name))
			return (int)i;
	return -ENOENT;
}

bool guest_modules_index_builtin(const struct guest_modules_index *x,
				 const char *name)
{
	const char *p, *base;

	for (p = x->builtin; p && *p; p += *p == '\n') {
		base = p;
		for (; *p && *p != '\n'; p++)
			if (*p == '/')
				base = p + 1;
		if (is_named(base, name))
			return true;
	}
	return false;
}

int guest_modules_index_file(const struct guest_modules_index *x, int i,
			     char *path, size_t room, struct err *e)
{
	const char *from = x->path[i];
	int kind = suffix_of(from), ret;
	char dir[PATH_MAX - 64], line[64], part[PATH_MAX + 16];
	const char *const words[] = { "sh", "-c", line, "sh", from, part, path,
				      NULL };
	uint64_t hash = 0;

	snprintf(path, room, "%s", from);
	if (!compressed[kind].tool)
		return 0;
	ret = guest_cache_dir(dir, sizeof(dir), e);
	ret = ret ?: guest_cache_hash_file(&hash, from, e);
	if (ret < 0)
		return ret;
	snprintf(path, room, "%s/%016llx-%.*s", dir, (unsigned long long)hash,
		 (int)(strlen(base_of(from)) -
		       strlen(compressed[kind].suffix) + 3),
		 base_of(from));
	if (!access(path, R_OK))
		return 0;
	snprintf(part, sizeof(part), "%s.%d", path, (int)getpid());
	snprintf(line, sizeof(line), "%s < \"$1\" > \"$2\" && mv \"$2\" \"$3\"",
		 compressed[kind].tool);
	return guest_process_run(words, "/dev/null", UNPACK_NS, e);
}
