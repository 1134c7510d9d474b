/* SPDX-License-Identifier: MIT */
/* What QEMU is told of a disk's cache, by each of its devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "harness/target.h"
#include "lib/util.h"

/* As libvirt and QEMU have them: docs/system/qemu-block-drivers, qemu(1). */
static const struct {
	const char *option, *direct, *no_flush;
	bool through; /* writes go to the medium */
} modes[] = {
	{ "", "on", "off", false },
	{ "+directsync", "on", "off", true },
	{ "+unsafe", "off", "on", false },
	{ "+writeback", "off", "off", false },
	{ "+writethrough", "off", "off", true },
};

static const char *const devices[] = { "qemu-virtio-blk", "qemu-virtio-scsi",
				       "qemu-ide", "qemu-ahci", "qemu-nvme" };

static bool has(const struct process *p, const char *text)
{
	unsigned int i;

	for (i = 0; i < p->nr_args; i++)
		if (strstr(p->arg[i], text))
			return true;
	return false;
}

static void check(const char *device, size_t mode)
{
	static const struct scenario none;
	const struct scenario_target *custom;
	struct target_start t = { .backing = BACKING_FILE,
				  .backing_file = "/x", .queues = 1,
				  .ring_size = 256,
				  .options = modes[mode].option };
	struct process p = { .sync_fd = -1, .pidfd = -1 };
	char text[96];

	target_find(device, &none, &custom)->guest(&p, &t);
	snprintf(text, sizeof(text), ",cache.direct=%s,cache.no-flush=%s,"
		 "aio=io_uring,node-name=disk", modes[mode].direct,
		 modes[mode].no_flush);
	assert_true(has(&p, text));
	assert_int_equal(has(&p, ",write-cache=off"),
			 modes[mode].through);
	process_close(&p);
}

static void test_modes(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++)
		for (k = 0; k < ARRAY_SIZE(modes); k++)
			check(devices[i], k);
}

/* One mode at a time, and Linux's AIO past the page cache only. */
static void test_excluded(void **state)
{
	static const char *const bad[] = {
		"qemu-virtio-blk+writeback+unsafe", "qemu-ide+native+writeback",
		"qemu-nvme+unsafe+native", "qemu-ahci+native+writethrough",
	};
	static const char *const good[] = {
		"qemu-virtio-scsi+io_uring+iothread+poll-max=5us+writethrough",
		"qemu-ide+directsync+native",
	};
	static const struct scenario none;
	const struct scenario_target *custom;
	char out[64];
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_not_equal(target_option_check(
			target_find(bad[i], &none, &custom), bad[i], out,
			sizeof(out), &e), 0);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(target_option_check(
			target_find(good[i], &none, &custom), good[i], out,
			sizeof(out), &e), 0);
		assert_string_equal(out, good[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_excluded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
