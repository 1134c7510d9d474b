/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RUN_H
#define VIOPERF_RUN_H

#include <jansson.h>

#include "lib/err.h"

/*
 * A run's folder as results/README.md describes it: run.json is kept, records
 * are read one by one and dropped again, as there may be very many. What
 * cannot be read (a broken record, one that belongs to no cell) is a problem to
 * name and is left out; only a run.json that cannot be read is an error.
 *
 * Strings found in run.json are borrowed: they live until run_close().
 */
#define RUN_BLOCK_MAX 100000 /* blocks of a run are 0 … this - 1 */

struct run_cell {
	const json_t *spec; /* the CELL of run.json */
	const char *id;
};

struct run {
	char *path;
	json_t *json; /* run.json */
	int nr_cells;
	struct run_cell *cell;
	json_t *index; /* names.h: where a cell stands, by its id */
};

/* Read @path. 0 or -errno and @e; @r is then empty. */
int run_open(struct run *r, const char *path, struct err *e);
void run_close(struct run *r); /* an empty one is fine */

/* Takes @record of cell[@cell], which is gone afterwards. 0; -EEXIST: there is
 * one of this block already; or -ENOMEM. */
typedef int run_record_fn(void *arg, int cell, int block,
			  const json_t *record);

/* Give each record to @fn, those of the first block first. Appends to
 * @problems. 0 or -ENOMEM. */
int run_read_records(const struct run *r, run_record_fn *fn, void *arg,
		     json_t *problems);

/* Why two runs were not made on the same host: a static name of the first
 * fact that differs, or NULL. */
const char *run_host_differs(const struct run *a, const struct run *b);

#endif
