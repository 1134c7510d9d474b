/* SPDX-License-Identifier: MIT */
/*
 * Which wake-ups a guest's doorbells cause. The kernel's tracepoints of a
 * doorbell are run here by hand, in the thread that then, or before, wakes a
 * device: so each order in which kinds of KVM show the two can be had on any
 * of them.
 */
#include <stdio.h>

#if HAVE_BPF
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <bpf/bpf.h>
#include <cmocka.h>

#include "bpf/trace.h"
#include "eventfd_ends.h"

#define ROUNDS	200
#define TEST_SECONDS 120
#define ADDRESS 0xfe003000ull
#define MMIO_WRITE 2

struct traced {
	struct rings rings;
	struct probe notify, kvm;
	struct probe_ring found;
	pid_t device;
	int kick;
};

static void device_sleeps(int kick)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		take(kick);
}

static void describe(struct traced *t)
{
	struct rings *r = &t->rings;

	r->vm = getpid();
	r->vcpu[r->nr_vcpus++] = (uint32_t)getpid();
	r->proc[r->nr_procs++] = (struct trace_proc){ (__u32)getpid(),
						      TRACE_DRIVER, 0 };
	r->proc[r->nr_procs++] = (struct trace_proc){ (__u32)t->device,
						      TRACE_DEVICE, 0 };
	r->ring[r->nr_rings++].has[TRACE_KICK] = true;
	r->ring[0].id[TRACE_KICK] = 999999999; /* its writes are not seen */
	r->doorbell[r->nr_doorbells++] =
		(struct rings_doorbell){ { ADDRESS, 0 }, 0 };
}

static void attach(struct probe *p, const struct probe_ops *ops,
		   const struct rings *r, struct probe_env *env)
{
	struct err e = { "" };

	if (probe_attach(p, ops, env, &e) || ops->watch(p, r, &e))
		fail_msg("%s", e.text);
	p->control->start_ns = 1;
	p->control->end_ns = UINT64_MAX;
}

static struct traced *begin(void)
{
	struct probe_env env = { .way = "raw_tp", .nr_rings = 1,
				 .threads_fd = -1, .writers_fd = -1,
				 .vm = true, .vcpus = true };
	struct traced *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->kick = eventfd(0, 0);
	t->device = fork();
	if (!t->device)
		device_sleeps(t->kick);
	describe(t);
	attach(&t->notify, &probe_notify, &t->rings, &env);
	env.threads_fd = t->notify.threads_fd;
	env.writers_fd = t->notify.writers_fd;
	attach(&t->kvm, &probe_kvm, &t->rings, &env);
	return t;
}

static void end(struct traced *t)
{
	probe_close(&t->notify);
	probe_close(&t->kvm);
	kill(t->device, SIGKILL);
	waitpid(t->device, NULL, 0);
	close(t->kick);
	free(t);
}

/* Run tracepoint program @name as if KVM had come by it. */
static void run(const struct traced *t, const char *name, __u64 *args,
		__u32 bytes)
{
	const struct bpf_program *prog = bpf_object__find_program_by_name(
		*t->kvm.skel->obj, name);
	LIBBPF_OPTS(bpf_test_run_opts, o, .ctx_in = args,
		    .ctx_size_in = bytes);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(prog), &o), 0);
}

static void doorbell_early(const struct traced *t)
{
	__u64 args[] = { MMIO_WRITE, 4, ADDRESS, 0 };

	run(t, "mmio_raw", args, sizeof(args));
}

static void doorbell_late(const struct traced *t)
{
	__u64 args[] = { ADDRESS };

	run(t, "fast_raw", args, sizeof(args));
}

static void read_found(struct traced *t)
{
	unsigned int i;

	wait_asleep(t->device);
	for (i = 0; i < STAGE_COUNT; i++)
		hist_init(&t->found.stage[i].hist);
	for (i = 0; i < TRACE_KINDS; i++)
		hist_init(&t->found.reach[i].hist);
	assert_int_equal(probe_read_ring(&t->notify, 0, &t->found), 0);
	assert_int_equal(probe_read_ring(&t->kvm, 0, &t->found), 0);
}

