/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_MATRIX_H
#define VIOPERF_MATRIX_H

#include <jansson.h>

#include "scenario.h"
#include "target.h"

/* What is to become of a cell. */
enum cell_status {
	CELL_PLANNED,
	CELL_EXCLUDED, /* the combination cannot be */
	CELL_SKIPPED,  /* it can, but not on this machine */
};

/* One point: a value of every list key, with or without tracing. */
struct cell {
	char *id;   /* sorted key=value pairs, stable over runs */
	char *file; /* stem of its files' names */
	const char *value[KEY_LISTS]; /* the scenario's */
	const struct target_ops *target;
	const struct scenario_target *custom;
	unsigned int part; /* of the scenario: scenario_values() */
	unsigned int driver;	 /* DRIVER_* */
	const char *accelerator; /* "none", "kvm", "tcg", "pvm" … */
	char *group; /* pairs that all cells of one table share */
	unsigned int backing; /* BACKING_* */
	uint64_t ram_bytes;
	bool traced;
	const struct cell *twin_of; /* the untraced cell of a traced one */
	enum cell_status status;
	char reason[640];
};

struct matrix {
	struct cell *cell;
	unsigned int nr;
	unsigned int nr_planned;
};

/* What this machine allows. */
struct matrix_host {
	const char *no_trace;	 /* why tracing cannot be used; NULL: it can */
	const char *accelerator; /* of Linux guests: "kvm" or "tcg" */
	const char *no_guest;	 /* why there can be none; NULL: there can */
	const char *kvm;	 /* kind: "vmx", "svm", "pvm" */
	const char *no_kvm;	 /* why it cannot be used; NULL: it can */
};

/* Multiply the scenario's lists out. -EINVAL and @e for a key that says nothing
 * of any cell and for a cell asked for twice. The scenario must live as
 * long. */
int matrix_build(struct matrix *m, const struct scenario *s,
		 const struct matrix_host *host, struct err *e);
void matrix_free(struct matrix *m);

static inline bool cell_polls(const struct cell *c)
{
	return c->value[KEY_COMPLETION][0] == 'p';
}

/* @c as it stands in run.json (results/README.md). */
json_t *cell_json(const struct cell *c, const struct scenario *s);

#endif
