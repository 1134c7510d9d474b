/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RUN_FOLDER_H
#define VIOPERF_RUN_FOLDER_H

#include <limits.h>

#include "matrix.h"
#include "run.h"

/* The folder of a run, as results/README.md describes it. */
struct run_folder {
	char id[96];
	char dir[PATH_MAX];
	char scenario[PATH_MAX]; /* the file to read */
	char started[32];	 /* ISO 8601, UTC */
};

/* Which scenario file: the given one, or that of the run to resume. */
int run_folder_find(struct run_folder *f, const struct run_options *o,
		    struct err *e);

/* Make the folder and what belongs into it. */
int run_folder_create(struct run_folder *f, const struct run_options *o,
		      const struct scenario *s, struct err *e);

/* Take seed and number of blocks from the run that is resumed. */
int run_folder_resume(struct run_folder *f, uint64_t *seed,
		      unsigned int *blocks, struct err *e);

/* Write run.json, and point results/latest to the folder. */
int run_folder_write(const struct run_folder *f, const struct scenario *s,
		     const struct matrix *m, uint64_t seed,
		     unsigned int blocks, bool finished, struct err *e);

#endif
