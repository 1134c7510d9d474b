/* SPDX-License-Identifier: MIT */
/* A guest that does not keep to the protocol, and one that does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/linux/guest_channel.h"
#include "bench/linux/guest_msg.h"

static struct guest_channel c;
static int guest = -1;

static int setup(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	guest_channel_open(&c, pair[0]);
	guest = pair[1];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	guest_channel_close(&c);
	if (guest >= 0)
		close(guest);
	guest = -1;
	return 0;
}

static void put(const void *data, size_t n)
{
	assert_int_equal(write(guest, data, n), n);
}

static void put_msg(uint32_t type, uint32_t id, const void *data, size_t n)
{
	struct guest_msg_head h = { GUEST_MSG_MAGIC, type, id, (uint32_t)n };

	put(&h, sizeof(h));
	if (n)
		put(data, n);
}

static int take(void)
{
	struct err e;

	return guest_channel_read(&c, &e);
}

/* A request as it comes to the guest: its words, ended by NULs. */
static void test_run(void **state)
{
	char *const argv[] = { "echo", "", "a b", NULL };
	struct guest_msg_done done = { 3, 0 };
	struct guest_msg_head h;
	struct guest_msg_run run;
	struct guest_job j;
	char words[10];

	(void)state;
	assert_int_equal(guest_channel_run(&c, &j, argv, 1500, NULL), 0);
	assert_int_equal(read(guest, &h, sizeof(h)), sizeof(h));
	assert_int_equal(h.type, GUEST_RUN);
	assert_int_equal(h.length, sizeof(run) + 10);
	assert_int_equal(read(guest, &run, sizeof(run)), sizeof(run));
	assert_int_equal(run.timeout_ms, 1500);
	assert_int_equal(read(guest, words, 10), 10);
	assert_memory_equal(words, "echo\0\0a b\0", 10);
	put_msg(GUEST_OUT, h.id, "one ", 4);
	put_msg(GUEST_ERROR, h.id, "oh", 2);
	put_msg(GUEST_OUT, h.id, "two", 3);
	assert_int_equal(take(), 0);
	assert_false(j.done);
	put_msg(GUEST_DONE, h.id, &done, sizeof(done));
	assert_int_equal(take(), 0);
	assert_true(j.done);
	assert_int_equal(j.status, 3);
	assert_string_equal(j.out.data, "one two");
	assert_string_equal(j.error.data, "oh");
	/* late and double answers change nothing */
	put_msg(GUEST_OUT, h.id, "more", 4);
	put_msg(GUEST_DONE, h.id, &done, sizeof(done));
	assert_int_equal(take(), 0);
	assert_string_equal(j.out.data, "one two");
	guest_channel_drop(&c, &j);
}

/* Any number of pieces, down to single bytes. */
static void test_pieces(void **state)
{
	struct guest_msg_head h = { GUEST_MSG_MAGIC, GUEST_HELLO, 0, 9 };
	char all[sizeof(h) + 9];
	size_t i;

	(void)state;
	memcpy(all, &h, sizeof(h));
	memcpy(all + sizeof(h), "release=6", 9);
	for (i = 0; i < sizeof(all); i++) {
		assert_string_equal(c.hello, "");
		put(all + i, 1);
		assert_int_equal(take(), 0);
	}
	assert_string_equal(c.hello, "release=6");
	put_msg(GUEST_BEAT, 0, NULL, 0);
	put_msg(GUEST_BEAT, 0, NULL, 0);
	assert_int_equal(take(), 0);
}

static void test_hello_is_cut(void **state)
{
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text));
	put_msg(GUEST_HELLO, 0, text, sizeof(text));
	assert_int_equal(take(), 0);
	assert_int_equal(strlen(c.hello), sizeof(c.hello) - 1);
}

static void test_wrong_magic(void **state)
{
	struct guest_msg_head h = { 1, GUEST_BEAT, 0, 0 };

	(void)state;
	put(&h, sizeof(h));
	assert_int_equal(take(), -EPROTO);
}

