/* SPDX-License-Identifier: MIT */
/*
 * bench/ against a disk in memory that answers well but for one fault: what
 * --verify must find, and what an open loop must show of a stall.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "bench/load.h"
#include "lib/record.h"
#include "backend.h"

#define SECTOR	   512u
#define DISK_BYTES (2048u * SECTOR) /* as backend.h's configuration says */

static uint8_t disk[DISK_BYTES];
static unsigned int requests_seen, fault_at;

/* What goes wrong with request number fault_at, and with all after it. */
static enum {
	NO_FAULT,
	LOSE_WRITE,
	TEAR_WRITE,
	MISPLACE_WRITE,
	READ_NOTHING,
	READ_ZEROES,
	READ_NEIGHBOUR,
	STALL, /* only that one request */
	FAIL,
} fault;

static void disk_write(uint64_t at, const uint8_t *data, size_t bytes, bool bad)
{
	if (bad && fault == LOSE_WRITE)
		return;
	if (bad && fault == TEAR_WRITE)
		bytes = bytes / 2 + 100;
	if (bad && fault == MISPLACE_WRITE)
		at = (at + 8 * SECTOR) % DISK_BYTES;
	if (at + bytes <= DISK_BYTES)
		memcpy(disk + at, data, bytes);
}

static void disk_read(uint64_t at, uint8_t *data, size_t bytes, bool bad)
{
	if (bad && fault == READ_NOTHING)
		return;
	if (bad && fault == READ_NEIGHBOUR)
		at = (at + 8 * SECTOR) % DISK_BYTES;
	if (at + bytes <= DISK_BYTES)
		memcpy(data, disk + at, bytes);
	if (bad && fault == READ_ZEROES)
		memset(data, 0, bytes);
}

/* Out: header and data. In: data and status. Returns the status. */
static uint8_t disk_request(const struct ring_chain *c)
{
	bool bad = fault != NO_FAULT && requests_seen++ >= fault_at, write;
	const struct iovec *data = &c->iov[1];
	uint64_t sector;

	write = *(uint32_t *)c->iov[0].iov_base & 1;
	memcpy(&sector, (uint8_t *)c->iov[0].iov_base + 8, sizeof(sector));
	if (bad && fault == FAIL)
		return 1;
	if (bad && fault == STALL && requests_seen == fault_at + 1)
		usleep(100000);
	if (write)
		disk_write(sector * SECTOR, data->iov_base, data->iov_len, bad);
	else
		disk_read(sector * SECTOR, data->iov_base, data->iov_len, bad);
	return 0;
}

static bool disk_serve(struct backend *b)
{
	struct ring_chain *c = &b->chain;
	uint64_t n;

	(void)!read(b->kick_fd, &n, sizeof(n));
	do {
		while (split_pop(&b->ring, c) > 0) {
			*(uint8_t *)c->iov[2].iov_base = disk_request(c);
			split_push(&b->ring, c->id, c->ndesc,
				   (uint32_t)c->in_bytes);
			if (split_device_publish(&b->ring))
				call(b);
		}
	} while (!split_device_arm(&b->ring));
	return true;
}

static const struct hostile disk_backend = { "disk", NULL, disk_serve, 0, "" };

/* Run a load with @args against the disk. The record is the caller's. */
static int run(char *const *args, struct err *e, json_t **record)
{
	char *argv[32] = { "load", "--socket" };
	struct load_config c;
	struct backend b;
	struct load l;
	int argc = 3, ret;

	backend_open(&b, &disk_backend);
	argv[2] = b.path;
	while (*args)
		argv[argc++] = *args++;
	requests_seen = 0;
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
	return ret;
}

static void verify(int kind, unsigned int at, const char *says)
{
	char *args[] = { "--verify", "--rw",   "mix:50", "--depth",
			 "4",	     "--time", "100ms",	 NULL };
	json_t *record;
	struct err e;
	int ret;

	fault = kind;
	fault_at = at;
	ret = run(args, &e, &record);
	print_message("%d %s\n", ret, e.text);
	if (says) {
		assert_true(ret < 0);
		assert_non_null(strstr(e.text, says));
	} else {
		assert_int_equal(ret, 0);
		/* the range once at the end, at the very least */
		assert_true(record_num(record, "verified_sectors", 0) >=
			    DISK_BYTES / SECTOR);
	}
	json_decref(record);
}

