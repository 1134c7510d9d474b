/* SPDX-License-Identifier: MIT */
/*
 * Both halves of the split ring against a model: every chain that goes in
 * comes out once, with its segments, and comes back once, with its length;
 * a notification is asked for exactly when the other side waits for one.
 */
#include "ring_pair.h"

#define MAX_SEGS 8

struct model_chain {
	bool in_flight;
	unsigned int nr_out, nr_in;
	struct ring_seg seg[MAX_SEGS];
	uint32_t in_bytes;
	uint32_t answer; /* the length the device will give */
};

struct model {
	struct ring_pair p;
	uint64_t rnd;
	struct model_chain chain[RING_SIZE_MAX];
	unsigned int nr_chains, in_ring;
	/* popped by the device, not yet pushed */
	struct {
		uint16_t id, ndesc;
		uint32_t len;
	} held[RING_SIZE_MAX];
	unsigned int nr_held;
	unsigned int unpublished, unpushed; /* added, pushed, invisible */
	bool dev_asleep, drv_asleep;
	uint64_t kicks, calls, done;
};

static unsigned int below(struct model *m, unsigned int n)
{
	return (unsigned int)(pair_random(&m->rnd) % n);
}

/* A chain whose first segment names it, so the device side can tell. */
static void make_chain(struct model *m, struct model_chain *c, uint64_t cookie)
{
	unsigned int i, nr = 1 + below(m, MAX_SEGS);

	c->nr_out = below(m, nr + 1);
	c->nr_in = nr - c->nr_out;
	c->in_bytes = 0;
	for (i = 0; i < nr; i++) {
		c->seg[i].addr = PAIR_GPA + PAIR_DATA +
				 (cookie * MAX_SEGS + i) * 32;
		c->seg[i].len = 1 + below(m, 32);
		if (i >= c->nr_out)
			c->in_bytes += c->seg[i].len;
	}
	c->answer = c->in_bytes ? below(m, c->in_bytes + 1) : 0;
}

static void driver_adds(struct model *m)
{
	unsigned int i, n = 1 + below(m, m->p.drv.num);
	struct ring_driver *d = &m->p.drv;

	while (n--) {
		for (i = 0; i < m->nr_chains && m->chain[i].in_flight; i++)
			;
		if (i == m->nr_chains)
			break;
		make_chain(m, &m->chain[i], i);
		if (split_driver_ops.add(d, m->chain[i].seg,
					 m->chain[i].nr_out,
					 m->chain[i].nr_in, i) < 0)
			break;
		m->chain[i].in_flight = true;
		m->in_ring++;
		m->unpublished++;
	}
}

static void driver_publishes(struct model *m)
{
	bool kick = split_driver_ops.publish(&m->p.drv);

	if (m->dev_asleep && m->unpublished)
		assert_true(kick);
	if (!m->unpublished)
		assert_false(kick);
	if (kick)
		m->dev_asleep = false;
	m->kicks += kick;
	m->unpublished = 0;
}

static void driver_reaps(struct model *m)
{
	struct ring_done done;
	int ret;

	while ((ret = split_driver_ops.reap(&m->p.drv, &done)) == 1) {
		struct model_chain *c = &m->chain[done.cookie];

		assert_true(done.cookie < m->nr_chains && c->in_flight);
		assert_int_equal(done.len, c->answer);
		c->in_flight = false;
		m->in_ring--;
		m->done++;
	}
	assert_int_equal(ret, 0);
}

static void check_segments(struct model *m, const struct ring_chain *rc,
			   const struct model_chain *c)
{
	unsigned int i;

	assert_int_equal(rc->nr_out, c->nr_out);
	assert_int_equal(rc->nr_in, c->nr_in);
	assert_int_equal(rc->in_bytes, c->in_bytes);
	for (i = 0; i < c->nr_out + c->nr_in; i++) {
		assert_ptr_equal(rc->iov[i].iov_base,
				 guest_memory_at(m->p.mem, c->seg[i].addr, 1));
		assert_int_equal(rc->iov[i].iov_len, c->seg[i].len);
	}
}

