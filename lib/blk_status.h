/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BLK_STATUS_H
#define VIOPERF_BLK_STATUS_H

/*
 * How a device answers a block request (virtio 1.2, 5.2.6): the status byte
 * and the used length, judged here for every driver. Compiles freestanding.
 */
#include <stdbool.h>
#include <stdint.h>

#define BLK_STATUS_OK	  0
#define BLK_STATUS_IOERR  1
#define BLK_STATUS_UNSUPP 2
#define BLK_STATUS_NONE	  0xff /* written before; no device answers this */

/* Is it a status that a device may answer? If not, it broke the protocol. */
static inline bool blk_status_valid(uint8_t status)
{
	return status <= BLK_STATUS_UNSUPP;
}

static inline const char *blk_status_name(uint8_t status)
{
	return status == BLK_STATUS_OK	   ? "VIRTIO_BLK_S_OK" :
	       status == BLK_STATUS_IOERR  ? "VIRTIO_BLK_S_IOERR" :
	       status == BLK_STATUS_UNSUPP ? "VIRTIO_BLK_S_UNSUPP" :
					     "unknown";
}

/*
 * Is @len right for a request with @in_bytes of writable data before its
 * status (0 for a write, a flush, a discard)? It is what the device wrote: all
 * of it when the request went well; when it failed, the status byte and
 * whatever of the data.
 */
static inline bool blk_used_len_right(uint8_t status, uint32_t in_bytes,
				      uint32_t len)
{
	if (status == BLK_STATUS_OK)
		return len == in_bytes + 1;
	return len >= 1 && len <= in_bytes + 1;
}

#endif
