/* SPDX-License-Identifier: MIT */
/*
 * Driver and device halves in two threads: polling, and sleeping on eventfds
 * whenever arm allows it. A lost notification is a hang, which a deadline
 * turns into a failure. Also built with ThreadSanitizer.
 */
#include "ring_pair.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#define NUM	 64
#define DEADLINE 5000 /* ms for one wake-up */

struct side_by_side {
	struct ring_pair p;
	int kick, call;
	bool sleep;
	unsigned int requests;
	unsigned int hung; /* atomic */
};

static void signal_peer(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

static void wait_for_peer(struct side_by_side *s, int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t n;

	if (poll(&pfd, 1, DEADLINE) != 1)
		__atomic_store_n(&s->hung, 1, __ATOMIC_RELAXED);
	else if (read(fd, &n, sizeof(n)) != sizeof(n))
		abort();
}

static bool hung(struct side_by_side *s)
{
	return __atomic_load_n(&s->hung, __ATOMIC_RELAXED);
}

/* Answer each request by adding one to its word. */
static void *device(void *arg)
{
	struct side_by_side *s = arg;
	struct ring_device *d = &s->p.dev;
	static struct ring_chain rc;
	unsigned int done = 0, n;

	while (done < s->requests && !hung(s)) {
		for (n = 0; split_device_ops.pop(d, &rc) == 1; n++) {
			uint64_t *in = rc.iov[0].iov_base;

			*(uint64_t *)rc.iov[1].iov_base = *in + 1;
			split_device_ops.push(d, rc.id, rc.ndesc, 8);
		}
		if (n && split_device_ops.publish(d))
			signal_peer(s->call);
		done += n;
		if (!n && s->sleep && split_device_ops.arm(d))
			wait_for_peer(s, s->kick);
		else if (!n)
			sched_yield();
		else
			split_device_ops.disarm(d);
	}
	return NULL;
}

static unsigned int reap(struct side_by_side *s, unsigned int *free_slots,
			 uint64_t *words, unsigned int nr_free)
{
	struct ring_done done;

	while (split_driver_ops.reap(&s->p.drv, &done) == 1) {
		uint64_t *w = words + done.cookie * 2;

		if (w[1] != w[0] + 1 || done.len != 8)
			__atomic_store_n(&s->hung, 2, __ATOMIC_RELAXED);
		free_slots[nr_free++] = (unsigned int)done.cookie;
	}
	return nr_free;
}

static void drive(struct side_by_side *s, unsigned int depth)
{
	uint64_t *words = (void *)(s->p.base + PAIR_DATA);
	unsigned int slots[NUM / 2], nr_free, sent = 0, i, before;

	for (nr_free = 0; nr_free < depth; nr_free++)
		slots[nr_free] = nr_free;
	while ((sent < s->requests || nr_free < depth) && !hung(s)) {
		before = nr_free;
		nr_free = reap(s, slots, words, nr_free);
		for (i = 0; nr_free && sent < s->requests; i++, sent++) {
			uint64_t *w = words + slots[--nr_free] * 2;
			struct ring_seg seg[2] = { { pair_gpa(&s->p, w), 8 },
						   { pair_gpa(&s->p, w + 1), 8 } };

			w[0] = sent;
			split_driver_ops.add(&s->p.drv, seg, 1, 1,
					     slots[nr_free]);
		}
		if (i && split_driver_ops.publish(&s->p.drv))
			signal_peer(s->kick);
		if (i || nr_free != before)
			continue;
		if (s->sleep && split_driver_ops.arm(&s->p.drv, 1))
			wait_for_peer(s, s->call);
		else
			sched_yield();
	}
}

static void run(bool event_idx, bool indirect, bool sleep, unsigned int depth,
		unsigned int requests)
{
	struct side_by_side s = { .sleep = sleep, .requests = requests };
	pthread_t t;

	pair_open(&s.p, NUM, event_idx, indirect, 65000);
	s.kick = eventfd(0, 0);
	s.call = eventfd(0, 0);
	assert_int_equal(pthread_create(&t, NULL, device, &s), 0);
	drive(&s, depth);
	pthread_join(t, NULL);
	assert_int_equal(s.hung, 0);
	assert_int_equal(s.p.drv.num_free, NUM);
	close(s.kick);
	close(s.call);
	pair_close(&s.p);
}

static void test_polling(void **state)
{
	(void)state;
	run(true, false, false, 16, 100000);
	run(false, true, false, 1, 3000);
}

static void test_sleeping(void **state)
{
	(void)state;
	run(true, true, true, 1, 2000);
	run(true, false, true, 16, 30000);
	run(false, true, true, 16, 30000);
	run(false, false, true, 1, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_polling),
		cmocka_unit_test(test_sleeping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
