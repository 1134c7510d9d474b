/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SCENARIO_H
#define VIOPERF_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/err.h"

/*
 * A scenario: what is to be compared, as an INI file in the manner of fio's
 * jobs. Keys of [run] that are lists ("depth = 1, 32") multiply into cells.
 * [target NAME] sections add targets of the user's own. Everything is checked
 * while it is read: a scenario that loads can be run.
 */
#define SCENARIO_MAX_VALUES  16
#define SCENARIO_MAX_TARGETS 16
#define SCENARIO_MAX_NOTES   16

enum scenario_key {
	KEY_TARGET,
	KEY_BACKING,
	KEY_DRIVER,
	KEY_RW,
	KEY_BS,
	KEY_DEPTH,
	KEY_QUEUES,
	KEY_COMPLETION,
	KEY_RATE,
	KEY_EVENT_IDX,
	KEY_INDIRECT,
	KEY_RING_SIZE,
	KEY_PACKED,
	KEY_ENGINE,
	KEY_TRAFFIC,
	KEY_LISTS, /* those above multiply into cells */
	KEY_REFERENCE = KEY_LISTS, /* a list as well, but that does not */
	KEY_TIME, /* from here on single values */
	KEY_WARMUP,
	KEY_BLOCKS,
	KEY_SEED,
	KEY_IDLE,
	KEY_TRACED,
	KEY_VERIFY,
	KEY_FILE_SIZE,
	KEY_ACCELERATOR,
	KEY_VCPUS,
	KEY_MEMORY,
	KEY_KERNEL,
	KEY_INITRD,
	KEY_IMAGE,
	KEY_APPEND,
	KEY_NAME,
	KEY_COUNT
};

struct scenario_values {
	char *value[SCENARIO_MAX_VALUES];
	unsigned int nr;
};

struct scenario_target {
	char *name;
	char *type;
	char *command;
	int line;
};

struct scenario {
	char *text; /* the file as it was read */
	struct scenario_values key[KEY_COUNT];
	struct scenario_target target[SCENARIO_MAX_TARGETS];
	unsigned int nr_targets;
	char *note[SCENARIO_MAX_NOTES];
	unsigned int nr_notes;
};

/* Read @path, then apply @nr_sets settings "key=value" over it. 0 or -errno
 * and @e as "FILE:LINE: what is wrong, what is allowed". Free it with
 * scenario_free in either case. */
int scenario_read(struct scenario *s, const char *path, char *const *sets,
		  unsigned int nr_sets, struct err *e);
void scenario_free(struct scenario *s);

const char *scenario_key_name(enum scenario_key key);

/* The single value of @key as text; and as a number in its unit (ns, bytes
 * or a count). */
const char *scenario_text(const struct scenario *s, enum scenario_key key);
uint64_t scenario_number(const struct scenario *s, enum scenario_key key);

#endif