/* The disk has 256 blocks of 4k: requests 0 to 255 fill it. */
static void test_verify_finds(void **state)
{
	verify(NO_FAULT, 0, NULL);
	verify(READ_NOTHING, 300, "did not write the buffer");
	verify(READ_ZEROES, 300, "zeroes");
	verify(READ_NEIGHBOUR, 300, "another sector");
	verify(MISPLACE_WRITE, 300, "expected sector");
	verify(TEAR_WRITE, 300, "expected sector");
	verify(LOSE_WRITE, 300, "an older write (lost update)");
	/* the blocks of the run before are still there */
	verify(LOSE_WRITE, 100, "a sector of another run");
	verify(FAIL, 300, "cannot go on after a");
	verify(FAIL, 0, "1 of 1 requests failed; the first: a write of sector 0 "
			"in queue 0: VIRTIO_BLK_S_IOERR (1)");
}

/* Writes alone are verified by the pass at the end. */
static void test_verify_reads_back(void **state)
{
	char *args[] = { "--verify", "--rw",   "randwrite", "--depth",
			 "4",	     "--time", "50ms",	    NULL };
	json_t *record;
	struct err e;

	fault = LOSE_WRITE;
	fault_at = 300;
	assert_int_equal(run(args, &e, &record), -EILSEQ);
	assert_non_null(strstr(e.text, "lost update"));
	json_decref(record);
}

static double metric(const json_t *record, const char *name)
{
	return record_num(
		json_object_get(json_object_get(record, "metrics"), name),
		"value", -1);
}

/* A stall of 100 ms at 2,000/s delays 200 requests: all must be sent, and
 * show it. A closed loop has one slow request, and hides the rest. */
static void check_stall(char *const *args, bool open)
{
	json_t *record;
	struct err e;
	double n;

	fault = STALL;
	fault_at = 100;
	assert_int_equal(run(args, &e, &record), 0);
	n = record_num(record, "requests", 0);
	assert_true(metric(record, "latency_max_ns") > 90e6);
	if (open) {
		assert_true(n + record_num(record, "unsent", 0) > 780);
		assert_true(n + record_num(record, "unsent", 0) < 820);
		assert_true(metric(record, "latency_mean_ns") > 8e6);
	} else {
		assert_true(metric(record, "latency_p99_ns") < 50e6);
	}
	json_decref(record);
}

static void test_open_loop_shows_stall(void **state)
{
	char *interrupt[] = { "--rate", "2k", "--time", "400ms", NULL };
	char *poll[] = { "--rate",	 "2k",	 "--time", "400ms",
			 "--completion", "poll", NULL };
	char *closed[] = { "--time", "400ms", NULL };

	check_stall(interrupt, true);
	check_stall(poll, true);
	check_stall(closed, false);
}

static void test_memory_is_sealed(void **state)
{
	struct load_memory m;
	struct err e;
	uint8_t *a, *b;

	assert_int_equal(load_memory_open(&m, load_memory_part(100) * 2, &e),
			 0);
	a = load_memory_take(&m, 100);
	b = load_memory_take(&m, 100);
	assert_int_equal(b - a, 4096);
	assert_int_equal(load_memory_gpa(&m, b), LOAD_GPA + 4096);
	assert_int_equal(ftruncate(m.fd, 0), -1);
	assert_int_equal(ftruncate(m.fd, 1 << 20), -1);
	assert_int_equal(fcntl(m.fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	load_memory_close(&m);
	load_memory_close(&m);
	assert_int_equal(load_memory_open(&m, 1ull << 60, &e), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verify_finds),
		cmocka_unit_test(test_verify_reads_back),
		cmocka_unit_test(test_open_loop_shows_stall),
		cmocka_unit_test(test_memory_is_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
