/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TARGET_H
#define VIOPERF_TARGET_H

#include "../lib/process.h"
#include "scenario.h"

/*
 * A target: a device implementation under test. One file and one line in
 * target.c each; a user's own come from [target NAME] of a scenario.
 */
enum {
	BACKING_NULL = 1,
	BACKING_RAM = 2,
	BACKING_FILE = 4,
};

/* What a target is started with. */
struct target_start {
	const char *socket;
	const char *cpu;
	const char *record;	  /* where ours writes its report */
	const char *stamps;	  /* NULL: do not stamp */
	unsigned int stamps_every;
	unsigned int backing;	  /* BACKING_* */
	const char *backing_file; /* path, for BACKING_FILE */
	uint64_t backing_bytes;
	unsigned int queues;
	const struct scenario_target *custom;
};

struct target_ops {
	const char *name;
	const char *type;    /* "blk" */
	const char *what;    /* one line for people */
	const char *package; /* Debian package that brings it, NULL: ours */
	unsigned int backings;
	bool in_process; /* no process: the load answers itself */
	bool stamps;	 /* stamps its side of a request */
	/* 0, or -errno and why not. */
	int (*usable)(struct err *e);
	/* Append the command line to @p. */
	void (*command)(struct process *p, const struct target_start *t);
};

extern const struct target_ops target_blk, target_qsd_blk, target_null,
	target_custom;

/* NULL-terminated. */
extern const struct target_ops *const target_table[];

/* The target called @name: of the table, or target_custom with *@custom set
 * for one of the scenario's. NULL when there is none. */
const struct target_ops *target_find(const char *name,
				     const struct scenario *s,
				     const struct scenario_target **custom);

/* BACKING_* of "null", "ram", "ram:64m", "file"; the size of a ram one. */
unsigned int target_backing(const char *text, uint64_t *bytes);

/* Path of this program, for starting its parts. */
const char *target_self(void);

#endif
