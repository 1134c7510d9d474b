/* SPDX-License-Identifier: MIT */
#include "blk_verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "blk_request.h"

#define SECTOR_MAGIC  0x796669726576706full /* "opverify" */
#define SECTOR_POISON 0x21646165722d746full /* in the buffer before a read */
#define SECTOR_WORDS  (BLK_SECTOR / 8 - 5)

/* Host byte order: who reads it is who wrote it. */
struct sector {
	uint64_t magic;
	uint64_t number;
	uint64_t generation;
	uint64_t run;	   /* an earlier run's sectors are not ours */
	uint64_t checksum; /* of all the rest */
	uint64_t content[SECTOR_WORDS];
};

/* What a worker remembers of its blocks. */
struct blk_verify {
	uint32_t *generation; /* newest written */
	bool *busy;
	uint64_t checked; /* sectors */
};

int blk_verify_open(struct worker *w, struct err *e)
{
	struct blk_verify *v = calloc(1, sizeof(*v));

	w->private = v;
	if (v) {
		v->generation = calloc(w->nr_blocks, sizeof(*v->generation));
		v->busy = calloc(w->nr_blocks, sizeof(*v->busy));
	}
	if (!v || !v->generation || !v->busy)
		return err_set(e, -ENOMEM,
			       "no memory to verify %" PRIu64
			       " blocks; give a smaller --size",
			       w->nr_blocks);
	return 0;
}

void blk_verify_close(struct worker *w)
{
	struct blk_verify *v = w->private;

	if (!v)
		return;
	free(v->generation);
	free(v->busy);
	free(v);
	w->private = NULL;
}

uint64_t blk_verify_checked(const struct worker *w)
{
	const struct blk_verify *v = w->private;

	return v ? v->checked : 0;
}

static uint64_t sector_checksum(const struct sector *s)
{
	uint64_t sum = rng_mix(s->magic ^ rng_mix(s->number) ^
			       rng_mix(s->generation ^ rng_mix(s->run)));
	unsigned int i;

	for (i = 0; i < SECTOR_WORDS; i++)
		sum = (sum ^ s->content[i]) * 0x9e3779b97f4a7c15ull +
		      (sum >> 29);
	return sum;
}

static void sector_fill(struct sector *s, uint64_t number, uint64_t generation,
			uint64_t run)
{
	struct rng rng;
	unsigned int i;

	s->magic = SECTOR_MAGIC;
	s->number = number;
	s->generation = generation;
	s->run = run;
	rng_seed(&rng, run ^ rng_mix(number) ^ generation);
	for (i = 0; i < SECTOR_WORDS; i++)
		s->content[i] = rng_next(&rng);
	s->checksum = sector_checksum(s);
}

static bool all_zero(const void *p, size_t bytes)
{
	const char *c = p;

	return !*c && !memcmp(c, c + 1, bytes - 1);
}

/* What is wrong with @s, in words. */
static const char *sector_fault(const struct sector *s, uint64_t number,
				uint64_t generation, uint64_t run)
{
	if (all_zero(s, sizeof(*s)))
		return "zeroes (a device that stores nothing, such as null, "
		       "cannot be verified)";
	if (s->magic == SECTOR_POISON)
		return "nothing: the device did not write the buffer (a "
		       "null backing does not)";
	if (s->magic != SECTOR_MAGIC)
		return "data that this load never wrote";
	if (s->checksum != sector_checksum(s))
		return "a sector that is torn or damaged";
	if (s->run != run)
		return "a sector of another run";
	if (s->number != number)
		return "another sector";
	return s->generation < generation ? "an older write (lost update)"
					  : "a newer generation than written";
}

static int check_sector(struct worker *w, const struct sector *s,
			uint64_t number, uint64_t generation)
{
	uint64_t run = w->load->run_id;
	bool ours = s->magic == SECTOR_MAGIC;

	if (ours && s->number == number && s->generation == generation &&
	    s->run == run && s->checksum == sector_checksum(s))
		return 0;
	return err_set(&w->err, -EILSEQ,
		       "queue %u: verify: sector %" PRIu64
		       ": expected sector %" PRIu64 " generation %" PRIu64
		       ", got sector %" PRIu64 " generation %" PRIu64 ": %s",
		       w->index, number, number, generation,
		       ours ? s->number : 0, ours ? s->generation : 0,
		       sector_fault(s, number, generation, run));
}

/* Make the slot's buffer ready: what is to be written, or a mark that shows
 * whether a read arrives. */
static void fill_data(struct worker *w, struct slot *s)
{
	uint64_t i, first = s->block * w->sectors_per_block;
	struct sector *sector = s->data;

	for (i = 0; i < w->sectors_per_block; i++) {
		if (s->write)
			sector_fill(&sector[i], first + i, s->generation,
				    w->load->run_id);
		else
			sector[i].magic = SECTOR_POISON;
	}
}

/* A block that no request is about: @block or the first free one after it.
 * There is one, as there are at least as many blocks as slots. */
static uint64_t free_block(const struct worker *w, uint64_t block)
{
	const struct blk_verify *v = w->private;
	uint64_t i = block - w->first_block;

	while (v->busy[i])
		i = i + 1 == w->nr_blocks ? 0 : i + 1;
	return w->first_block + i;
}

bool blk_verify_next(struct worker *w, struct slot *s)
{
	enum load_pass pass = w->load->pass;
	struct blk_verify *v = w->private;
	uint64_t block;
	bool write;

	if (pass == PASS_MEASURE) {
		block = free_block(w, blk_next_block(w));
		write = blk_next_is_write(w);
	} else {
		if (w->position == w->nr_blocks)
			return false;
		block = w->first_block + w->position++;
		write = pass == PASS_FILL;
	}
	v->busy[block - w->first_block] = true;
	s->generation = v->generation[block - w->first_block] + write;
	blk_build(w, s, block, write);
	fill_data(w, s);
	return true;
}

int blk_verify_done(struct worker *w, struct slot *s, const struct ring_done *d)
{
	struct blk_verify *v = w->private;
	uint64_t i, first = s->block * w->sectors_per_block;
	int ret = blk_answer(w, s, d);

	if (ret > 0)
		ret = err_set(&w->err, -EIO,
			      "queue %u: verify: cannot go on after a %s that "
			      "failed",
			      w->index, s->write ? "write" : "read");
	v->busy[s->block - w->first_block] = false;
	if (s->write)
		v->generation[s->block - w->first_block] = s->generation;
	for (i = 0; !ret && !s->write && i < w->sectors_per_block; i++) {
		ret = check_sector(w, (struct sector *)s->data + i, first + i,
				   s->generation);
		v->checked++;
	}
	return ret;
}
