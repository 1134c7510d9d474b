/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_MODULES_INDEX_H
#define VIOPERF_GUEST_MODULES_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

#define GUEST_MODULES_MAX 16384

/* The modules under …/lib/modules/RELEASE by name, '-' and '_' alike. */
struct guest_modules_index {
	char **path;
	unsigned int nr;
	char *builtin; /* modules.builtin as it is; NULL: there is none */
};

int guest_modules_index_open(struct guest_modules_index *x, const char *dir,
			     struct err *e);
void guest_modules_index_close(struct guest_modules_index *x);

/* Its number, or -ENOENT. */
int guest_modules_index_find(const struct guest_modules_index *x,
			     const char *name);
bool guest_modules_index_builtin(const struct guest_modules_index *x,
				 const char *name);

/* Path of number @i as a plain .ko: a compressed one is unpacked into the
 * cache. */
int guest_modules_index_file(const struct guest_modules_index *x, int i,
			     char *path, size_t room, struct err *e);

#endif
