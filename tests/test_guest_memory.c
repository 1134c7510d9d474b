/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/virtio/guest_memory.h"

#define GPA 0x40000000ull
#define UVA 0x7f0000000000ull

static int file_of(uint64_t bytes)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	return fd;
}

static void test_bounds(void **state)
{
	struct guest_memory *m = guest_memory_new();
	int fd = file_of(65536);
	struct err e;
	uint8_t *p;

	(void)state;
	assert_null(guest_memory_at(m, GPA, 1));
	assert_int_equal(guest_memory_add(m, GPA, 8192, UVA, fd, 4096, &e), 0);
	p = guest_memory_at(m, GPA, 8192);
	assert_non_null(p);
	assert_ptr_equal(guest_memory_at(m, GPA + 8191, 1), p + 8191);
	assert_null(guest_memory_at(m, GPA + 8191, 2));
	assert_null(guest_memory_at(m, GPA + 8192, 1));
	assert_null(guest_memory_at(m, GPA - 1, 2));
	assert_null(guest_memory_at(m, GPA, 0));
	assert_null(guest_memory_at(m, GPA + 1, UINT64_MAX));
	assert_null(guest_memory_at(m, UINT64_MAX, 2));
	assert_ptr_equal(guest_memory_at_user(m, UVA + 100, 8), p + 100);
	assert_null(guest_memory_at_user(m, GPA, 8));
	p[0] = 77; /* the file's second page */
	assert_int_equal(pread(fd, p + 1, 1, 4096), 1);
	assert_int_equal(p[1], 77);
	close(fd);
	guest_memory_put(m);
}

static void test_refused(void **state)
{
	static const struct {
		uint64_t gpa, bytes, uva, offset;
	} bad[] = {
		{ GPA, 0, UVA, 0 },
		{ GPA, 65537, UVA, 0 },
		{ GPA, 4096, UVA, 65536 },
		{ GPA, 4096, UVA, UINT64_MAX - 100 },
		{ GPA, UINT64_MAX, UVA, 4096 },
		{ UINT64_MAX - 100, 4096, UVA, 0 },
		{ GPA, 4096, UINT64_MAX - 100, 0 },
		{ GPA + 0x100000 - 1, 4096, UVA, 0 }, /* overlaps */
		{ GPA + 0x100000 + 4095, 4096, UVA, 0 },
	};
	struct guest_memory *m = guest_memory_new();
	int fd = file_of(65536);
	struct err e;
	size_t i;

	(void)state;
	assert_int_equal(guest_memory_add(m, GPA + 0x100000, 4096, 0, fd, 0,
					  &e), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(guest_memory_add(m, bad[i].gpa, bad[i].bytes,
					     bad[i].uva, fd, bad[i].offset,
					     &e) < 0);
	assert_int_equal(m->nr, 1);
	for (i = 1; i < GUEST_MEMORY_MAX_REGIONS; i++)
		assert_int_equal(guest_memory_add(m, i << 40, 4096, 0, fd, 0,
						  &e), 0);
	assert_int_equal(guest_memory_add(m, 99ull << 40, 4096, 0, fd, 0, &e),
			 -E2BIG);
	close(fd);
	guest_memory_put(m);
}

/* A segment over regions that touch is cut at the border. */
static void test_pieces(void **state)
{
	struct guest_memory *m = guest_memory_new();
	int fd = file_of(65536), i;
	struct iovec v[3];
	struct err e;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(guest_memory_add(
			m, GPA + (uint64_t)i * 4096, 4096, 0, fd,
			(uint64_t)(2 - i) * 8192, &e), 0);
	assert_int_equal(guest_memory_iov(m, GPA, 4096, v, 3), 1);
	assert_int_equal(guest_memory_iov(m, GPA + 4000, 4300, v, 3), 3);
	assert_int_equal(v[0].iov_len, 96);
	assert_int_equal(v[1].iov_len, 4096);
	assert_int_equal(v[2].iov_len, 108);
	assert_ptr_equal(v[1].iov_base, guest_memory_at(m, GPA + 4096, 1));
	assert_int_equal(guest_memory_iov(m, GPA + 4000, 4300, v, 2), -E2BIG);
	assert_int_equal(guest_memory_iov(m, GPA, 12289, v, 3), -EFAULT);
	assert_int_equal(guest_memory_iov(m, GPA, 0, v, 3), -EFAULT);
	assert_int_equal(guest_memory_iov(m, UINT64_MAX - 5, 100, v, 3),
			 -EFAULT);
	assert_int_equal(guest_memory_iov(m, GPA, 1, v, 0), -E2BIG);
	close(fd);
	guest_memory_put(m);
}

static void test_remove_and_refs(void **state)
{
	struct guest_memory *m = guest_memory_new();
	int fd = file_of(65536);
	struct err e;
	uint8_t *p;

	(void)state;
	guest_memory_add(m, GPA, 4096, UVA, fd, 0, &e);
	guest_memory_add(m, GPA + 8192, 4096, UVA + 8192, fd, 8192, &e);
	assert_int_equal(guest_memory_remove(m, GPA, 4095, UVA), -ENOENT);
	assert_int_equal(guest_memory_remove(m, GPA, 4096, UVA), 0);
	assert_null(guest_memory_at(m, GPA, 1));
	p = guest_memory_at(m, GPA + 8192, 4096);
	assert_non_null(p);
	guest_memory_get(m); /* a request in flight */
	guest_memory_put(m); /* the table goes */
	p[10] = 1;	     /* its memory does not */
	guest_memory_put(m);
	guest_memory_put(NULL);
	close(fd);
}

/* Truncated under use: zero pages, marked broken, and life goes on. */
static void test_truncated(void **state)
{
	struct guest_memory *m = guest_memory_new();
	int fd = file_of(65536);
	volatile uint8_t *p;
	struct err e;

	(void)state;
	assert_int_equal(guest_memory_guard(), 0);
	assert_int_equal(guest_memory_add(m, GPA, 65536, UVA, fd, 0, &e), 0);
	p = guest_memory_at(m, GPA, 65536);
	p[40000] = 5;
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_false(guest_memory_broken(m));
	assert_int_equal(p[40000], 0);
	p[50000] = 7;
	assert_true(guest_memory_broken(m));
	close(fd);
	guest_memory_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_remove_and_refs),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
