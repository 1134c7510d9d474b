/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "../lib/units.h"

#define RAM_BYTES (256ull << 20)

const struct target_ops *const target_table[] = {
	&target_blk,
	&target_qsd_blk,
	&target_null,
	NULL,
};

const struct target_ops *target_find(const char *name,
				     const struct scenario *s,
				     const struct scenario_target **custom)
{
	const struct target_ops *const *t;
	unsigned int i;

	*custom = NULL;
	for (i = 0; i < s->nr_targets; i++) {
		if (strcmp(s->target[i].name, name))
			continue;
		*custom = &s->target[i];
		return &target_custom;
	}
	for (t = target_table; *t; t++)
		if (!strcmp((*t)->name, name))
			return *t;
	return NULL;
}

unsigned int target_backing(const char *text, uint64_t *bytes)
{
	*bytes = RAM_BYTES;
	if (!strncmp(text, "ram", 3)) {
		if (text[3])
			units_parse_size(text + 4, bytes);
		return BACKING_RAM;
	}
	return strcmp(text, "null") ? BACKING_FILE : BACKING_NULL;
}

const char *target_self(void)
{
	static char path[PATH_MAX];
	ssize_t n;

	if (!path[0]) {
		n = readlink("/proc/self/exe", path, sizeof(path) - 1);
		if (n < 0)
			strcpy(path, "vioperf");
	}
	return path;
}
