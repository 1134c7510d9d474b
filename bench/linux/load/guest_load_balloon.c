/* SPDX-License-Identifier: MIT */
/*
 * The balloon, inflated to half of the guest's memory and deflated over QMP
 * until the time is over. The guest has touched its memory before, so that
 * there is something to take, and checks afterwards that what it kept is as
 * it was.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/record.h"
#include "bench/linux/guest.h"
#include "bench/linux/guest_process.h"

#define SECOND	1000000000ull
#define MOVE_NS (60 * SECOND) /* for the balloon to get where it should */

static const char *const programs[] = { NULL };

struct balloon {
	uint64_t inflated_bytes, inflate_ns;
	uint64_t deflated_bytes, deflate_ns;
	unsigned int cycles;
};

static int64_t actual_bytes(struct guest_vm *vm, struct err *e)
{
	json_t *j = qmp_command(&vm->qmp, "query-balloon", NULL, e);
	int64_t n = j ? (int64_t)record_num(j, "actual", -1) : -EPIPE;

	json_decref(j);
	return n;
}

/* Ask for @bytes of memory and wait until the guest has that much. */
static int move_to(struct guest_vm *vm, uint64_t bytes, uint64_t *took_ns,
		   struct err *e)
{
	uint64_t start = clock_now_ns();
	int64_t actual;
	json_t *j;

	j = qmp_command(&vm->qmp, "balloon",
			json_pack("{sI}", "value", (json_int_t)bytes), e);
	if (!j)
		return -EIO;
	json_decref(j);
	do {
		if (*vm->stop)
			return err_set(e, -EINTR, "stopped");
		usleep(1000);
		actual = actual_bytes(vm, e);
		if (actual < 0)
			return (int)actual;
		*took_ns = clock_now_ns() - start;
		if (*took_ns > MOVE_NS)
			return err_set(e, -ETIMEDOUT, "the balloon stands at "
				       "%lld bytes, %llu were asked for",
				       (long long)actual,
				       (unsigned long long)bytes);
	} while ((uint64_t)actual != bytes);
	return 0;
}

static int cycle(struct guest *g, struct balloon *b, struct err *e)
{
	struct guest_vm *vm = &g->vm[0];
	uint64_t full = g->config->memory_bytes, ns;
	uint64_t moved = full / 4 & ~((1ull << 20) - 1);
	int ret = move_to(vm, full - moved, &ns, e);

	if (ret < 0)
		return ret;
	b->inflated_bytes += moved;
	b->inflate_ns += ns;
	if (!b->cycles++)
		json_object_set_new(g->result, "host_rss_inflated_bytes",
				    json_integer((json_int_t)guest_process_rss(
					    vm->qemu.pid)));
	ret = move_to(vm, full, &ns, e);
	b->deflated_bytes += moved;
	b->deflate_ns += ns;
	return ret;
}

static int wait_filled(struct guest_vm *vm, struct guest_job *j, struct err *e)
{
	uint64_t until = clock_now_ns() + 60 * SECOND;
	int ret = 0;

	while (!ret && !(j->out.data && strstr(j->out.data, "kept="))) {
		if (j->done || clock_now_ns() > until)
			return err_set(e, -EIO, "the guest did not fill its "
				       "memory: %.200s",
				       j->error.data ? j->error.data : "");
		ret = guest_vm_wait(vm, j, SECOND / 10, e);
		if (ret == -ETIMEDOUT)
			ret = 0;
	}
	return ret;
}

static int check_pattern(struct guest *g, struct guest_job *j, struct err *e)
{
	struct guest_vm *vm = &g->vm[0];
	struct guest_job touch = { 0 };
	char v[64];
	int ret;

	ret = guest_vm_shell(vm, &touch, "touch /tmp/check", 10 * SECOND, e);
	guest_channel_drop(&vm->channel, &touch);
	ret = ret ?: guest_vm_wait(vm, j, 60 * SECOND, e);
	if (ret < 0)
		return ret;
	guest_text_value(j->out.data, "damaged", v, sizeof(v));
	if (!*v)
		return err_set(e, -EIO, "the guest could not check its memory "
			       "(exit status %d, signal %d): %.200s",
			       j->status, j->signal,
			       j->error.data ? j->error.data : "");
	json_object_set_new(g->result, "damaged_pages",
			    json_integer(strtoll(v, NULL, 10)));
	if (strcmp(v, "0"))
		return err_set(e, -EIO, "%s pages outside the balloon were "
			       "changed by it", v);
	return 0;
}

static void put(struct guest *g, const struct balloon *b)
{
	record_metric(g->metrics, "inflate_rate",
		      (double)b->inflated_bytes * 1e9 / (double)b->inflate_ns,
		      "B/s", "higher");
	record_metric(g->metrics, "deflate_rate",
		      (double)b->deflated_bytes * 1e9 / (double)b->deflate_ns,
		      "B/s", "higher");
	json_object_set_new(g->result, "cycles",
			    json_integer((json_int_t)b->cycles));
}

static int cycles(struct guest *g, struct err *e)
{
	uint64_t until = clock_now_ns() + g->config->time_ns;
	struct balloon b = { 0 };
	int ret;

	do {
		ret = cycle(g, &b, e);
	} while (!ret && clock_now_ns() < until);
	if (!ret)
		put(g, &b);
	return ret;
}

static int run(struct guest *g, struct err *e)
{
	char *const argv[] = { "/init", "pattern", "42", NULL };
	struct guest_vm *vm = &g->vm[0];
	struct guest_job j = { 0 };
	int ret;

	ret = guest_channel_run(&vm->channel, &j, argv, 0, e);
	ret = ret ?: wait_filled(vm, &j, e);
	json_object_set_new(g->result, "host_rss_before_bytes",
			    json_integer((json_int_t)guest_process_rss(
				    vm->qemu.pid)));
	ret = ret ?: cycles(g, e);
	json_object_set_new(g->result, "host_rss_after_bytes",
			    json_integer((json_int_t)guest_process_rss(
				    vm->qemu.pid)));
	ret = ret ?: check_pattern(g, &j, e);
	guest_channel_drop(&vm->channel, &j);
	return ret;
}

static int prepare(struct guest *g, struct err *e)
{
	struct guest_job j = { 0 };
	int ret = guest_vm_shell(
		&g->vm[0], &j,
		"for v in /sys/bus/virtio/devices/*; do "
		"[ \"$(cat $v/device)\" = 0x0005 ] && "
		"echo features=$(cat $v/features); done; true",
		30 * SECOND, e);

	ret = ret ?: guest_check_features(g, j.out.data, e);
	guest_channel_drop(&g->vm[0].channel, &j);
	return ret;
}

const struct guest_load_ops guest_load_balloon = {
	.name = "balloon",
	.programs = programs,
	.prepare = prepare,
	.run = run,
};
