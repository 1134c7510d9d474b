/* SPDX-License-Identifier: MIT */
#include "blk_request.h"

#include <errno.h>
#include <inttypes.h>

int blk_failed(struct worker *w, const struct slot *s, uint8_t status)
{
	if (status == VIRTIO_BLK_S_IOERR || status == VIRTIO_BLK_S_UNSUPP) {
		w->now.errors++;
		w->now.unsupported += status == VIRTIO_BLK_S_UNSUPP;
		return 0;
	}
	return err_set(&w->err, -EPROTO,
		       "queue %u: the device finished a %s "
		       "of sector %" PRIu64 " %s 0x%02x",
		       w->index, s->write ? "write" : "read",
		       s->block * w->sectors_per_block,
		       status == BLK_STATUS_NONE
			       ? "without a status, which is still"
			       : "with unknown status",
		       status);
}
