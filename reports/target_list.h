/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TARGET_LIST_H
#define VIOPERF_TARGET_LIST_H

#include "report.h"

/*
 * What the names of targets stand for, and of which version each was: one line
 * a target, as run.json says. Of several runs, one line for each version.
 */
struct target_line {
	const char *name; /* borrowed from the run */
	char what[200];	  /* "a vhost-user-blk export, QEMU 7.2.22" */
};

/* How many, in *@list, which the caller frees; or -ENOMEM. */
int target_list(const struct report *r, struct target_line **list);

#endif
