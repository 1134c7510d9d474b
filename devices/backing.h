/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BACKING_H
#define VIOPERF_BACKING_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

/*
 * Where a block device keeps its data.
 *   null[:SIZE]			answers at once and touches no data
 *   ram:SIZE				this process's memory
 *   file:PATH[,direct][,readonly]	a file or block device, by io_uring; a
 *					comma of the path is written twice
 */
enum backing_kind { BACKING_NULL, BACKING_RAM, BACKING_FILE };

struct backing {
	enum backing_kind kind;
	uint64_t bytes;	      /* a multiple of 512 */
	uint32_t block_bytes; /* smallest unit of I/O: 512 or more */
	bool readonly;
	bool direct;
	uint8_t *ram;
	int fd; /* -1 unless a file */
	char path[PATH_MAX];
};

/* What @text says, without a look at what is there: -EINVAL is a mistake in
 * the text. */
int backing_parse(struct backing *b, const char *text, struct err *e);

/* Open what was parsed. 0 or -errno and @e. */
int backing_open(struct backing *b, struct err *e);
void backing_close(struct backing *b);

#endif
