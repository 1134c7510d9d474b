/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RUN_FOLDER_H
#define VIOPERF_RUN_FOLDER_H

#include <jansson.h>
#include <limits.h>

#include "run.h"

/* The folder of a run, as results/README.md describes it. It is locked while
 * the run works: two never write into one. */
struct run_folder {
	char id[96];
	char name[64]; /* of the scenario */
	char dir[PATH_MAX];
	char scenario[PATH_MAX]; /* the file to read */
	char started[32];	 /* ISO 8601, UTC */
	int lock;		 /* -1: not locked */
};

/* Which scenario file: the given one, or that of the run to resume, whose
 * folder is locked then. */
int run_folder_find(struct run_folder *f, const struct run_options *o,
		    struct err *e);

/* Make the folder, lock it, and put into it what belongs there. */
int run_folder_create(struct run_folder *f, const struct run_options *o,
		      const struct scenario *s, struct err *e);

/* What the run that is resumed recorded of itself; the caller owns it. */
json_t *run_folder_resume(struct run_folder *f, struct err *e);

/* Point results/latest to it; says on stderr where that cannot be. */
void run_folder_latest(const struct run_folder *f);

void run_folder_close(struct run_folder *f);

#endif
