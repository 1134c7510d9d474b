/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_ELF_H
#define VIOPERF_GUEST_ELF_H

#include <stddef.h>

#include "lib/err.h"

/*
 * Make a program do without libraries that it names but does not need for
 * what we ask of it: Debian's fio drags in Ceph, Gluster, RDMA and NBD, 80
 * MiB. In @data, the ELF file of @n bytes, to be changed in place:
 *   - DT_NEEDED entries of the libraries in @drop (names up to ".so",
 *     NULL-ended) go, with the versions asked of them;
 *   - symbols are bound when they are first used (BIND_NOW goes), and those
 *     that are undefined become weak: the loader leaves them 0.
 * Returns how many libraries were dropped, or -ENOEXEC, then @data is as it
 * was: a file of another build, to be taken as it is.
 */
int guest_elf_slim(void *data, size_t n, const char *const *drop);

#endif
