/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RUN_H
#define VIOPERF_RUN_H

#include <jansson.h>

#include "../lib/err.h"

/*
 * A run's folder as results/README.md describes it, read whole. What cannot
 * be read of it (a broken record, one that belongs to no cell) is named in
 * `problems` and left out; only a run.json that cannot be read is an error.
 *
 * Strings found in it are borrowed: they live until run_close().
 */
#define RUN_BLOCK_MAX 100000 /* blocks of a run are 0 … this - 1 */

struct run_cell {
	const json_t *spec; /* the CELL of run.json */
	const char *id;
	json_t *records; /* array, in order of blocks, one per block */
};

struct run {
	char *path;
	json_t *json; /* run.json */
	int nr_cells;
	struct run_cell *cell;
	json_t *problems; /* array of strings */
};

/* Read @path. 0 or -errno and @e; @r is then empty. */
int run_open(struct run *r, const char *path, struct err *e);
void run_close(struct run *r); /* an empty one is fine */

/* Why two runs were not made on the same host: a static name of the first
 * fact that differs, or NULL. */
const char *run_host_differs(const struct run *a, const struct run *b);

#endif