/* What wakes the device is a kick, seen so often of ROUNDS. A busy machine may
 * come between a doorbell and its tracepoint. */
static void check_kicks(struct traced *t)
{
	const struct trace_counters *c = &t->found.counters;
	const struct probe_stage *s = t->found.stage;

	read_found(t);
	assert_int_equal(c->signals[TRACE_KICK], ROUNDS);
	assert_in_range(c->wakeups[TRACE_KICK], ROUNDS * 7 / 10, ROUNDS);
	assert_in_range(c->wakeups[TRACE_KICK] + c->other[TRACE_DEVICE],
			ROUNDS * 9 / 10, ROUNDS);
	assert_in_range(s[STAGE_DEVICE_WAKEUP].events + c->lost[TRACE_KICK],
			c->wakeups[TRACE_KICK] - 1, c->wakeups[TRACE_KICK]);
	assert_in_range(s[STAGE_DEVICE_RESUME].events,
			c->wakeups[TRACE_KICK] * 9 / 10,
			c->wakeups[TRACE_KICK]);
	assert_int_equal(t->found.reach[TRACE_KICK].events,
			 s[STAGE_DEVICE_WAKEUP].events);
	/* the way to the thread's CPU begins no later than its wake-up */
	assert_true(t->found.reach[TRACE_KICK].hist.sum_ns >=
		    s[STAGE_DEVICE_WAKEUP].hist.sum_ns);
	assert_in_range(t->found.reach[TRACE_KICK].hist.min_ns, 1, 5 * MS);
}

static void test_early(void **state)
{
	struct traced *t = begin();
	int i;

	for (i = 0; i < ROUNDS; i++) {
		wait_asleep(t->device);
		doorbell_early(t);
		put(t->kick, 1);
	}
	check_kicks(t);
	end(t);
}

static void test_late(void **state)
{
	struct traced *t = begin();
	int i;

	for (i = 0; i < ROUNDS; i++) {
		wait_asleep(t->device);
		put(t->kick, 1);
		doorbell_late(t);
	}
	check_kicks(t);
	end(t);
}

/* A doorbell that woke nobody, and later something else that wakes. */
static void test_unrelated(void **state)
{
	struct traced *t = begin();
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (i % 2)
			doorbell_early(t);
		else
			doorbell_late(t);
		sleep_ns(MS);
		wait_asleep(t->device);
		put(t->kick, 1);
		sleep_ns(MS);
	}
	read_found(t);
	assert_int_equal(t->found.counters.signals[TRACE_KICK], ROUNDS);
	assert_int_equal(t->found.counters.wakeups[TRACE_KICK], 0);
	assert_in_range(t->found.counters.other[TRACE_DEVICE], ROUNDS * 9 / 10,
			ROUNDS);
	assert_int_equal(t->found.reach[TRACE_KICK].events, 0);
	end(t);
}

/* What the VMM wakes between two stays in the guest is no doorbell's doing. */
static void test_vmm_wakes(void **state)
{
	struct traced *t = begin();
	int i;

	for (i = 0; i < ROUNDS; i++) {
		wait_asleep(t->device);
		put(t->kick, 1);
		syscall(SYS_getppid);
		doorbell_late(t);
	}
	read_found(t);
	assert_int_equal(t->found.counters.signals[TRACE_KICK], ROUNDS);
	assert_int_equal(t->found.counters.wakeups[TRACE_KICK], 0);
	end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_unrelated),
		cmocka_unit_test(test_vmm_wakes),
	};
	struct probe_env env = { .way = "raw_tp", .nr_rings = 1,
				 .threads_fd = -1, .writers_fd = -1 };
	struct probe trial;
	struct err e;

	if (trace_missing()[0]) {
		printf("tracing %s\n", trace_missing());
		return 77;
	}
	if (probe_attach(&trial, &probe_kvm, &env, &e)) {
		puts(e.text);
		return 77;
	}
	probe_close(&trial);
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
	puts("built without tracing: missing " BPF_MISSING);
	return 77;
}
#endif
