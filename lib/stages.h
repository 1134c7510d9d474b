/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_STAGES_H
#define VIOPERF_STAGES_H

#define STAGE(ID, name, per, what) STAGE_##ID,
enum stage_id {
#include "stages.def"
	STAGE_COUNT
};
#undef STAGE

enum stage_per { STAGE_PER_REQUEST, STAGE_PER_KICK, STAGE_PER_CALL };

struct stage_info {
	const char *name; /* as in records and reports */
	enum stage_per per;
	const char *what; /* one line for people */
};

extern const struct stage_info stage_table[STAGE_COUNT];

/* "request", "kick" or "call". */
const char *stage_per_name(enum stage_per per);

/* Index into stage_table, or -1. */
int stage_find(const char *name);

#endif
