/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_BZIMAGE_H
#define VIOPERF_GUEST_BZIMAGE_H

#include <stddef.h>

#include "lib/err.h"

/* x86's bzImage (Documentation/x86/boot.rst): a setup header, then the
 * kernel's ELF file, compressed. */

/* The release ("6.1.0-42-amd64") that its header names. */
int guest_bzimage_release(const char *path, char *release, size_t room,
			  struct err *e);

/* Decompress the kernel into the cache, once, by the host's tool for it. 0
 * and the ELF's path in @out if it has a PVH entry: QEMU boots that without
 * running a decompressor in the guest. -errno: boot the bzImage. */
int guest_bzimage_extract(const char *path, char *out, size_t room);

#endif
