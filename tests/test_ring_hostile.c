/* SPDX-License-Identifier: MIT */
/*
 * A hostile other side of the split ring: every malformed chain breaks the
 * queue with a reason, and nothing outside guest memory is touched (ASan
 * watches).
 */
#include "ring_pair.h"

#define NUM 16
#define NEXT SPLIT_DESC_NEXT
#define WRITE SPLIT_DESC_WRITE
#define INDIRECT SPLIT_DESC_INDIRECT
#define DATA (PAIR_GPA + PAIR_DATA)
#define TABLE (PAIR_GPA + 0x20000)
#define END (PAIR_GPA + PAIR_BYTES)

struct hostile_case {
	const char *name;
	struct split_desc ring[4];
	struct split_desc table[3]; /* at TABLE */
	uint16_t head;
	uint16_t avail; /* what avail.idx says, 0: 1 */
	bool no_indirect;
	const char *why; /* NULL: legal */
};

static const struct hostile_case cases[] = {
	{ .name = "legal", .ring = { { DATA, 16, NEXT, 1 }, { DATA, 8, WRITE, 0 } } },
	{ .name = "legal indirect", .ring = { { TABLE, 32, INDIRECT, 0 } },
	  .table = { { DATA, 16, NEXT, 1 }, { DATA, 8, WRITE, 0 } } },
	{ .name = "circular", .ring = { { DATA, 16, NEXT, 1 }, { DATA, 16, NEXT, 0 } },
	  .why = "descriptor loop" },
	{ .name = "points to itself", .ring = { { DATA, 16, NEXT, 0 } },
	  .why = "descriptor loop" },
	{ .name = "next beyond the ring", .ring = { { DATA, 16, NEXT, NUM } },
	  .why = "next beyond the ring" },
	{ .name = "head beyond the ring", .head = NUM, .why = "head beyond the ring" },
	{ .name = "avail jumps", .ring = { { DATA, 16, 0, 0 } }, .avail = NUM + 1,
	  .why = "avail.idx jumps past the ring" },
	{ .name = "avail goes back", .ring = { { DATA, 16, 0, 0 } }, .avail = 65535,
	  .why = "avail.idx jumps past the ring" },
	{ .name = "zero length", .ring = { { DATA, 0, 0, 0 } },
	  .why = "zero-length segment" },
	{ .name = "wraps", .ring = { { ~0ull - 7, 16, 0, 0 } },
	  .why = "segment outside guest memory" },
	{ .name = "below memory", .ring = { { 0, 16, 0, 0 } },
	  .why = "segment outside guest memory" },
	{ .name = "across the end", .ring = { { END - 8, 16, 0, 0 } },
	  .why = "segment outside guest memory" },
	{ .name = "up to the end", .ring = { { END - 16, 16, 0, 0 } } },
	{ .name = "4 GiB long", .ring = { { DATA, UINT32_MAX, 0, 0 } },
	  .why = "segment outside guest memory" },
	{ .name = "writable first", .ring = { { DATA, 16, WRITE | NEXT, 1 }, { DATA, 8, 0, 0 } },
	  .why = "readable segment after a writable one" },
	{ .name = "indirect, not negotiated", .ring = { { TABLE, 32, INDIRECT, 0 } },
	  .no_indirect = true, .why = "indirect table, not negotiated" },
	{ .name = "indirect with next", .ring = { { TABLE, 32, INDIRECT | NEXT, 1 } },
	  .why = "indirect descriptor with a successor" },
	{ .name = "indirect, length 0", .ring = { { TABLE, 0, INDIRECT, 0 } },
	  .why = "indirect table's length is no multiple of 16" },
	{ .name = "indirect, length 24", .ring = { { TABLE, 24, INDIRECT, 0 } },
	  .why = "indirect table's length is no multiple of 16" },
	{ .name = "indirect outside", .ring = { { END, 32, INDIRECT, 0 } },
	  .why = "indirect table outside guest memory" },
	{ .name = "indirect, huge", .ring = { { TABLE, 0xfffffff0u, INDIRECT, 0 } },
	  .why = "indirect table outside guest memory" },
	{ .name = "indirect in indirect", .ring = { { TABLE, 32, INDIRECT, 0 } },
	  .table = { { DATA, 16, NEXT, 1 }, { TABLE, 32, INDIRECT, 0 } },
	  .why = "indirect table in a table" },
	{ .name = "next beyond the table", .ring = { { TABLE, 32, INDIRECT, 0 } },
	  .table = { { DATA, 16, NEXT, 2 } }, .why = "next beyond the indirect table" },
	{ .name = "loop in the table", .ring = { { TABLE, 32, INDIRECT, 0 } },
	  .table = { { DATA, 16, NEXT, 1 }, { DATA, 16, NEXT, 0 } },
	  .why = "descriptor loop in an indirect table" },
};

