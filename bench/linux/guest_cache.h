/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_CACHE_H
#define VIOPERF_GUEST_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/*
 * Where kernels and initramfs are kept between runs: $VIOPERF_CACHE, else
 * /var/cache/vioperf for root and $XDG_CACHE_HOME/vioperf for others (by
 * default ~/.cache). Refused where others could write to it or replace it.
 * What is put there is made under another name and renamed, so it is whole or
 * absent.
 */
int guest_cache_dir(char *path, size_t room, struct err *e);

/* Let one process at a time make something; returns a lock to close. */
int guest_cache_lock(struct err *e);

/* FNV-1a over @n bytes, to go on from @hash (start with 0). */
uint64_t guest_cache_hash(uint64_t hash, const void *data, size_t n);

/* The same over path, size, inode and change of a file; -errno and @e if it
 * is not there. */
int guest_cache_hash_file(uint64_t *hash, const char *path, struct err *e);

#endif
