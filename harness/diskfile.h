/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_DISKFILE_H
#define VIOPERF_DISKFILE_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/err.h"
#include "leftover.h"

/* Create a file for `backing = file` in a folder on a disk (O_DIRECT does not
 * work on tmpfs): $VIOPERF_DISK, /var/tmp or @near, the first that takes it.
 * Written whole, with data that neither compresses nor is zero, so no read
 * finds a hole or an unwritten extent. Fills @path; the file goes with @l. */
int diskfile_create(char *path, size_t room, const char *near, uint64_t bytes,
		    struct leftover *l, struct err *e);

#endif
