/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_PROGRAM_H
#define VIOPERF_GUEST_PROGRAM_H

#include <limits.h>

#include "guest_cpio.h"

#define GUEST_PROGRAM_LIBRARIES 64

/* A program of the host's that goes into a guest, with the libraries it needs
 * there. */
struct guest_program {
	char path[PATH_MAX];
	char dest[PATH_MAX]; /* in the guest */
	char *library[GUEST_PROGRAM_LIBRARIES];
	unsigned int nr_libraries;
	void *slim; /* the program with libraries dropped; NULL: as it is */
	size_t slim_bytes;
};

/* Look in PATH, /usr/sbin and /sbin. -ENOTSUP: @e names the
 * Debian package that brings it. */
int guest_program_find(struct guest_program *p, const char *name,
		       struct err *e);
int guest_program_put(const struct guest_program *p, struct guest_cpio *c,
		      struct err *e);
void guest_program_free(struct guest_program *p);

#endif