static void device_pops(struct model *m)
{
	unsigned int n = 1 + below(m, m->p.drv.num);
	static struct ring_chain rc;
	uint64_t cookie;
	int ret;

	while (n--) {
		ret = split_device_ops.pop(&m->p.dev, &rc);
		assert_int_equal(ret < 0, 0);
		if (!ret)
			return;
		if (!below(m, 10)) { /* changes its mind, gets it again */
			split_device_ops.unpop(&m->p.dev, 1);
			continue;
		}
		cookie = m->p.drv.inflight[rc.id].cookie;
		check_segments(m, &rc, &m->chain[cookie]);
		m->held[m->nr_held].id = rc.id;
		m->held[m->nr_held].ndesc = rc.ndesc;
		m->held[m->nr_held++].len = m->chain[cookie].answer;
	}
}

static void device_pushes(struct model *m)
{
	unsigned int n = below(m, m->nr_held + 1), i;

	while (n-- && m->nr_held) {
		i = below(m, m->nr_held); /* any order */
		split_device_ops.push(&m->p.dev, m->held[i].id,
				      m->held[i].ndesc, m->held[i].len);
		m->held[i] = m->held[--m->nr_held];
		m->unpushed++;
	}
}

static void device_publishes(struct model *m)
{
	bool call = split_device_ops.publish(&m->p.dev);

	if (m->drv_asleep && m->unpushed)
		assert_true(call);
	if (!m->unpushed)
		assert_false(call);
	if (call)
		m->drv_asleep = false;
	m->calls += call;
	m->unpushed = 0;
}

/* Going to sleep: only when there is nothing, which arm must tell rightly. */
static void device_arms(struct model *m)
{
	uint16_t avail = ring_le16(m->p.drv.split.avail->idx);
	bool may = split_device_ops.arm(&m->p.dev);

	assert_int_equal(may, avail == m->p.dev.last_avail);
	m->dev_asleep = may;
	if (!may)
		split_device_ops.disarm(&m->p.dev);
}

static void driver_arms(struct model *m)
{
	uint16_t used = ring_le16(m->p.drv.split.used->idx);
	bool may = split_driver_ops.arm(&m->p.drv, 1);

	assert_int_equal(may, used == m->p.drv.used_idx);
	m->drv_asleep = may;
	if (!may)
		split_driver_ops.disarm(&m->p.drv);
}

static void (*const steps[])(struct model *m) = {
	driver_adds,   driver_publishes, driver_reaps, driver_arms,
	device_pops,   device_pushes,	 device_publishes, device_arms,
};

/* Stop the device between requests and start it as a new one would. */
static void device_restarts(struct model *m)
{
	uint32_t base;

	if (m->nr_held || m->unpushed)
		return;
	base = split_device_ops.get_base(&m->p.dev);
	m->p.dev.avail_idx = m->p.dev.last_avail = 12345;
	split_device_ops.set_base(&m->p.dev, base);
}

static void drain(struct model *m)
{
	unsigned int i;

	for (i = 0; m->in_ring; i++) {
		assert_true(i < 100000);
		driver_publishes(m);
		device_pops(m);
		device_pushes(m);
		device_publishes(m);
		driver_reaps(m);
	}
	assert_int_equal(m->p.drv.num_free, m->p.drv.num);
}

static void run_model(uint16_t num, bool event_idx, bool indirect,
		      uint16_t base, unsigned int rounds, uint64_t seed)
{
	static struct model m;
	unsigned int i;

	memset(&m, 0, sizeof(m));
	m.rnd = seed;
	m.nr_chains = num;
	pair_open(&m.p, num, event_idx, indirect, base);
	for (i = 0; i < rounds; i++) {
		steps[below(&m, 8)](&m);
		if (!below(&m, 200))
			device_restarts(&m);
	}
	drain(&m);
	assert_true(m.done > rounds / 100);
	pair_close(&m.p);
}