static void offer(struct ring_pair *p, const struct hostile_case *c)
{
	memcpy(p->drv.split.desc, c->ring, sizeof(c->ring));
	memcpy(p->base + 0x20000, c->table, sizeof(c->table));
	p->drv.split.avail->ring[0] = c->head;
	p->drv.split.avail->idx = c->avail ? c->avail : 1;
}

static void test_hostile_driver(void **state)
{
	static struct ring_chain rc;
	struct ring_pair p;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		pair_open(&p, NUM, true, !cases[i].no_indirect, 0);
		offer(&p, &cases[i]);
		ret = split_device_ops.pop(&p.dev, &rc);
		printf("%s: %d %s\n", cases[i].name, ret,
		       p.dev.broken ? p.dev.broken : "");
		assert_int_equal(ret, cases[i].why ? -EPROTO : 1);
		if (cases[i].why)
			assert_string_equal(p.dev.broken, cases[i].why);
		pair_close(&p);
	}
}

/* More segments than a chain may have, in a table that is itself legal. */
static void test_too_many_segments(void **state)
{
	struct split_desc *t;
	static struct ring_chain rc;
	struct ring_pair p;
	uint16_t i;

	(void)state;
	pair_open(&p, NUM, true, true, 0);
	t = (void *)(p.base + 0x20000);
	for (i = 0; i <= RING_CHAIN_MAX; i++)
		t[i] = (struct split_desc){ DATA, 1, NEXT, (uint16_t)(i + 1) };
	t[RING_CHAIN_MAX].flags = 0;
	p.drv.split.desc[0] = (struct split_desc){
		TABLE, (RING_CHAIN_MAX + 1) * sizeof(*t), INDIRECT, 0
	};
	p.drv.split.avail->idx = 1;
	assert_int_equal(split_device_ops.pop(&p.dev, &rc), -EPROTO);
	assert_string_equal(p.dev.broken, "chain of too many segments");
	pair_close(&p);
}

/* A segment across two regions that touch is cut in two; across a hole it is
 * refused. */
static void test_two_regions(void **state)
{
	const uint64_t at[] = { END, END + 4096 };
	static struct ring_chain rc;
	struct ring_pair p;
	struct err e;
	int i, fd;

	(void)state;
	for (i = 0; i < 2; i++) {
		pair_open(&p, NUM, false, false, 0);
		fd = memfd_create("more", MFD_CLOEXEC);
		assert_int_equal(ftruncate(fd, 8192), 0);
		assert_int_equal(guest_memory_add(p.mem, at[i], 8192, 0, fd, 0,
						  &e), 0);
		p.drv.split.desc[0] =
			(struct split_desc){ END - 100, 4000, 0, 0 };
		p.drv.split.avail->idx = 1;
		assert_int_equal(split_device_ops.pop(&p.dev, &rc),
				 i ? -EPROTO : 1);
		if (!i) {
			assert_int_equal(rc.nr_out, 2);
			assert_int_equal(rc.iov[0].iov_len, 100);
			assert_int_equal(rc.iov[1].iov_len, 3900);
			assert_int_equal(rc.out_bytes, 4000);
		}
		close(fd);
		pair_close(&p);
	}
}

/* ---- a hostile device ---- */

static void give(struct ring_pair *p, uint16_t slot, uint32_t id, uint32_t len,
		 uint16_t idx)
{
	p->drv.split.used->ring[slot] = (struct split_used_elem){ id, len };
	p->drv.split.used->idx = idx;
}

