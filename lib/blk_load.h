/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BLK_LOAD_H
#define VIOPERF_BLK_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

/*
 * What can be asked of a disk, whoever asks it: `vioperf load`, fio in a
 * guest, a cell of a scenario. All three check here, so that what one of them
 * could not do is refused before anything starts.
 */
#define BLK_LOAD_SECTOR	    512u
#define BLK_LOAD_MAX_BS	    (16u << 20)
#define BLK_LOAD_MAX_DEPTH  1024u
#define BLK_LOAD_MAX_QUEUES 64u
#define BLK_LOAD_VERIFY_SIZE (256ull << 20) /* used by default */

/* Which requests, and in which order. */
struct blk_mix {
	bool random;
	unsigned int read_percent;
};

#define BLK_MIX_WORDS                                                          \
	"randread, randwrite, read, write, mix:PERCENT_READ, randrw or rw"

/* Read such a word. 0 or -EINVAL. */
int blk_mix_parse(const char *text, struct blk_mix *mix);

/* Requests per second of an open loop, 0: a closed one. */
#define BLK_RATE_MAX 1000000000u
#define BLK_RATE_WORDS                                                         \
	"requests/s, a whole number like 50k, up to 1g; with \",poisson\" for "  \
	"a Poisson process"

/* Read "20k", or "20k,poisson" where @comma is ','. 0 or -EINVAL. */
int blk_rate_parse(const char *text, char comma, uint64_t *rate,
		   bool *poisson);

struct blk_load {
	struct blk_mix mix;
	uint64_t bs_bytes;
	uint64_t size_bytes; /* of the disk that is used; 0: all of it */
	unsigned int depth;  /* per queue */
	unsigned int queues;
	unsigned int ring_size; /* 0: the driver waits for room by itself */
	bool indirect;
	bool verify;
};

/* Can it be done at all? 0, or -EINVAL and why not. */
int blk_load_check(const struct blk_load *l, struct err *e);

/* How much of a disk of @capacity bytes it uses, in whole blocks, into
 * *@range; -EINVAL and @e when there is too little. */
int blk_load_range(const struct blk_load *l, uint64_t capacity,
		   uint64_t *range, struct err *e);

#endif
