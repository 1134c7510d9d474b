/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SCENARIO_FILE_H
#define VIOPERF_SCENARIO_FILE_H

#include <jansson.h>
#include <stddef.h>

#include "lib/err.h"

/* The file of scenario @name: a path, or the name of one that came with this
 * program. -EINVAL and @e where there is none of the name. */
int scenario_file_find(char *path, size_t room, const char *name,
		       struct err *e);

/* Those that came with it: [{"name","what","path"}], what being the first line
 * of the file's comment. The caller owns it. */
json_t *scenario_file_list(void);

#endif