static void test_hostile_device(void **state)
{
	static const struct {
		uint32_t id, len;
		uint16_t idx;
		int ret;
	} c[] = {
		{ 0, 16, 1, 1 },	{ 0, 17, 1, -EPROTO },
		{ NUM, 0, 1, -EPROTO },	{ UINT32_MAX, 0, 1, -EPROTO },
		{ 5, 0, 1, -EPROTO },	{ 0, 0, 2, -EPROTO },
		{ 0, 0, 65535, -EPROTO }, { 0, UINT32_MAX, 1, -EPROTO },
		{ 65536, 0, 1, -EPROTO },
	};
	struct ring_seg seg[2] = { { DATA, 16 }, { DATA + 64, 16 } };
	struct ring_done done;
	struct ring_pair p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		pair_open(&p, NUM, true, true, 0);
		split_driver_ops.add(&p.drv, seg, 1, 1, 77);
		split_driver_ops.publish(&p.drv);
		/* The device may scribble over what the driver wrote. */
		memset(p.drv.split.desc, 0xff, split_desc_bytes(NUM));
		give(&p, 0, c[i].id, c[i].len, c[i].idx);
		assert_int_equal(split_driver_ops.reap(&p.drv, &done),
				 c[i].ret);
		if (c[i].ret == 1) {
			assert_int_equal(done.cookie, 77);
			assert_int_equal(p.drv.num_free, NUM);
			/* the same one again */
			give(&p, 1, 0, 0, 2);
			assert_int_equal(split_driver_ops.reap(&p.drv, &done),
					 -EPROTO);
		}
		pair_close(&p);
	}
}

/* ---- random scribbling over the shared memory, both ways ---- */

static void scribble(struct ring_pair *p, uint64_t *rnd)
{
	static const uint32_t parts[] = { 0, 0x8000, 0x10000, 0x20000 };
	unsigned int n = 1 + pair_random(rnd) % 4;

	while (n--) {
		uint8_t *at = p->base + parts[pair_random(rnd) % 4] +
			      pair_random(rnd) % 300;

		*at = (uint8_t)pair_random(rnd);
	}
}

/* What is popped from a scribbled ring lies inside guest memory. */
static void touch(struct ring_pair *p, const struct ring_chain *rc)
{
	const uint8_t *base = guest_memory_at(p->mem, PAIR_GPA, PAIR_BYTES);
	int i;

	for (i = 0; i < rc->nr_out + rc->nr_in; i++) {
		const uint8_t *at = rc->iov[i].iov_base;

		assert_true(at >= base && rc->iov[i].iov_len &&
			    at + rc->iov[i].iov_len <= base + PAIR_BYTES);
	}
}

static void fuzz_once(uint64_t *rnd)
{
	struct ring_seg seg[3] = { { DATA, 16 }, { DATA + 64, 512 },
				   { DATA + 1024, 1 } };
	static struct ring_chain rc;
	struct ring_done done;
	struct ring_pair p;
	unsigned int i;

	pair_open(&p, NUM, *rnd & 1, *rnd & 2, (uint16_t)*rnd);
	for (i = 0; i < 40; i++) {
		split_driver_ops.add(&p.drv, seg, 1, 2, i);
		split_driver_ops.publish(&p.drv);
		scribble(&p, rnd);
		while (split_device_ops.pop(&p.dev, &rc) == 1) {
			touch(&p, &rc);
			split_device_ops.push(&p.dev, rc.id, rc.ndesc, 1);
		}
		split_device_ops.publish(&p.dev);
		scribble(&p, rnd);
		while (split_driver_ops.reap(&p.drv, &done) == 1)
			assert_true(done.cookie < 40);
		assert_true(p.drv.num_free <= NUM);
	}
	pair_close(&p);
}

static void test_fuzz(void **state)
{
	uint64_t rnd = pair_seed();
	unsigned int i;

	(void)state;
	printf("seed %llu\n", (unsigned long long)rnd);
	for (i = 0; i < 20000; i++)
		fuzz_once(&rnd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_driver),
		cmocka_unit_test(test_too_many_segments),
		cmocka_unit_test(test_two_regions),
		cmocka_unit_test(test_hostile_device),
		cmocka_unit_test(test_fuzz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
