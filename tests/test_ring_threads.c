/* SPDX-License-Identifier: MIT */
/*
 * Driver and device halves in two threads: polling, and sleeping on eventfds
 * whenever arm allows it. A lost notification is a hang, which a watchdog
 * turns into a failure that says where both stand. Also built with
 * ThreadSanitizer.
 */
#include "ring_pair.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#define NUM	 64
#define DEADLINE 120 /* s for all of it, far longer than it takes */

struct side_by_side {
	struct ring_pair p;
	int kick, call;
	bool event_idx, indirect, sleep;
	unsigned int depth, requests;
	unsigned int wrong; /* atomic: answers, as are the counts of each side */
	unsigned int sent, reaped, answered;
	const char *driver_at, *device_at;
};

/* What runs, for the watchdog. */
static struct side_by_side *watched;

static unsigned int count(const unsigned int *n)
{
	return __atomic_load_n(n, __ATOMIC_RELAXED);
}

static void note(unsigned int *n, unsigned int value)
{
	__atomic_store_n(n, value, __ATOMIC_RELAXED);
}

static void at(const char **where, const char *what)
{
	__atomic_store_n(where, what, __ATOMIC_RELAXED);
}

static void bark(int signal)
{
	const struct side_by_side *s =
		__atomic_load_n(&watched, __ATOMIC_ACQUIRE);

	(void)signal;
	if (s)
		dprintf(STDERR_FILENO, "hung after %d s: event_idx %d, indirect "
			"%d, depth %u: driver %s, %u of %u sent, %u reaped; "
			"device %s, %u answered\n", DEADLINE, s->event_idx,
			s->indirect, s->depth,
			__atomic_load_n(&s->driver_at, __ATOMIC_RELAXED),
			count(&s->sent), s->requests, count(&s->reaped),
			__atomic_load_n(&s->device_at, __ATOMIC_RELAXED),
			count(&s->answered));
	_exit(1);
}

static void signal_peer(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

static void wait_for_peer(int fd, const char **where)
{
	uint64_t n;

	at(where, "sleeps");
	if (read(fd, &n, sizeof(n)) != sizeof(n))
		abort();
	at(where, "runs");
}

/* Answer each request by adding one to its word. */
static void *device(void *arg)
{
	struct side_by_side *s = arg;
	struct ring_device *d = &s->p.dev;
	static struct ring_chain rc;
	unsigned int done = 0, n;

	while (done < s->requests) {
		for (n = 0; split_device_ops.pop(d, &rc) == 1; n++) {
			uint64_t *in = rc.iov[0].iov_base;

			*(uint64_t *)rc.iov[1].iov_base = *in + 1;
			split_device_ops.push(d, rc.id, rc.ndesc, 8);
		}
		if (n && split_device_ops.publish(d))
			signal_peer(s->call);
		done += n;
		note(&s->answered, done);
		if (!n && s->sleep && split_device_ops.arm(d))
			wait_for_peer(s->kick, &s->device_at);
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
			note(&s->wrong, s->wrong + 1);
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
	while (sent < s->requests || nr_free < depth) {
		before = nr_free;
		nr_free = reap(s, slots, words, nr_free);
		note(&s->reaped, sent + nr_free - depth);
		for (i = 0; nr_free && sent < s->requests; i++, sent++) {
			uint64_t *w = words + slots[--nr_free] * 2;
			struct ring_seg seg[2] = { { pair_gpa(&s->p, w), 8 },
						   { pair_gpa(&s->p, w + 1), 8 } };

			w[0] = sent;
			split_driver_ops.add(&s->p.drv, seg, 1, 1,
					     slots[nr_free]);
		}
		note(&s->sent, sent);
		if (i && split_driver_ops.publish(&s->p.drv))
			signal_peer(s->kick);
		if (i || nr_free != before)
			continue;
		if (s->sleep && split_driver_ops.arm(&s->p.drv, 1))
			wait_for_peer(s->call, &s->driver_at);
		else
			sched_yield();
	}
}

static void run(bool event_idx, bool indirect, bool sleep, unsigned int depth,
		unsigned int requests)
{
	struct side_by_side s = { .event_idx = event_idx, .indirect = indirect,
				  .sleep = sleep, .depth = depth,
				  .requests = requests, .driver_at = "runs",
				  .device_at = "runs" };
	pthread_t t;

	pair_open(&s.p, NUM, event_idx, indirect, 65000);
	s.kick = eventfd(0, 0);
	s.call = eventfd(0, 0);
	__atomic_store_n(&watched, &s, __ATOMIC_RELEASE);
	assert_int_equal(pthread_create(&t, NULL, device, &s), 0);
	drive(&s, depth);
	pthread_join(t, NULL);
	__atomic_store_n(&watched, NULL, __ATOMIC_RELEASE);
	assert_int_equal(s.wrong, 0);
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

	signal(SIGALRM, bark);
	alarm(DEADLINE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