static void test_model(void **state)
{
	static const uint16_t sizes[] = { 8, 16, 64, 256, 1024 };
	uint64_t seed = pair_seed();
	unsigned int i, mode;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (mode = 0; mode < 4; mode++) {
			printf("size %u, mode %u, seed %llu\n", sizes[i], mode,
			       (unsigned long long)seed);
			run_model(sizes[i], mode & 1, mode & 2,
				  (uint16_t)(65500 + i), 20000, ++seed);
		}
}

/* Across several wraps of the 16-bit indices, with a ring that is polled:
 * a parked index must not ask for notifications on the way. */
static void test_parked_index(void **state)
{
	struct ring_seg seg = { PAIR_GPA + PAIR_DATA, 16 };
	static struct ring_chain rc;
	struct ring_pair p;
	struct ring_done done;
	unsigned int i, kicks = 0, calls = 0;

	(void)state;
	pair_open(&p, 256, true, false, 65000);
	split_driver_ops.disarm(&p.drv);
	split_device_ops.arm(&p.dev);
	split_device_ops.disarm(&p.dev);
	for (i = 0; i < 300000; i++) {
		assert_int_equal(split_driver_ops.add(&p.drv, &seg, 1, 0, i),
				 0);
		kicks += split_driver_ops.publish(&p.drv);
		assert_int_equal(split_device_ops.pop(&p.dev, &rc), 1);
		split_device_ops.push(&p.dev, rc.id, rc.ndesc, 0);
		calls += split_device_ops.publish(&p.dev);
		assert_int_equal(split_driver_ops.reap(&p.drv, &done), 1);
		assert_int_equal(done.cookie, i);
		if (!(i % 8192)) {
			split_driver_ops.disarm(&p.drv);
			split_device_ops.disarm(&p.dev);
		}
	}
	assert_int_equal(kicks, 0);
	assert_int_equal(calls, 0);
	pair_close(&p);
}

/* arm(n): the call comes with the n-th completion, not before. */
static void test_arm_n(void **state)
{
	struct ring_seg seg = { PAIR_GPA + PAIR_DATA, 16 };
	static struct ring_chain rc;
	struct ring_pair p;
	unsigned int i;

	(void)state;
	pair_open(&p, 16, true, false, 65533);
	for (i = 0; i < 8; i++)
		split_driver_ops.add(&p.drv, &seg, 1, 0, i);
	split_driver_ops.publish(&p.drv);
	assert_true(split_driver_ops.arm(&p.drv, 5));
	for (i = 1; i <= 8; i++) {
		assert_int_equal(split_device_ops.pop(&p.dev, &rc), 1);
		split_device_ops.push(&p.dev, rc.id, rc.ndesc, 0);
		assert_int_equal(split_device_ops.publish(&p.dev), i == 5);
	}
	pair_close(&p);
}

/* What is still in flight when the device is gone comes back by detach. */
static void test_detach(void **state)
{
	struct ring_seg seg[2] = { { PAIR_GPA + PAIR_DATA, 16 },
				   { PAIR_GPA + PAIR_DATA + 64, 16 } };
	struct ring_done done;
	struct ring_pair p;
	unsigned int seen = 0;
	int i;

	(void)state;
	pair_open(&p, 16, true, false, 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(split_driver_ops.add(&p.drv, seg, 1, 1,
						      (uint64_t)i), 0);
	assert_int_equal(split_driver_ops.add(&p.drv, seg, 1, 1, 8), -ENOSPC);
	while (split_driver_ops.detach(&p.drv, &done))
		seen |= 1u << done.cookie;
	assert_int_equal(seen, 0xff);
	assert_int_equal(p.drv.num_free, 16);
	pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_parked_index),
		cmocka_unit_test(test_arm_n),
		cmocka_unit_test(test_detach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
