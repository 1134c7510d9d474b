/* SPDX-License-Identifier: MIT */
/*
 * A device that fails some requests is not a fast device: what each driver
 * makes of one that answers quickly, but every so often with an error.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/load.h"
#include "lib/blk_status.h"
#include "lib/record.h"
#include "backend.h"

/* How the device behaves in this test. */
static struct {
	unsigned int every; /* of so many requests one fails; 0: none */
	unsigned int stop_after; /* that one is not answered but left */
	int status;	    /* of those that fail; -1: the byte is left alone */
	bool whole_length;  /* a failed read says the length of a good one */
	uint64_t seen, failed;
	uint64_t first_sector;
} device;

static bool fails(const struct ring_chain *c)
{
	bool bad = device.every && ++device.seen % device.every == 0;

	if (bad && !device.failed++)
		memcpy(&device.first_sector, (uint8_t *)c->iov[0].iov_base + 8,
		       sizeof(device.first_sector));
	return bad;
}

static void answer_one(struct backend *b, struct ring_chain *c)
{
	const struct iovec *last = &c->iov[c->nr_out + c->nr_in - 1];
	uint8_t *status = (uint8_t *)last->iov_base + last->iov_len - 1;
	bool bad = fails(c);

	if (!bad)
		*status = BLK_STATUS_OK;
	else if (device.status >= 0)
		*status = (uint8_t)device.status;
	split_push(&b->ring, c->id, c->ndesc,
		   bad && !device.whole_length ? 1 : (uint32_t)c->in_bytes);
}

static bool serve(struct backend *b)
{
	uint64_t n;

	(void)!read(b->kick_fd, &n, sizeof(n));
	do {
		while (split_pop(&b->ring, &b->chain) > 0) {
			if (device.stop_after &&
			    device.seen >= device.stop_after)
				return false; /* gone */
			answer_one(b, &b->chain);
			if (split_device_publish(&b->ring))
				call(b);
		}
	} while (!split_device_arm(&b->ring));
	return true;
}

static const struct hostile failing = { "failing", NULL, serve, 0, NULL };

static const char *driver;

/* Run a load under @driver with @args. The record is the caller's. */
static int run(char *const *args, struct err *e, json_t **record)
{
	char *argv[32] = { "load", "--socket" };
	struct load_config c;
	struct backend b;
	struct load l;
	int argc = 3, ret;

	backend_open(&b, &failing);
	argv[2] = b.path;
	argv[argc++] = "--driver";
	argv[argc++] = (char *)driver;
	while (*args)
		argv[argc++] = *args++;
	device.seen = device.failed = 0;
	e->text[0] = '\0';
	assert_int_equal(load_config_parse(&c, argc, argv), 0);
	l = (struct load){ .config = &c,
			   .ops = load_find("blk"),
			   .front.sock = -1,
			   .memory.fd = -1 };
	ret = load_run(&l, e);
	*record = load_record(&l, ret, e);
	load_close(&l);
	backend_close(&b);
	print_message("%s: %d %s\n", driver, ret, e->text);
	return ret;
}

#define RUN(e, record, ...) run((char *[]){ __VA_ARGS__, NULL }, e, record)

static double failures(const json_t *record, const char *key)
{
	return record_num(json_object_get(record, "failures"), key, -1);
}

static void says(const struct err *e, const char *what)
{
	if (!strstr(e->text, what))
		fail_msg("\"%s\" is not in \"%s\"", what, e->text);
}

/* A few failures fail the load, with count, status, operation and sector. */
static void check_refused(char *rw, int status, const char *name,
			  char *completion)
{
	char first[120];
	json_t *record;
	struct err e;

	device.every = 10;
	device.status = status;
	assert_int_equal(RUN(&e, &record, "--time", "60ms", "--rw", rw,
			     "--completion", completion, "--depth", "4"),
			 -EIO);
	snprintf(first, sizeof(first),
		 "requests failed; the first: a %s of sector %llu in queue 0: "
		 "%s (%d)", strstr(rw, "write") ? "write" : "read",
		 (unsigned long long)device.first_sector, name, status);
	says(&e, first);
	assert_string_equal(record_str(record, "status", ""), "failed");
	assert_null(json_object_get(record, "metrics"));
	assert_true(record_num(record, "errors", 0) == (double)device.failed);
	assert_true(failures(record, "requests") == (double)device.seen);
	assert_true(record_num(record, "bad_lengths", -1) == 0);
	json_decref(record);
}

