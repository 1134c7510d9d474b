/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RUN_H
#define VIOPERF_RUN_H

#include "scenario.h"

struct run_options {
	const char *scenario; /* path, or name of one that came with us */
	const char *out;      /* folder for the run, NULL: results/<id> */
	const char *resume;   /* a run's folder to complete, or NULL */
	bool dry;	      /* say what would be done, and do nothing */
	char *const *sets;
	unsigned int nr_sets;
};

/*
 * Carry a scenario out, or complete one that was stopped. @dir gets the run's
 * folder. 0, the number of cells that failed, or -errno and @e (-EINVAL: the
 * scenario is wrong and nothing was started; -EINTR: stopped by the user).
 */
int run_scenario(const struct run_options *o, char *dir, size_t room,
		 struct err *e);

#endif
