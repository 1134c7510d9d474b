/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_KERNEL_H
#define VIOPERF_GUEST_KERNEL_H

#include <limits.h>
#include <stdbool.h>

#include "lib/err.h"

/* The kernel that guests boot. */
struct guest_kernel {
	char boot[PATH_MAX];	    /* for -kernel: an ELF with a PVH entry
				     * where there is one, else the bzImage */
	bool pvh;
	char release[128];	    /* "6.1.0-42-amd64" */
	char modules_dir[PATH_MAX]; /* …/lib/modules/RELEASE */
	char from[PATH_MAX + 32];   /* where it was found, for people */
};

/* @given, or the newest of /boot that has its modules, or Debian's
 * linux-image package, fetched into the cache (never installed). 0 or -errno
 * and @e. */
int guest_kernel_find(struct guest_kernel *k, const char *given,
		      struct err *e);

#endif
