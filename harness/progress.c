/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

void progress_begin(struct progress *p, unsigned int total,
		    unsigned int blocks)
{
	*p = (struct progress){ .live = isatty(STDERR_FILENO),
				.total = total,
				.blocks = blocks,
				.started_ns = clock_now_ns() };
}

/* Seconds left, from how long the cells so far took. */
static unsigned int left_s(const struct progress *p)
{
	uint64_t gone = clock_now_ns() - p->started_ns;

	if (!p->done)
		return 0;
	return (unsigned int)(gone / p->done * (p->total - p->done) /
			      1000000000 + 1);
}

static void print_left(const struct progress *p)
{
	unsigned int s = left_s(p);

	if (s >= 60)
		fprintf(stderr, "%u min %02u s left", s / 60, s % 60);
	else if (s)
		fprintf(stderr, "%u s left", s);
}

void progress_next(struct progress *p, unsigned int block, const char *what)
{
	if (!p->live)
		return;
	fprintf(stderr, "\r\033[K[%3u%%] block %u of %u  ",
		p->done * 100 / p->total, block + 1, p->blocks);
	print_left(p);
	if (p->failed)
		fprintf(stderr, "  %u failed", p->failed);
	fprintf(stderr, "  %.60s", what);
	fflush(stderr);
}

void progress_done(struct progress *p, bool ok, unsigned int block,
		   bool last_of_block)
{
	p->done++;
	p->failed += !ok;
	if (p->live || !last_of_block)
		return;
	fprintf(stderr, "block %u of %u done, %u failed, ", block + 1,
		p->blocks, p->failed);
	print_left(p);
	fprintf(stderr, "\n");
}

void progress_end(struct progress *p)
{
	if (p->live)
		fprintf(stderr, "\r\033[K");
}
