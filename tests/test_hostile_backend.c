/* SPDX-License-Identifier: MIT */
/*
 * bench/ against back ends that lie, hang and vanish: each must end the load
 * with an error that says what was wrong. A thread plays the back end.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/load.h"
#include "bench/worker.h"
#include "lib/virtio/guest_memory.h"
#include "lib/record.h"
#include "lib/virtio/ring_split.h"
#include "lib/virtio/vhost_user.h"
#include "backend.h"
#include "skip_part.h"

/* ---- lies in messages ---- */

static bool close_at_features(struct backend *b, struct vu_msg *m)
{
	return m->request != VU_GET_FEATURES;
}

static bool close_at_memory(struct backend *b, struct vu_msg *m)
{
	return m->request != VU_SET_MEM_TABLE;
}

static bool short_features(struct backend *b, struct vu_msg *m)
{
	if (m->request == VU_GET_FEATURES)
		m->size = 4;
	return true;
}

static bool no_version_1(struct backend *b, struct vu_msg *m)
{
	if (m->request == VU_GET_FEATURES)
		m->u.u64 &= ~(1ull << VIRTIO_F_VERSION_1_BIT);
	return true;
}

static bool wrong_request(struct backend *b, struct vu_msg *m)
{
	if (m->request == VU_GET_PROTOCOL_FEATURES)
		m->request = VU_GET_FEATURES;
	return true;
}

static bool wrong_version(struct backend *b, struct vu_msg *m)
{
	m->flags = VU_FLAG_REPLY | 2;
	return true;
}

static bool not_a_reply(struct backend *b, struct vu_msg *m)
{
	m->flags = VU_VERSION;
	return true;
}

static bool huge_reply(struct backend *b, struct vu_msg *m)
{
	uint32_t header[3] = { m->request, m->flags, 0x7fffffff };

	assert_int_equal(write(b->sock, header, sizeof(header)),
			 sizeof(header));
	return true;
}

static bool refuse_memory(struct backend *b, struct vu_msg *m)
{
	if (m->request == VU_SET_MEM_TABLE)
		m->u.u64 = 1;
	return true;
}

static bool one_queue(struct backend *b, struct vu_msg *m)
{
	if (m->request == VU_GET_QUEUE_NUM)
		m->u.u64 = 1;
	return true;
}

static bool capacity_zero(struct backend *b, struct vu_msg *m)
{
	if (m->request == VU_GET_CONFIG)
		memset(m->u.config.data, 0, sizeof(uint64_t));
	return true;
}

static bool capacity_huge(struct backend *b, struct vu_msg *m)
{
	if (m->request == VU_GET_CONFIG)
		memset(m->u.config.data, 0xff, sizeof(uint64_t));
	return true;
}

/* The size inside says more than the message holds. */
static bool short_config(struct backend *b, struct vu_msg *m)
{
	if (m->request == VU_GET_CONFIG) {
		m->size = offsetof(struct vu_config, data) + 4;
		m->u.config.size = 60;
	}
	return true;
}

static bool empty_config(struct backend *b, struct vu_msg *m)
{
	if (m->request == VU_GET_CONFIG)
		m->size = 0;
	return true;
}

/* No answer: leave the connection open until the front end ends it. */
static bool hang_at_features(struct backend *b, struct vu_msg *m)
{
	char c;

	if (m->request != VU_GET_FEATURES)
		return true;
	assert_int_equal(read(b->sock, &c, 1), 0);
	return false;
}

/* ---- lies in the ring ---- */

static bool misbehave(struct backend *b)
{
	b->misbehaved = true;
	call(b);
	return true;
}

static bool used(struct backend *b, uint32_t id, uint32_t len, uint16_t idx)
{
	b->ring.split.used->ring[0].id = id;
	b->ring.split.used->ring[0].len = len;
	ring_store_release(&b->ring.split.used->idx, idx);
	return misbehave(b);
}

static uint16_t first_head(struct backend *b)
{
	return b->ring.split.avail->ring[0];
}

static bool index_jump(struct backend *b)
{
	return used(b, first_head(b), 1, 500);
}

static bool index_back(struct backend *b)
{
	return used(b, first_head(b), 1, 0xffff);
}

static bool id_beyond(struct backend *b)
{
	return used(b, 256, 1, 1);
}

static bool id_huge(struct backend *b)
{
	return used(b, 0xffffffff, 1, 1);
}

static bool id_not_in_flight(struct backend *b)
{
	return used(b, (first_head(b) + 100) & 255, 1, 1);
}

static bool id_twice(struct backend *b)
{
	*(uint8_t *)guest_memory_at(b->mem, LOAD_GPA, 1) = 0;
	b->ring.split.used->ring[1] =
		(struct split_used_elem){ first_head(b), 1 };
	return used(b, first_head(b), 1, 2);
}

static bool length_beyond(struct backend *b)
{
	return used(b, first_head(b), 0xffffffff, 1);
}

static bool vanish(struct backend *b)
{
	return false;
}

/* Take the requests, answer none. */
static bool hang(struct backend *b)
{
	b->misbehaved = true;
	return true;
}