/* Those that are allowed are in no figure. */
static void check_allowed(char *allow)
{
	double answered, good, in_window, window_s = 0.1;
	const json_t *m, *first;
	json_t *record;
	struct err e;

	device.every = 10;
	device.status = BLK_STATUS_IOERR;
	assert_int_equal(RUN(&e, &record, "--time", "100ms", "--depth", "4",
			     "--allow-errors", allow), 0);
	good = record_num(record, "requests", -1);
	answered = record_num(record, "answered", -1);
	in_window = failures(record, "in_window");
	assert_true(good > 0 && in_window > 0);
	assert_true(good + in_window == answered);
	assert_true(in_window <= failures(record, "failed"));
	assert_true(failures(record, "failed") == (double)device.failed);
	assert_true(record_num(json_object_get(record, "latency"), "count",
			       -1) == good);
	assert_true(record_num(record, "bytes", -1) == good * 4096);
	m = json_object_get(record, "metrics");
	assert_true(fabs(record_num(json_object_get(m, "iops"), "value", -1) *
			    window_s - good) < 0.01);
	assert_string_equal(record_str(json_object_get(record, "failures"),
				       "allowed", ""), allow);
	first = json_object_get(json_object_get(record, "failures"), "first");
	assert_string_equal(record_str(first, "operation", ""), "read");
	assert_true(record_num(first, "sector", -1) ==
		    (double)device.first_sector);
	json_decref(record);
}

static void check_status(int status, const char *what)
{
	json_t *record;
	struct err e;

	device.every = 10;
	device.status = status;
	assert_int_equal(RUN(&e, &record, "--time", "60ms", "--allow-errors",
			     "100%"), -EPROTO);
	says(&e, what);
	says(&e, "of sector");
	json_decref(record);
}

static void check_all(const char *by)
{
	json_t *record;
	struct err e;

	driver = by;
	check_refused("randread", BLK_STATUS_IOERR, "VIRTIO_BLK_S_IOERR",
		      "interrupt");
	check_refused("write", BLK_STATUS_IOERR, "VIRTIO_BLK_S_IOERR", "poll");
	check_refused("read", BLK_STATUS_UNSUPP, "VIRTIO_BLK_S_UNSUPP",
		      "poll");
	device.whole_length = true; /* what QEMU says of a failed read */
	check_refused("randread", BLK_STATUS_IOERR, "VIRTIO_BLK_S_IOERR",
		      "interrupt");
	device.whole_length = false;
	check_allowed("1000000");
	check_allowed("20%");
	/* one too many */
	assert_int_equal(RUN(&e, &record, "--time", "60ms", "--allow-errors",
			     "5%"), -EIO);
	says(&e, "(allowed: 5%)");
	json_decref(record);
	check_status(-1, "without a status, which is still 0xff");
	check_status(77, "with unknown status 0x4d");
	/* that it failed requests is told also when something else ends it */
	device.status = BLK_STATUS_IOERR;
	device.stop_after = 35;
	assert_int_equal(RUN(&e, &record, "--time", "10s", "--warmup", "10s"),
			 -EPIPE);
	says(&e, "closed the connection");
	says(&e, "; 3 of 3");
	assert_int_equal((int)record_num(record, "errors", -1), 3);
	device.stop_after = 0;
	json_decref(record);
}

static void test_user(void **state)
{
	json_t *record;
	struct err e;

	(void)state;
	check_all("user");
	/* An open loop as well. */
	assert_int_equal(RUN(&e, &record, "--time", "60ms", "--rate", "2k",
			     "--depth", "8"), -EIO);
	says(&e, "VIRTIO_BLK_S_IOERR (1)");
	json_decref(record);
}

static void test_kvm(void **state)
{
	(void)state;
	if (access("/dev/kvm", R_OK | W_OK))
		skip();
	check_all("kvm");
}

/* One that fails while the load warms up, and is fine then, fails it too. */
static void test_warm_up(void **state)
{
	json_t *record;
	struct err e;

	(void)state;
	driver = "user";
	device.status = BLK_STATUS_IOERR;
	device.every = 3;
	assert_int_equal(RUN(&e, &record, "--time", "20ms", "--warmup", "40ms",
			     "--allow-errors", "2"), -EIO);
	says(&e, "before the measured time (allowed: 2)");
	json_decref(record);
}

static void test_length(void **state)
{
	(void)state;
	assert_true(blk_used_len_right(BLK_STATUS_OK, 4096, 4097));
	assert_false(blk_used_len_right(BLK_STATUS_OK, 4096, 1));
	assert_false(blk_used_len_right(BLK_STATUS_OK, 4096, 0));
	assert_true(blk_used_len_right(BLK_STATUS_OK, 0, 1));
	assert_false(blk_used_len_right(BLK_STATUS_OK, 0, 0));
	assert_true(blk_used_len_right(BLK_STATUS_IOERR, 4096, 1));
	assert_true(blk_used_len_right(BLK_STATUS_IOERR, 4096, 4097));
	assert_false(blk_used_len_right(BLK_STATUS_IOERR, 4096, 0));
	assert_false(blk_used_len_right(BLK_STATUS_UNSUPP, 0, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_kvm),
		cmocka_unit_test(test_warm_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
