/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RUN_JSON_H
#define VIOPERF_RUN_JSON_H

#include "diskfile.h"
#include "matrix.h"
#include "program.h"
#include "run_folder.h"

/* What run.json says of a run. */
struct run_facts {
	const struct run_folder *folder;
	const struct scenario *scenario;
	const struct matrix *matrix;
	const struct programs *programs;
	const struct diskfile *disk;
	const json_t *changes; /* of programs, while it went on: an array */
	uint64_t seed;
	unsigned int blocks;
	bool finished;
};

/* Write run.json. 0 or -errno and @e. */
int run_json_write(const struct run_facts *r, struct err *e);

/* Can the run that recorded @j be gone on with by these programs? 0, or
 * -EINVAL and @e: figures of two programs would be in one table. */
int run_json_same(const json_t *j, const struct programs *programs,
		  struct err *e);

#endif
