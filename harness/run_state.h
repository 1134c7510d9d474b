/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RUN_STATE_H
#define VIOPERF_RUN_STATE_H

#include "cell.h"
#include "guest_probe.h"
#include "idle.h"
#include "progress.h"
#include "run_json.h"

/* A run at work. */
struct run {
	const struct run_options *opt;
	struct scenario scenario;
	struct matrix matrix;
	struct run_folder folder;
	struct cell_env env;
	struct leftover leftover;
	struct idle idle;
	struct progress progress;
	struct programs programs;
	struct diskfile disk;
	json_t *changes; /* run_facts */
	uint64_t seed;
	unsigned int blocks;
	unsigned int failed;
	char no_trace[256];
	struct guest_probe guest;
};

/* Everything that can be known before anything is started. 0, or -EINVAL and
 * @e where that cannot be run. */
int run_plan(struct run *r, struct err *e);

/* Find the programs, and make the folder or take what the run to be resumed
 * recorded. 0 or -errno and @e. */
int run_prepare(struct run *r, struct err *e);

#endif