/* Answer everything with @status, or leave it alone if that is negative. */
static bool finish_all(struct backend *b, int status)
{
	struct ring_chain *c = &b->chain;
	const struct iovec *last;
	uint64_t n;

	(void)!read(b->kick_fd, &n, sizeof(n));
	do {
		while (split_pop(&b->ring, c) > 0) {
			last = &c->iov[c->nr_out + c->nr_in - 1];
			if (status >= 0)
				*((uint8_t *)last->iov_base + last->iov_len -
				  1) = (uint8_t)status;
			split_push(&b->ring, c->id, c->ndesc, 1);
		}
		if (split_device_publish(&b->ring))
			call(b);
	} while (!split_device_arm(&b->ring));
	return true;
}

static bool no_status(struct backend *b)
{
	return finish_all(b, -1);
}

static bool odd_status(struct backend *b)
{
	return finish_all(b, 77);
}

static bool always_ioerr(struct backend *b)
{
	return finish_all(b, 1);
}

static bool always_unsupported(struct backend *b)
{
	return finish_all(b, 2);
}

/* A call for nothing: not an error, but counted. */
static bool call_for_nothing(struct backend *b)
{
	call(b);
	usleep(2000);
	finish_all(b, 0);
	return true;
}

/* Take all that is there and answer it, without a call and without arming. */
static void answer_silently(struct backend *b)
{
	struct ring_chain *c = &b->chain;
	const struct iovec *last;
	uint64_t n;

	(void)!read(b->kick_fd, &n, sizeof(n));
	while (split_pop(&b->ring, c) > 0) {
		last = &c->iov[c->nr_out + c->nr_in - 1];
		*((uint8_t *)last->iov_base + last->iov_len - 1) = 0;
		split_push(&b->ring, c->id, c->ndesc, 1);
	}
}

/* Never calls: what is done is found by a driver that looks by itself. */
static bool lose_calls(struct backend *b)
{
	answer_silently(b);
	split_device_publish(&b->ring);
	split_device_arm(&b->ring);
	return true;
}

/* Says too late that it wants a kick, and does not look once more: what was
 * published in between sleeps with the device. */
static bool lose_kicks(struct backend *b)
{
	answer_silently(b);
	split_device_publish(&b->ring);
	call(b);
	usleep(5000);
	ring_store(split_avail_event(b->ring.split.used, b->ring.num),
		   ring_le16(b->ring.last_avail));
	return true;
}

static bool short_lengths(struct backend *b)
{
	return finish_all(b, 0);
}

static const struct hostile cases[] = {
	{ "closes at once", close_at_features, NULL, -EPIPE,
	  "closed the connection at GET_FEATURES" },
	{ "closes at SET_MEM_TABLE", close_at_memory, NULL, -EPIPE,
	  "closed the connection at SET_MEM_TABLE" },
	{ "short answer", short_features, NULL, -EPROTO,
	  "the answer to GET_FEATURES has 4 bytes, not 8" },
	{ "legacy device", no_version_1, NULL, -ENOTSUP, "VIRTIO_F_VERSION_1" },
	{ "answers another request", wrong_request, NULL, -EPROTO,
	  "where the answer to GET_PROTOCOL_FEATURES belongs" },
	{ "wrong protocol version", wrong_version, NULL, -EPROTO,
	  "protocol version 2" },
	{ "no reply flag", not_a_reply, NULL, -EPROTO,
	  "where the answer to GET_FEATURES belongs" },
	{ "answer beyond any", huge_reply, NULL, -EPROTO,
	  "length 2147483647 beyond" },
	{ "refuses the memory", refuse_memory, NULL, -EPROTO,
	  "refused SET_MEM_TABLE" },
	{ "too few queues", one_queue, NULL, -EINVAL,
	  "has 1 queue, --queues asks for 2" },
	{ "capacity 0", capacity_zero, NULL, -EPROTO, "has 0 sectors" },
	{ "capacity beyond 2^63", capacity_huge, NULL, -EPROTO,
	  "has 18446744073709551615 sectors" },
	{ "cut off configuration", short_config, NULL, -ENOTSUP,
	  "does not tell its capacity" },
	{ "no configuration", empty_config, NULL, -ENOTSUP,
	  "does not tell its capacity" },
	{ "never answers", hang_at_features, NULL, -ETIMEDOUT,
	  "no answer to GET_FEATURES" },

	{ "used.idx jumps", NULL, index_jump, -EPROTO,
	  "used.idx jumps from 0 to 500" },
	{ "used.idx goes back", NULL, index_back, -EPROTO,
	  "used.idx jumps from 0 to 65535" },
	{ "id beyond the ring", NULL, id_beyond, -EPROTO,
	  "used id 256 in a ring of 256" },
	{ "id of 32 bits", NULL, id_huge, -EPROTO,
	  "used id 4294967295 in a ring" },
	{ "id not in flight", NULL, id_not_in_flight, -EPROTO,
	  "is not in flight" },
	{ "id twice", NULL, id_twice, -EPROTO, "broke the ring" },
	{ "length beyond the buffers", NULL, length_beyond, -EPROTO,
	  "used length 4294967295 for a request with 4097" },
	{ "vanishes", NULL, vanish, -EPIPE, "closed the connection with" },
	{ "hangs", NULL, hang, -ETIMEDOUT, "the device hangs" },
	{ "no status", NULL, no_status, -EPROTO, "without a status" },
	{ "status out of the blue", NULL, odd_status, -EPROTO,
	  "unknown status 0x4d" },
	{ "only errors", NULL, always_ioerr, -EIO,
	  "in queue 0: VIRTIO_BLK_S_IOERR (1)" },
	{ "only unsupported", NULL, always_unsupported, -EIO,
	  "VIRTIO_BLK_S_UNSUPP (2)" },
	{ "calls for nothing", NULL, call_for_nothing, -EPROTO,
	  "calls more than once a request" },
	{ "odd lengths are counted", NULL, short_lengths, 0, NULL },
};

