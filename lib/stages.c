/* SPDX-License-Identifier: MIT */
#include "stages.h"

#include <string.h>

#define STAGE(ID, name, per, what) { name, STAGE_PER_##per, what },
const struct stage_info stage_table[STAGE_COUNT] = {
#include "stages.def"
};
#undef STAGE

const char *stage_per_name(enum stage_per per)
{
	static const char *const names[] = { "request", "kick", "call" };

	return names[per];
}

int stage_find(const char *name)
{
	int i;

	for (i = 0; i < STAGE_COUNT; i++)
		if (!strcmp(stage_table[i].name, name))
			return i;
	return -1;
}
