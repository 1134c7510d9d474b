/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_RINGS_FILE_H
#define VIOPERF_BENCH_RINGS_FILE_H

#include "lib/err.h"

struct load;

/* Write what the tracer must know (docs/design.md, "Rings file"). */
int rings_file_write(const struct load *l, const char *path, struct err *e);

#endif