/* ---- the load ---- */

/* How long a load goes on, and waits for an answer at most. */
struct patience {
	char *time, *timeout;
};

static int run_driver(struct backend *b, char *driver, char *completion,
		      const struct patience *t, struct err *e, json_t **record)
{
	char *argv[] = { "load",     "--socket",     b->path,	 "--queues",
			 "2",	     "--time",	     t->time,	 "--timeout",
			 t->timeout, "--completion", completion, "--driver",
			 driver,     NULL };
	struct load_config c;
	struct load l;
	int ret;

	assert_int_equal(load_config_parse(&c, (int)ARRAY_SIZE(argv) - 1, argv),
			 0);
	/* Two queues to be refused one; then only the first is worked. */
	if (b->how->answer != one_queue)
		c.queues = 1;
	l = (struct load){ .config = &c,
			   .ops = load_find("blk"),
			   .front.sock = -1,
			   .memory.fd = -1 };
	ret = load_run(&l, e);
	*record = load_record(&l, ret, e);
	load_close(&l);
	return ret;
}

static int run_load(struct backend *b, char *completion, struct err *e,
		    json_t **record)
{
	static const struct patience little = { "150ms", "300ms" };

	return run_driver(b, "user", completion, &little, e, record);
}

static void check_case(const struct hostile *how, char *completion)
{
	struct backend b;
	struct err e = { "" };
	json_t *record;
	int ret;

	backend_open(&b, how);
	ret = run_load(&b, completion, &e, &record);
	backend_close(&b);
	print_message("%s, %s: %d %s\n", how->name, completion, ret, e.text);
	assert_int_equal(ret, how->ret);
	if (how->says) {
		assert_non_null(strstr(e.text, how->says));
		assert_string_equal(record_str(record, "status", ""), "failed");
		assert_string_equal(record_str(record, "reason", ""), e.text);
	} else {
		assert_true(record_num(record, "bad_lengths", 0) > 0);
	}
	json_decref(record);
}

/* Not an error, but each costs a sleep of some 40 ms, and is counted. */
static void check_lost(bool (*ring)(struct backend *b), char *driver,
		       char *completion, const char *key, const char *other)
{
	static const struct patience much = { "1s", "20s" };
	struct hostile how = { "loses", NULL, ring, 0, NULL };
	struct backend b;
	struct err e = { "" };
	json_t *record;

	backend_open(&b, &how);
	assert_int_equal(run_driver(&b, driver, completion, &much, &e,
				    &record), 0);
	backend_close(&b);
	print_message("%s, %s, %s: %g\n", key, driver, completion,
		      record_num(record, key, 0));
	assert_in_range((int)record_num(record, key, 0), 1, 30);
	assert_int_equal((int)record_num(record, other, -1), 0);
	json_decref(record);
}

static void test_lost_notifications(void **state)
{
	check_lost(lose_calls, "user", "interrupt", "lost_calls", "lost_kicks");
	check_lost(lose_kicks, "user", "interrupt", "lost_kicks", "lost_calls");
	check_lost(lose_kicks, "user", "poll", "lost_kicks", "lost_calls");
}

/* The same, seen from outside a guest. */
static void test_lost_in_guest(void **state)
{
	if (access("/dev/kvm", R_OK | W_OK))
		skip_part("/dev/kvm cannot be used");
	check_lost(lose_calls, "kvm", "interrupt", "lost_calls", "lost_kicks");
	check_lost(lose_kicks, "kvm", "interrupt", "lost_kicks", "lost_calls");
	check_lost(lose_kicks, "kvm", "poll", "lost_kicks", "lost_calls");
}

static void test_interrupt(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(&cases[i], "interrupt");
}

static void test_poll(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (cases[i].ring && cases[i].ring != call_for_nothing)
			check_case(&cases[i], "poll");
}

static void test_nobody_listens(void **state)
{
	struct vhost_front f;
	struct err e;

	assert_int_equal(vhost_front_connect(&f, "/nonexistent/socket", 0,
					     1000000000, &e),
			 -ENOENT);
	assert_non_null(strstr(e.text, "is a vhost-user device listening"));
	vhost_front_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_lost_notifications),
		cmocka_unit_test(test_lost_in_guest),
		cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
