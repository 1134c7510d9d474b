/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_BLK_VERIFY_H
#define VIOPERF_BENCH_BLK_VERIFY_H

#include "worker.h"

/*
 * Self-describing blocks. Each sector that is written says which sector it
 * is, of which generation, from which run, and carries a checksum. A worker
 * has a part of the device for itself and never two requests to one block in
 * flight, so that each read has exactly one right answer: the generation of
 * the last write, or that of the fill before.
 */
int blk_verify_open(struct worker *w, struct err *e);
void blk_verify_close(struct worker *w);

bool blk_verify_next(struct worker *w, struct slot *s);
int blk_verify_done(struct worker *w, struct slot *s,
		    const struct ring_done *d);

uint64_t blk_verify_checked(const struct worker *w);

#endif
