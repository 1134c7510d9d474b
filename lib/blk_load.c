/* SPDX-License-Identifier: MIT */
#include "blk_load.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "units.h"
#include "util.h"

int blk_mix_parse(const char *text, struct blk_mix *mix)
{
	static const struct {
		const char *name;
		struct blk_mix mix;
	} modes[] = {
		{ "randread", { true, 100 } }, { "randwrite", { true, 0 } },
		{ "read", { false, 100 } },    { "write", { false, 0 } },
		{ "randrw", { true, 50 } },    { "rw", { false, 50 } },
	};
	uint64_t percent;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(text, modes[i].name)) {
			*mix = modes[i].mix;
			return 0;
		}
	if (strncmp(text, "mix:", 4) ||
	    units_parse(UNITS_NUMBER, text + 4, &percent) < 0 || percent > 100)
		return -EINVAL;
	*mix = (struct blk_mix){ true, (unsigned int)percent };
	return 0;
}

int blk_rate_parse(const char *text, char comma, uint64_t *rate, bool *poisson)
{
	const char *end = strchr(text, comma);
	size_t len = end ? (size_t)(end - text) : strlen(text);
	char number[32];
	uint64_t n;

	if (len >= sizeof(number) || (end && strcmp(end + 1, "poisson")))
		return -EINVAL;
	memcpy(number, text, len);
	number[len] = '\0';
	if (units_parse(UNITS_COUNT, number, &n) < 0 || n > BLK_RATE_MAX)
		return -EINVAL;
	*rate = n;
	*poisson = end;
	return 0;
}

static int check_sizes(const struct blk_load *l, struct err *e)
{
	if (!l->bs_bytes || l->bs_bytes % BLK_LOAD_SECTOR)
		return err_set(e, -EINVAL,
			       "bs %" PRIu64 ": not a multiple of 512",
			       l->bs_bytes);
	if (l->bs_bytes > BLK_LOAD_MAX_BS)
		return err_set(e, -EINVAL, "bs %" PRIu64 ": at most 16m",
			       l->bs_bytes);
	if (l->size_bytes % BLK_LOAD_SECTOR)
		return err_set(e, -EINVAL,
			       "size %" PRIu64 ": not a multiple of 512",
			       l->size_bytes);
	if (l->size_bytes && l->size_bytes < l->bs_bytes)
		return err_set(e, -EINVAL,
			       "size %" PRIu64 " is smaller than bs %" PRIu64,
			       l->size_bytes, l->bs_bytes);
	return 0;
}

/* A request is three descriptors, or one that points to a table. */
static int check_ring(const struct blk_load *l, struct err *e)
{
	if (!l->ring_size)
		return 0;
	if (l->depth > l->ring_size)
		return err_set(e, -EINVAL,
			       "depth %u does not fit a ring of %u; use a "
			       "larger ring-size",
			       l->depth, l->ring_size);
	if (!l->indirect && l->depth * 3 > l->ring_size)
		return err_set(e, -EINVAL,
			       "depth %u needs %u ring entries without "
			       "indirect descriptors; use a larger ring-size",
			       l->depth, l->depth * 3);
	return 0;
}

int blk_load_check(const struct blk_load *l, struct err *e)
{
	int ret = check_sizes(l, e);

	if (ret < 0)
		return ret;
	if (l->mix.read_percent > 100)
		return err_set(e, -EINVAL, "%u %% of reads",
			       l->mix.read_percent);
	if (!l->depth || l->depth > BLK_LOAD_MAX_DEPTH)
		return err_set(e, -EINVAL, "depth %u: use 1 to %u", l->depth,
			       BLK_LOAD_MAX_DEPTH);
	if (!l->queues || l->queues > BLK_LOAD_MAX_QUEUES)
		return err_set(e, -EINVAL, "queues %u: use 1 to %u", l->queues,
			       BLK_LOAD_MAX_QUEUES);
	return check_ring(l, e);
}

int blk_load_range(const struct blk_load *l, uint64_t capacity,
		   uint64_t *range, struct err *e)
{
	uint64_t size = l->size_bytes, least;

	if (capacity && size > capacity)
		return err_set(e, -EINVAL,
			       "the device has %" PRIu64
			       " bytes, size asks for %" PRIu64,
			       capacity, size);
	if (!size)
		size = capacity;
	if (l->verify && !l->size_bytes)
		size = MIN(size, BLK_LOAD_VERIFY_SIZE);
	*range = size - size % l->bs_bytes;
	/* Sequential: a part for each queue; verified: a block a request. */
	least = (uint64_t)l->queues * (l->verify ? l->depth : 1);
	if (*range / l->bs_bytes < least)
		return err_set(e, -EINVAL,
			       "%" PRIu64 " bytes are too few: this load needs "
			       "%" PRIu64 " blocks of %" PRIu64 " at least",
			       size, least, l->bs_bytes);
	return 0;
}