static void test_too_long(void **state)
{
	struct guest_msg_head h = { GUEST_MSG_MAGIC, GUEST_OUT, 1,
				    UINT32_MAX };

	(void)state;
	put(&h, sizeof(h));
	assert_int_equal(take(), -EPROTO);
}

static void test_unknown_type(void **state)
{
	(void)state;
	put_msg(77, 1, "x", 1);
	assert_int_equal(take(), -EPROTO);
}

static void test_nobody(void **state)
{
	struct guest_msg_done done = { 0, 0 };

	(void)state;
	put_msg(GUEST_OUT, 12345, "x", 1);
	put_msg(GUEST_DONE, 12345, &done, sizeof(done));
	assert_int_equal(take(), 0);
}

static void test_done_of_wrong_size(void **state)
{
	char *const argv[] = { "true", NULL };
	struct guest_job j;

	(void)state;
	assert_int_equal(guest_channel_run(&c, &j, argv, 0, NULL), 0);
	put_msg(GUEST_DONE, j.id, "x", 1);
	assert_int_equal(take(), -EPROTO);
	assert_false(j.done);
	guest_channel_drop(&c, &j);
}

/* Output is kept up to a limit; what is beyond is gone, nothing else. */
static void test_endless_output(void **state)
{
	static char chunk[1 << 20];
	char *const argv[] = { "yes", NULL };
	struct guest_job j;
	struct guest_msg_head h;
	size_t sent = 0, i, n;
	ssize_t w;

	(void)state;
	memset(chunk, 'y', sizeof(chunk));
	assert_int_equal(guest_channel_run(&c, &j, argv, 0, NULL), 0);
	fcntl(guest, F_SETFL, O_NONBLOCK);
	for (i = 0; i < (GUEST_OUTPUT_MAX >> 20) + 3; i++) {
		h = (struct guest_msg_head){ GUEST_MSG_MAGIC, GUEST_OUT, j.id,
					     sizeof(chunk) };
		assert_int_equal(write(guest, &h, sizeof(h)), sizeof(h));
		for (n = 0; n < sizeof(chunk); n += (size_t)w) {
			w = write(guest, chunk + n, sizeof(chunk) - n);
			if (w < 0)
				w = 0;
			assert_int_equal(take(), 0);
		}
		sent += n;
	}
	assert_true(sent > GUEST_OUTPUT_MAX);
	assert_int_equal(j.out.len, GUEST_OUTPUT_MAX);
	assert_true(j.out.cut);
	assert_int_equal(j.out.data[j.out.len], 0);
	guest_channel_drop(&c, &j);
}

static void test_closed(void **state)
{
	struct guest_msg_head h = { GUEST_MSG_MAGIC, GUEST_OUT, 1, 100 };

	(void)state;
	put(&h, sizeof(h));
	put("half", 4);
	close(guest);
	guest = -1;
	assert_int_equal(take(), -EPIPE);
	assert_int_equal(guest_channel_bye(&c), -EPIPE);
}

static void test_module(void **state)
{
	char path[] = "/tmp/test_guest_channel.XXXXXX", body[64];
	struct guest_msg_head h;
	struct guest_job j;
	struct err e;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "\177ELF", 4), 4);
	close(fd);
	assert_int_equal(guest_channel_module(&c, &j, path, &e), 0);
	unlink(path);
	assert_int_equal(read(guest, &h, sizeof(h)), sizeof(h));
	assert_int_equal(h.type, GUEST_MODULE);
	assert_int_equal(h.length, strlen(strrchr(path, '/')) + 4);
	assert_int_equal(read(guest, body, h.length), h.length);
	assert_string_equal(body, strrchr(path, '/') + 1);
	guest_channel_drop(&c, &j);
	assert_int_equal(guest_channel_module(&c, &j, "/no/such.ko", &e),
			 -ENOENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_run),		    TEST(test_pieces),
		TEST(test_hello_is_cut),    TEST(test_wrong_magic),
		TEST(test_too_long),	    TEST(test_unknown_type),
		TEST(test_nobody),	    TEST(test_done_of_wrong_size),
		TEST(test_endless_output),  TEST(test_closed),
		TEST(test_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
