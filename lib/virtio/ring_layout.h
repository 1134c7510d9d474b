/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RING_LAYOUT_H
#define VIOPERF_RING_LAYOUT_H

/*
 * A ring layout as those see it who set rings up, for whom nothing is hot.
 * Loops over a ring are instantiated with the constant tables of ring_split.h
 * instead, and never call through this one per request.
 */
#include "ring.h"

/* The three areas of a ring, each mapped apart (virtio 1.2, 2.7 and 2.8):
 * descriptor area, driver area (available ring), device area (used ring). */
enum ring_area { RING_DESC, RING_DRIVER, RING_DEVICE, RING_AREAS };

/*
 *   base_max	 the largest value of VHOST_USER_SET_VRING_BASE
 *   align	 of each area, bytes
 *   bytes	 of an area for @num entries
 *   driver_open the areas are zeroed; num, features and inflight[] are set
 *   device_open num and features are set; then set_base
 *   explain	 after reap said -EPROTO: in which way the device broke the ring
 */
struct ring_layout {
	const char *name;
	uint32_t base_max;
	uint8_t align[RING_AREAS];
	size_t (*bytes)(enum ring_area area, unsigned int num);
	void (*driver_open)(struct ring_driver *r, void *const area[]);
	void (*device_open)(struct ring_device *r, void *const area[]);
	void (*explain)(const struct ring_driver *r, char *text, size_t size);
	const struct ring_driver_ops *driver;
	const struct ring_device_ops *device;
};

/* The layout that @features, as negotiated, ask for. */
const struct ring_layout *ring_layout_of(uint64_t features);

#endif
