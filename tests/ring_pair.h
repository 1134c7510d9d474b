/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TESTS_RING_PAIR_H
#define VIOPERF_TESTS_RING_PAIR_H

/* Both halves of a split ring over one memfd, for the ring's tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/virtio/guest_memory.h"
#include "lib/virtio/ring_split.h"

#define PAIR_GPA   0x40000000ull
#define PAIR_BYTES (1u << 20)
#define PAIR_DATA  (1u << 19) /* where the test's buffers begin */
#define PAIR_INDIRECT 16

struct ring_pair {
	int fd;
	uint8_t *base; /* the driver's mapping */
	struct guest_memory *mem;
	struct ring_driver drv;
	struct ring_device dev;
};

static inline uint64_t pair_gpa(const struct ring_pair *p, const void *at)
{
	return PAIR_GPA + (uint64_t)((const uint8_t *)at - p->base);
}

/* The device's own pointer to what the driver sees at @at. */
static inline void *pair_device_at(struct ring_pair *p, void *at)
{
	return guest_memory_at(p->mem, pair_gpa(p, at), 1);
}

static inline void pair_open(struct ring_pair *p, uint16_t num, bool event_idx,
			     bool indirect, uint16_t base)
{
	struct err e;

	memset(p, 0, sizeof(*p));
	p->fd = memfd_create("pair", MFD_CLOEXEC);
	assert_int_equal(ftruncate(p->fd, PAIR_BYTES), 0);
	p->base = mmap(NULL, PAIR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		       p->fd, 0);
	assert_true(p->base != MAP_FAILED);
	p->mem = guest_memory_new();
	assert_int_equal(guest_memory_add(p->mem, PAIR_GPA, PAIR_BYTES,
					  0x7000000, p->fd, 0, &e), 0);
	p->drv.num = num;
	p->drv.event_idx = event_idx;
	p->drv.indirect = indirect;
	p->drv.split.desc = (void *)p->base;
	p->drv.split.avail = (void *)(p->base + 0x8000);
	p->drv.split.used = (void *)(p->base + 0x10000);
	p->drv.indirect_table = (void *)(p->base + 0x20000);
	p->drv.indirect_gpa = PAIR_GPA + 0x20000;
	p->drv.indirect_max = PAIR_INDIRECT;
	p->drv.inflight = calloc(num, sizeof(*p->drv.inflight));
	split_driver_init(&p->drv);
	/* As after @base requests: both sides and the shared words agree. */
	p->drv.avail_idx = p->drv.published = p->drv.used_idx = base;
	p->drv.split.avail->idx = ring_le16(base);
	p->drv.split.used->idx = ring_le16(base);
	*split_used_event(p->drv.split.avail, num) = ring_le16(base);
	*split_avail_event(p->drv.split.used, num) = ring_le16(base);
	p->dev.num = num;
	p->dev.event_idx = event_idx;
	p->dev.indirect = indirect;
	p->dev.mem = p->mem;
	p->dev.split.desc = pair_device_at(p, p->drv.split.desc);
	p->dev.split.avail = pair_device_at(p, p->drv.split.avail);
	p->dev.split.used = pair_device_at(p, p->drv.split.used);
	split_device_ops.set_base(&p->dev, base);
}

static inline void pair_close(struct ring_pair *p)
{
	free(p->drv.inflight);
	guest_memory_put(p->mem);
	munmap(p->base, PAIR_BYTES);
	close(p->fd);
}

/* xorshift; the seed comes from VIOPERF_SEED or is fixed, and is printed by
 * whoever fails. */
static inline uint64_t pair_random(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static inline uint64_t pair_seed(void)
{
	const char *text = getenv("VIOPERF_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 10) : 0;

	return seed ? seed : 20260101;
}

#endif
