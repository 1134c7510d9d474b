/* SPDX-License-Identifier: MIT */
/* What a block request does (virtio 1.2, 5.2.6). */
#include "blk.h"

#include <string.h>

/* Keep the device busy for as long as it was asked to (--service-ns). */
static void serve_slowly(const struct blk_request *br)
{
	const struct device *d = br->r.q->dev;
	uint64_t ticks = (uint64_t)((double)d->opt->service_ns /
				    d->scale.ns_per_tick);
	uint64_t until = clock_ticks() + ticks;

	while (clock_ticks() < until)
		;
}

static void ram_copy(struct blk *b, struct blk_request *br)
{
	uint8_t *disk = b->backing.ram + br->header.sector * BLK_SECTOR;
	unsigned int i;

	for (i = 0; i < br->nr_data; i++) {
		struct iovec *v = &br->data[i];

		if (br->header.type == BLK_T_IN)
			memcpy(v->iov_base, disk, v->iov_len);
		else
			memcpy(disk, v->iov_base, v->iov_len);
		disk += v->iov_len;
	}
}

static int answer_rw(struct blk *b, struct blk_request *br)
{
	bool write = br->header.type == BLK_T_OUT;

	if (unlikely(br->data_bytes % BLK_SECTOR ||
		     !blk_in_range(b, br->header.sector,
				   br->data_bytes / BLK_SECTOR) ||
		     (write && b->backing.readonly)))
		return BLK_S_IOERR;
	request_submitted(&br->r);
	if (b->backing.kind == BACKING_FILE && br->data_bytes)
		return blk_file_rw(b, br);
	if (b->backing.kind == BACKING_RAM)
		ram_copy(b, br);
	if (unlikely(br->r.q->dev->opt->service_ns))
		serve_slowly(br);
	if (!write)
		br->written = (uint32_t)br->data_bytes + 1;
	return BLK_S_OK;
}

static int answer_get_id(struct blk_request *br)
{
	static const char id[BLK_ID_BYTES] = "vioperf-blk";
	size_t done = 0, n;
	unsigned int i;

	for (i = 0; i < br->nr_data && done < sizeof(id); i++, done += n) {
		n = MIN(br->data[i].iov_len, sizeof(id) - done);
		memcpy(br->data[i].iov_base, id + done, n);
	}
	br->written = (uint32_t)done + 1;
	return BLK_S_OK;
}

/* Copy the ranges out of guest memory, then check each. */
static int take_ranges(struct blk *b, struct blk_request *br)
{
	uint8_t *to = (uint8_t *)br->range;
	bool zeroes = br->header.type == BLK_T_WRITE_ZEROES;
	unsigned int i;

	if (!br->data_bytes || br->data_bytes % sizeof(struct blk_range) ||
	    br->data_bytes > sizeof(br->range) || b->backing.readonly)
		return BLK_S_IOERR;
	for (i = 0; i < br->nr_data; to += br->data[i].iov_len, i++)
		memcpy(to, br->data[i].iov_base, br->data[i].iov_len);
	br->nr_ranges =
		(unsigned int)(br->data_bytes / sizeof(struct blk_range));
	br->next_range = 0;
	for (i = 0; i < br->nr_ranges; i++) {
		struct blk_range *r = &br->range[i];

		if (r->flags & ~(zeroes ? BLK_ZEROES_MAY_UNMAP : 0u))
			return BLK_S_UNSUPP;
		if (r->nr_sectors > BLK_RANGE_SECTORS ||
		    !blk_in_range(b, r->sector, r->nr_sectors))
			return BLK_S_IOERR;
	}
	return BLK_S_OK;
}

static int answer_ranges(struct blk *b, struct blk_request *br)
{
	int status = take_ranges(b, br);
	unsigned int i;

	if (status != BLK_S_OK)
		return status;
	request_submitted(&br->r);
	if (b->backing.kind == BACKING_FILE)
		return blk_file_ranges(b, br);
	for (i = 0; b->backing.kind == BACKING_RAM && i < br->nr_ranges; i++)
		memset(b->backing.ram + br->range[i].sector * BLK_SECTOR, 0,
		       (size_t)br->range[i].nr_sectors * BLK_SECTOR);
	return BLK_S_OK;
}

int blk_answer(struct blk *b, struct blk_request *br)
{
	switch (br->header.type) {
	case BLK_T_IN:
	case BLK_T_OUT:
		return answer_rw(b, br);
	case BLK_T_FLUSH:
		request_submitted(&br->r);
		return b->backing.kind == BACKING_FILE ? blk_file_flush(b, br)
						       : BLK_S_OK;
	case BLK_T_GET_ID:
		return answer_get_id(br);
	case BLK_T_DISCARD:
	case BLK_T_WRITE_ZEROES:
		return answer_ranges(b, br);
	default:
		return BLK_S_UNSUPP;
	}
}
