/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/virtio/vhost_user.h"

struct ends {
	int a, b;
};

static struct ends open_ends(void)
{
	struct timeval limit = { .tv_usec = 200000 };
	int s[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return (struct ends){ s[0], s[1] };
}

static void close_ends(struct ends *e)
{
	close(e->a);
	close(e->b);
}

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Every known request at its largest, with all its fds; and what is too much
 * or too little of it. */
static void test_round_trip(void **state)
{
	struct ends s = open_ends();
	int before = open_fds(), i;
	struct vu_msg m, got;
	uint32_t r;
	struct err e;

	(void)state;
	for (r = 0; r < VU_REQUEST_COUNT; r++) {
		const struct vu_request_info *info = vu_request_info(r);

		if (!info)
			continue;
		memset(&m, 0, sizeof(m));
		m.request = r;
		m.flags = VU_VERSION | VU_FLAG_NEED_REPLY;
		m.size = info->max_bytes;
		memset(&m.u, 0x5a, m.size);
		m.nr_fds = info->max_fds;
		for (i = 0; i < m.nr_fds; i++)
			m.fd[i] = 0;
		assert_int_equal(vu_send(s.a, &m, &e), 0);
		assert_int_equal(vu_recv(s.b, &got, &e), 1);
		assert_int_equal(got.request, r);
		assert_int_equal(got.flags, m.flags);
		assert_int_equal(got.size, m.size);
		assert_memory_equal(&got.u, &m.u, m.size);
		assert_int_equal(got.nr_fds, m.nr_fds);
		assert_int_equal(vu_check_request(&got, &e), 0);
		got.nr_fds++;
		assert_int_equal(vu_check_request(&got, &e), -EPROTO);
		got.nr_fds--;
		got.size = info->max_bytes + 1u;
		assert_int_equal(vu_check_request(&got, &e), -EPROTO);
		got.size = info->min_bytes;
		assert_int_equal(vu_check_request(&got, &e), 0);
		got.size = info->min_bytes - 1u;
		assert_int_equal(vu_check_request(&got, &e), -EPROTO);
		vu_close_fds(&got, 0);
	}
	m.request = VU_REQUEST_COUNT;
	assert_int_equal(vu_check_request(&m, &e), -EPROTO);
	assert_int_equal(open_fds(), before);
	close_ends(&s);
}

/* On the wire the payload follows the header at once, at byte 12. */
static void test_wire(void **state)
{
	struct ends s = open_ends();
	struct vu_msg m = { .request = VU_SET_FEATURES, .flags = VU_VERSION,
			    .size = 8, .u.u64 = 0x1122334455667788ull };
	uint8_t raw[64];
	uint64_t v;
	struct err e;

	(void)state;
	assert_int_equal(vu_send(s.a, &m, &e), 0);
	assert_int_equal(read(s.b, raw, sizeof(raw)), 20);
	memcpy(&v, raw + 12, 8);
	assert_int_equal(v, m.u.u64);
	close_ends(&s);
}

static void send_raw(int fd, const void *data, size_t bytes, int nr_fds)
{
	char control[CMSG_SPACE(sizeof(int) * 250)] = { 0 };
	struct iovec v = { (void *)data, bytes };
	struct msghdr mh = { .msg_iov = &v, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (nr_fds) {
		mh.msg_control = control;
		mh.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nr_fds);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nr_fds);
		memset(CMSG_DATA(c), 0, sizeof(int) * (size_t)nr_fds);
	}
	assert_int_equal(sendmsg(fd, &mh, 0), (ssize_t)bytes);
}

static void test_hostile(void **state)
{
	static const struct {
		uint32_t head[3];
		size_t bytes;
		int fds, ret;
	} c[] = {
		{ { VU_SET_FEATURES, 1, 0xffffffff }, 12, 0, -EPROTO },
		{ { VU_SET_FEATURES, 1, sizeof(((struct vu_msg *)0)->u) + 1 },
		  12, 0, -EPROTO },
		{ { VU_SET_FEATURES, 0, 8 }, 12, 0, -EPROTO }, /* version */
		{ { VU_SET_FEATURES, 2, 8 }, 12, 0, -EPROTO },
		{ { VU_SET_MEM_TABLE, 1, 0 }, 12, 9, -EPROTO },
		{ { VU_SET_MEM_TABLE, 1, 0 }, 12, 64, -EPROTO },
		{ { VU_SET_MEM_TABLE, 1, 0 }, 12, 250, -EPROTO },
		{ { VU_GET_FEATURES, 1, 0 }, 12, 8, 1 },
		{ { VU_SET_FEATURES, 1, 8 }, 12, 1, -ETIMEDOUT }, /* no payload */
		{ { VU_SET_FEATURES, 1, 8 }, 5, 1, -EPROTO }, /* half a header */
		{ { VU_SET_FEATURES, 1, 8 }, 11, 0, -EPROTO },
	};
	int before = open_fds();
	struct vu_msg m;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct ends s = open_ends();
		int ret;

		send_raw(s.a, c[i].head, c[i].bytes, c[i].fds);
		if (c[i].bytes < 12)
			shutdown(s.a, SHUT_WR);
		ret = vu_recv(s.b, &m, &e);
		assert_int_equal(ret, c[i].ret);
		if (ret == 1)
			vu_close_fds(&m, 0);
		close_ends(&s);
		assert_int_equal(open_fds(), before);
	}
}

static void test_end_of_file(void **state)
{
	struct ends s = open_ends();
	struct vu_msg m = { .request = VU_SET_FEATURES, .flags = VU_VERSION,
			    .size = 8 };
	struct err e;

	(void)state;
	close(s.a);
	assert_int_equal(vu_recv(s.b, &m, &e), 0);
	m = (struct vu_msg){ .request = VU_SET_OWNER, .flags = VU_VERSION };
	assert_int_equal(vu_send(s.b, &m, &e), -EPIPE);
	close(s.b);
}

static void test_take(void **state)
{
	int before = open_fds(), fd;
	struct vu_msg m = { .nr_fds = 2 };

	(void)state;
	m.fd[0] = dup(0);
	m.fd[1] = dup(0);
	fd = vu_take_fd(&m, 0);
	vu_close_fds(&m, 0);
	assert_int_equal(open_fds(), before + 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_end_of_file),
		cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
