/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CELL_ATTEMPT_H
#define VIOPERF_CELL_ATTEMPT_H

#include <limits.h>

#include "cell.h"
#include "host_window.h"

/* One cell at work. */
struct attempt {
	const struct cell_env *env;
	const struct cell *c;
	struct process device, load, trace;
	char socket[PATH_MAX], rings[PATH_MAX], log[PATH_MAX];
	char load_record[PATH_MAX], device_record[PATH_MAX];
	char console[PATH_MAX]; /* of a guest */
	char trace_record[PATH_MAX];
	char driver_stamps[PATH_MAX], device_stamps[PATH_MAX];
	json_t *load_report, *device_report, *trace_report;
	struct host_look before, after; /* the window */
	bool skipped; /* it cannot be done on this machine */
	char why[1200]; /* the cell failed; "": it did not */
};

/* What its target is started with. */
struct target_start cell_target_start(const struct attempt *a);

/* Keep one request in so many: so that the samples of a cell fit the ring,
 * and as many as that, as the rare long ones weigh in a mean. */
unsigned int cell_stamps_every(const struct cell *c);

/* Append the command line of the driver: `vioperf load` or, for a Linux
 * guest, `vioperf guest`. */
void cell_driver_args(struct attempt *a);

#endif
