/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_OUTPUT_H
#define VIOPERF_OUTPUT_H

#include <stdio.h>

#include "../lib/err.h"

/*
 * Where a report goes: stdout, or a file that appears under its name only
 * once it is whole.
 */
struct output {
	FILE *file;
	const char *path; /* NULL: stdout */
	char tmp[4096];
};

int output_open(struct output *o, const char *path, struct err *e);

/* Close it; @ret < 0, or a write that failed, leaves no file behind.
 * Returns @ret or -errno. */
int output_close(struct output *o, int ret, struct err *e);

#endif
