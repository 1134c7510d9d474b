/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BLK_H
#define VIOPERF_BLK_H

#include "backing.h"
#include "request.h"

/* virtio 1.2, section 5.2 */
#define VIRTIO_ID_BLOCK 2

#define BLK_F_SEG_MAX	   2
#define BLK_F_RO	   5
#define BLK_F_BLK_SIZE	   6
#define BLK_F_FLUSH	   9
#define BLK_F_TOPOLOGY	   10
#define BLK_F_CONFIG_WCE   11
#define BLK_F_MQ	   12
#define BLK_F_DISCARD	   13
#define BLK_F_WRITE_ZEROES 14

enum blk_type {
	BLK_T_IN = 0,
	BLK_T_OUT = 1,
	BLK_T_FLUSH = 4,
	BLK_T_GET_ID = 8,
	BLK_T_DISCARD = 11,
	BLK_T_WRITE_ZEROES = 13,
};

enum blk_status {
	BLK_S_OK = 0,
	BLK_S_IOERR = 1,
	BLK_S_UNSUPP = 2,
	BLK_PENDING = -1, /* ours: blk_finish comes later */
};

#define BLK_SECTOR	    512
#define BLK_ID_BYTES	    20
#define BLK_SEG_MAX	    126	     /* data segments of a request */
#define BLK_RANGE_MAX	    16	     /* ranges of a discard, write zeroes */
#define BLK_RANGE_SECTORS   0x400000u /* of one range: 2 GiB */
#define BLK_ZEROES_MAY_UNMAP 1u

struct blk_config {
	uint64_t capacity; /* in sectors */
	uint32_t size_max;
	uint32_t seg_max;
	uint16_t cylinders;
	uint8_t heads;
	uint8_t sectors;
	uint32_t blk_size;
	uint8_t physical_block_exp;
	uint8_t alignment_offset;
	uint16_t min_io_size;
	uint32_t opt_io_size;
	uint8_t writeback;
	uint8_t unused0;
	uint16_t num_queues;
	uint32_t max_discard_sectors;
	uint32_t max_discard_seg;
	uint32_t discard_sector_alignment;
	uint32_t max_write_zeroes_sectors;
	uint32_t max_write_zeroes_seg;
	uint8_t write_zeroes_may_unmap;
	uint8_t unused1[3];
};

struct blk_header {
	uint32_t type;
	uint32_t reserved;
	uint64_t sector;
};

struct blk_range {
	uint64_t sector;
	uint32_t nr_sectors;
	uint32_t flags;
};

struct blk_request {
	struct request r;
	struct blk_header header;
	uint8_t *status;
	struct iovec *data; /* what is left of it, in r.chain.iov */
	unsigned int nr_data;
	uint64_t data_bytes;
	uint32_t written; /* bytes written for the driver, status included */

	/* I/O on a file */
	uint64_t offset; /* of what is left, in bytes */
	uint64_t todo;	 /* bytes left */
	uint8_t *bounce; /* aligned copy of the data, for O_DIRECT */
	struct iovec bounce_iov;
	struct blk_range range[BLK_RANGE_MAX];
	unsigned int nr_ranges, next_range;
};

struct blk {
	struct backing backing;
	struct blk_config config;
};

struct blk_queue {
	struct request_pool pool;
	struct blk *blk;
};

/* Is [@sector, @sector + @nr) on the disk? */
static inline bool blk_in_range(const struct blk *b, uint64_t sector,
				uint64_t nr)
{
	return nr <= b->config.capacity && sector <= b->config.capacity - nr;
}

/* Carry out a parsed request: a status, or BLK_PENDING. */
int blk_answer(struct blk *b, struct blk_request *br);

/* Begin I/O on a file; BLK_PENDING, or a status where it cannot begin. */
int blk_file_rw(struct blk *b, struct blk_request *br);
int blk_file_flush(struct blk *b, struct blk_request *br);
int blk_file_ranges(struct blk *b, struct blk_request *br);

/* Write the status byte and push. */
void blk_finish(struct blk_request *br, int status);

/* Are writes to be on the disk before they are answered (5.2.6.2)? */
bool blk_writethrough(const struct blk_request *br);

#endif
