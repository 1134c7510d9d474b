/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SCENARIO_H
#define VIOPERF_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/*
 * A scenario: what is to be compared, as an INI file in the manner of fio's
 * jobs. Keys of [run] that are lists ("depth = 1, 32") multiply into cells;
 * each [also] adds those of other lists. [target NAME] sections add targets of
 * the user's own. Everything is checked while it is read: a scenario that loads
 * can be run.
 */
#define SCENARIO_MAX_VALUES  16
#define SCENARIO_MAX_TARGETS 16
#define SCENARIO_MAX_NOTES   16
#define SCENARIO_MAX_ALSO    8

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
	KEY_ALLOW_ERRORS,
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

/* Who gave a key its values: a later one has the last word. */
enum scenario_given {
	GIVEN_NOT,  /* the table */
	GIVEN_FILE, /* the file's [run] or [also] */
	GIVEN_KEPT, /* its [set]: what --set gave when the run was begun */
	GIVEN_SET,  /* --set */
};

struct scenario_values {
	char *value[SCENARIO_MAX_VALUES];
	unsigned int nr;
	enum scenario_given given;
	int line; /* of the file; 0: none */
};

struct scenario_also {
	struct scenario_values key[KEY_COUNT];
	int line; /* of its head */
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
	struct scenario_also also[SCENARIO_MAX_ALSO];
	unsigned int nr_also;
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

/* The values of @key in part @part: 0 is [run], then each [also], which has
 * [run]'s where it has none of its own. */
const struct scenario_values *scenario_values(const struct scenario *s,
					      unsigned int part,
					      enum scenario_key key);

/* Was any key given by --set? Then the file is not used as it stands. */
bool scenario_was_set(const struct scenario *s);

const char *scenario_key_name(enum scenario_key key);

/* The single value of @key as text; and as a number in its unit (ns, bytes
 * or a count). */
const char *scenario_text(const struct scenario *s, enum scenario_key key);
uint64_t scenario_number(const struct scenario *s, enum scenario_key key);

#endif
