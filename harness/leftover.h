/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LEFTOVER_H
#define VIOPERF_LEFTOVER_H

#include <dirent.h>
#include <limits.h>
#include <stddef.h>

#include "lib/err.h"

/*
 * What a run leaves on the host while it works: a folder of short-lived
 * files, named after its pid and start time, and perhaps a backing file whose
 * name stands in it. Children die with their parent, so after a kill -9 only
 * files are left; the next run finds and removes them.
 */
struct leftover {
	char work[128]; /* the folder */
	DIR *dir;
	char noted[PATH_MAX]; /* the backing file, "": none */
};

/* Remove what runs that are no longer there have left; their number. */
unsigned int leftover_clean(void);

/* Make this run's folder, in memory where there is /dev/shm. */
int leftover_open(struct leftover *l, struct err *e);

/* Note that @path is to go with the run. */
int leftover_note(struct leftover *l, const char *path, struct err *e);

/* Remove folder and noted file. */
void leftover_close(struct leftover *l);

#endif
