/* SPDX-License-Identifier: MIT */
#include "ring_layout.h"

#include <stdio.h>

#include "ring_split.h"

static size_t split_bytes(enum ring_area area, unsigned int num)
{
	if (area == RING_DESC)
		return split_desc_bytes(num);
	return area == RING_DRIVER ? split_avail_bytes(num)
				   : split_used_bytes(num);
}

static void split_driver_open(struct ring_driver *r, void *const area[])
{
	r->split.desc = area[RING_DESC];
	r->split.avail = area[RING_DRIVER];
	r->split.used = area[RING_DEVICE];
	split_driver_init(r);
}

static void split_device_open(struct ring_device *r, void *const area[])
{
	r->split.desc = area[RING_DESC];
	r->split.avail = area[RING_DRIVER];
	r->split.used = area[RING_DEVICE];
}

static void split_explain(const struct ring_driver *r, char *text, size_t size)
{
	uint16_t idx = ring_le16(ring_load(&r->split.used->idx));
	uint16_t pending = (uint16_t)(r->published - r->used_idx);
	const struct split_used_elem *e =
		&r->split.used->ring[r->used_idx & (r->num - 1)];
	uint32_t id = ring_le32(ring_load(&e->id));
	uint32_t len = ring_le32(ring_load(&e->len));

	if ((uint16_t)(idx - r->used_idx) > pending)
		snprintf(text, size,
			 "used.idx jumps from %u to %u with %u requests in "
			 "flight",
			 r->used_idx, idx, pending);
	else if (id >= r->num)
		snprintf(text, size, "used id %u in a ring of %u entries", id,
			 r->num);
	else if (!r->inflight[id].ndesc)
		snprintf(text, size, "used id %u is not in flight", id);
	else
		snprintf(text, size,
			 "used length %u for a request with %u writable bytes",
			 len, r->inflight[id].in_bytes);
}

static const struct ring_layout split_layout = {
	.name = "split",
	.base_max = UINT16_MAX,
	.align = { 16, 2, 4 },
	.bytes = split_bytes,
	.driver_open = split_driver_open,
	.device_open = split_device_open,
	.explain = split_explain,
	.driver = &split_driver_ops,
	.device = &split_device_ops,
};

const struct ring_layout *ring_layout_of(uint64_t features)
{
	(void)features; /* there is one */
	return &split_layout;
}
