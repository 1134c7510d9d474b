/* SPDX-License-Identifier: MIT */
#include "blk_request.h"

#include <errno.h>
#include <inttypes.h>

int blk_broke_status(struct worker *w, uint8_t status, bool write,
		     uint64_t sector)
{
	return err_set(&w->err, -EPROTO,
		       "queue %u: the device finished a %s "
		       "of sector %" PRIu64 " %s 0x%02x",
		       w->index, write ? "write" : "read", sector,
		       status == BLK_STATUS_NONE
			       ? "without a status, which is still"
			       : "with unknown status",
		       status);
}

int blk_failed(struct worker *w, const struct slot *s, uint8_t status)
{
	uint64_t sector = s->block * w->sectors_per_block;

	if (!blk_status_valid(status))
		return blk_broke_status(w, status, s->write, sector);
	w->now.errors++;
	failures_add_blk(&w->failures, status, s->write, sector, w->index,
			 worker_when(w), clock_ticks());
	return 1;
}
