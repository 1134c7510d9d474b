/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_OUTPUT_H
#define VIOPERF_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "err.h"

/*
 * Where a result goes: the one way to write what a user named.
 *
 * A regular file is made under another name beside its own and renamed, so
 * that its name stands for the old content or for the whole new one; it keeps
 * mode and owner, and links to it stay links. Anything else (a device node, a
 * FIFO, one of our descriptors by way of /dev/stdout or /dev/fd) is written
 * straight to. A file that may not be written is not replaced either.
 */
struct output {
	FILE *file;
	const char *name; /* for messages */
	char path[PATH_MAX]; /* that is replaced; "": written straight to */
	char tmp[PATH_MAX];
};

/* @path NULL: stdout. 0 or -errno. */
int output_open(struct output *o, const char *path, struct err *e);

/* Close it; @ret < 0, or a write that failed, leaves the old file as it was.
 * Returns @ret or -errno. stdout is only flushed: what fails there is told
 * once, by output_end_stdout(). */
int output_close(struct output *o, int ret, struct err *e);

/* Is @path what a result can be sent to once only, in place of a file that
 * is replaced? */
bool output_is_stream(const char *path);

/* At the end of the program: was all of stdout written? 0 or -errno. */
int output_end_stdout(struct err *e);

#endif
