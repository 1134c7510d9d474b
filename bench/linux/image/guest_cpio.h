/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_CPIO_H
#define VIOPERF_GUEST_CPIO_H

#include <stdio.h>
#include <sys/types.h>

#include "lib/err.h"

/*
 * Writer of "newc" archives, the format of an initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Folders above
 * a file are added once. Errors of the stream show at the end: check ferror.
 */
struct guest_cpio {
	FILE *f;
	unsigned int inode;
	char *made; /* "\n/bin\n/lib\n": what is in already */
	size_t made_len;
};

void guest_cpio_open(struct guest_cpio *c, FILE *f);
void guest_cpio_data(struct guest_cpio *c, const char *path, mode_t mode,
		     const void *data, size_t n);
void guest_cpio_link(struct guest_cpio *c, const char *path, const char *to);
void guest_cpio_node(struct guest_cpio *c, const char *path, mode_t mode,
		     unsigned int major, unsigned int minor);
void guest_cpio_dir(struct guest_cpio *c, const char *path);

/* The host's file @from under the name @path; with no second copy if it is
 * there. */
int guest_cpio_file(struct guest_cpio *c, const char *path, const char *from,
		    struct err *e);

/* The trailer; frees what is the writer's. */
void guest_cpio_close(struct guest_cpio *c);

#endif
