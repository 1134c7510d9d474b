/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PROGRAM_H
#define VIOPERF_PROGRAM_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A program that a run starts: which file it was when the run began, by what
 * was built into it (the linker's build id) and by what the file system says.
 * The set is small; each stands in it once, by its path.
 */
#define PROGRAMS_MAX 32

struct program {
	char name[64];	   /* as it is started */
	char path[PATH_MAX];
	char build_id[64]; /* "": it has none */
	char version[160]; /* what it says of itself, "": not asked */
	dev_t dev;
	ino_t ino;
	uint64_t bytes;
	struct timespec modified;
	bool changed; /* … and that was said */
};

struct programs {
	struct program at[PROGRAMS_MAX];
	unsigned int nr;
};

/* Add what is executed as @name (a path, or found in PATH). @ask: it knows
 * --version. What is not there, or there is no room for, is left out. */
void programs_add(struct programs *all, const char *name, bool ask);

/* The one called @name, or NULL. */
const struct program *programs_find(const struct programs *all,
				    const char *name);

/* The first that is another file now than it was and was not named before;
 * NULL: none. */
const struct program *programs_changed(struct programs *all);

/* Of the set that a run recorded, the first that is another one now: its
 * name, or NULL. */
const char *programs_differ(const struct programs *all, const json_t *recorded);

/* [{"name","path","build_id","version","bytes","modified"}] */
json_t *programs_json(const struct programs *all);

/* The build id of the program in @path, in hexadecimal; "" without. */
void program_build_id(char *id, size_t room, const char *path);

#endif
