/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_DISKFILE_H
#define VIOPERF_DISKFILE_H

#include <jansson.h>
#include <limits.h>
#include <stdint.h>

#include "lib/err.h"
#include "leftover.h"

/*
 * The file of `backing = file`, on a file system that reads past the page
 * cache (O_DIRECT; tmpfs does not). It goes with the run's leftovers.
 */
struct diskfile {
	char folder[PATH_MAX]; /* "": no file is needed */
	char path[PATH_MAX];
	char filesystem[64], device[128];
	uint64_t bytes;
};

/* Choose a folder that can hold @bytes: $VIOPERF_DISK and no other where that
 * is set, else /var/tmp or the current one. Leaves nothing there. */
int diskfile_choose(struct diskfile *d, uint64_t bytes, struct err *e);

/* Write it whole, with data that neither compresses nor is zero, so no read
 * finds a hole or an unwritten extent. */
int diskfile_create(struct diskfile *d, struct leftover *l, struct err *e);

/* {"folder","filesystem","device","bytes","direct"}; NULL without one. */
json_t *diskfile_json(const struct diskfile *d);

#endif
