/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_IMAGE_H
#define VIOPERF_GUEST_IMAGE_H

#include <stddef.h>

#include "guest_kernel.h"

/*
 * The initramfs of a guest: our /init, busybox, @programs (names of the
 * host's, NULL-ended; NULL: none) with their libraries, and the @nr modules
 * that /init loads by itself, resolved. Made once and kept in the cache until
 * one of these files changes. Its path into @path.
 */
int guest_image_initrd(const struct guest_kernel *k,
		       const char *const *programs,
		       const char *const *modules, unsigned int nr,
		       char *path, size_t room, struct err *e);

#endif
