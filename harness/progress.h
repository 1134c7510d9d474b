/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PROGRESS_H
#define VIOPERF_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The line that lives while a run works, with the time left; on anything but
 * a terminal one line a block instead.
 */
struct progress {
	bool live;
	unsigned int total, done, failed;
	unsigned int blocks;
	uint64_t started_ns;
};

void progress_begin(struct progress *p, unsigned int total,
		    unsigned int blocks);

/* About to run @what in block @block (from 0). */
void progress_next(struct progress *p, unsigned int block, const char *what);

/* It went well or not. */
void progress_done(struct progress *p, bool ok, unsigned int block,
		   bool last_of_block);

/* Take the line away. */
void progress_end(struct progress *p);

#endif
