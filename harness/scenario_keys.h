/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SCENARIO_KEYS_H
#define VIOPERF_SCENARIO_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario.h"

/* What a key of [run] may hold. */
struct scenario_key_info {
	const char *name;
	bool (*ok)(const char *value);
	const char *allowed; /* the same in words */
	const char *fallback;
	/* The one text of a value that can be written in several ways, so that
	 * 4096 and 4k are one cell; NULL: there is but one. */
	void (*canon)(const char *value, char *out, size_t room);
};

extern const struct scenario_key_info scenario_keys[KEY_COUNT];

/* The number of the key called @name, or KEY_COUNT. */
enum scenario_key scenario_key_find(const char *name);

/* May a name of a target, a run or a section look like this? */
bool scenario_name_ok(const char *v);

#endif
