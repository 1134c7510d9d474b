/* SPDX-License-Identifier: MIT */
/*
 * The tracer against a pair of processes whose notifications are known: a
 * driver that kicks and waits for calls, a device that waits for kicks and
 * calls. The whole command runs, in a child, as the harness would run it.
 */
#include <stdio.h>

#if HAVE_BPF
#include <liburing.h>
#include <pthread.h>
#include <sys/epoll.h>

#include "trace_pair.h"
#include "skip_part.h"

/* --- the ends ------------------------------------------------------- */

#define ROUNDS	 500u
#define DELAY_NS (3 * MS)

static void device_answers(struct pair *p)
{
	for (;;) {
		if (!take(p->kick))
			continue;
		if (p->shared->delay_ns)
			spin_ns(p->shared->delay_ns);
		put(p->call, 3);
	}
}

static void driver_waits(struct pair *p)
{
	unsigned int i;

	sleep_until(p->shared->start_ns);
	wait_device(p);
	for (i = 0; i < ROUNDS; i++) {
		put(p->kick, 1 + i % 4);
		take(p->call);
	}
}

static void check_exact(const char *way, bool hide_device, bool shared_maps)
{
	struct pair p = { .driver = driver_waits, .device = device_answers,
			  .way = way, .hide_device = hide_device,
			  .shared_maps = shared_maps };
	json_t *j = trace_pair(&p);
	struct hist h;

	assert_int_equal(number(j, "kicks"), ROUNDS);
	assert_int_equal(number(j, "kick_requests"), ROUNDS / 4 * 10);
	assert_int_equal(number(j, "calls"), ROUNDS);
	assert_int_equal(number(j, "call_requests"), ROUNDS * 3);
	/* The device sleeps at first; later, on a busy CPU, one end may run
	 * before the other one sleeps. */
	assert_in_range(number(j, "kick_wakeups"), 1, ROUNDS);
	assert_in_range(number(j, "call_wakeups"), 0, ROUNDS);
	assert_int_equal(number(j, "kick_wakeups_lost"), 0);
	assert_int_equal(number(j, "call_wakeups_lost"), 0);

	assert_int_equal(stage(j, "kick_signal", &h),
			 number(j, "kick_wakeups"));
	assert_int_equal(stage(j, "device_wakeup", &h),
			 number(j, "kick_wakeups"));
	assert_in_range(h.count, number(j, "kick_wakeups"),
			number(j, "kick_requests"));
	assert_int_equal(stage(j, "device_resume", &h),
			 number(j, "kick_wakeups"));
	assert_int_equal(stage(j, "call_signal", &h),
			 number(j, "call_wakeups"));
	assert_int_equal(stage(j, "driver_wakeup", &h),
			 number(j, "call_wakeups"));
	assert_int_equal(h.count, 3 * number(j, "call_wakeups"));
	assert_int_equal(stage(j, "driver_resume", &h),
			 number(j, "call_wakeups"));
	json_decref(j);
}

static void test_exact_counts(void **state)
{
	check_exact("tp_btf", false, false);
}

static void test_exact_counts_raw(void **state)
{
	check_exact("raw_tp", false, false);
}

static void test_device_is_found(void **state)
{
	check_exact("tp_btf", true, false);
}

static void test_shared_maps(void **state)
{
	check_exact("tp_btf", false, true);
}

/* The device sleeps on its kick and on a pipe. */
static void device_hears_pipe(struct pair *p)
{
	struct pollfd f[2] = { { .fd = p->kick, .events = POLLIN },
			       { .fd = p->pipe[0], .events = POLLIN } };
	uint64_t v;

	for (;;) {
		poll(f, 2, -1);
		if (f[0].revents && read(p->kick, &v, sizeof(v)) < 0)
			abort();
		if (f[1].revents && read(p->pipe[0], &v, sizeof(v)) < 0)
			abort();
	}
}

static void driver_mixes(struct pair *p)
{
	unsigned int i;

	sleep_until(p->shared->start_ns);
	for (i = 0; i < 200; i++) {
		wait_device(p);
		put(i % 4 ? p->pipe[1] : p->kick, 1);
	}
	wait_device(p);
}

static void test_cause(void **state)
{
	struct pair p = { .driver = driver_mixes,
			  .device = device_hears_pipe };
	json_t *j = trace_pair(&p);
	struct hist h;

	assert_int_equal(number(j, "kicks"), 50);
	assert_int_equal(number(j, "kick_wakeups"), 50);
	/* and the timer's by which it awaited the start */
	assert_in_range(number(j, "other_device_wakeups"), 150, 155);
	/* The timer that ends the driver's sleeps is no call. */
	assert_int_equal(number(j, "calls"), 0);
	assert_int_equal(number(j, "call_wakeups"), 0);
	assert_in_range(number(j, "other_driver_wakeups"), 100,
			p.left.sleeps + 5);
	assert_int_equal(stage(j, "device_wakeup", &h),
			 number(j, "kick_wakeups"));
	json_decref(j);
}

static void kick_times(struct pair *p, unsigned int n)
{
	while (n--) {
		put(p->kick, 1);
		take(p->call);
	}
}

/* Kicks from before the window until after it, each of which lies in it, or
 * not, or on its edge. */
static void driver_around_window(struct pair *p)
{
	volatile struct pair_shared *s = p->shared;
	uint64_t before, after;

	do {
		before = clock_now_ns();
		put(p->kick, 1);
		after = clock_now_ns();
		take(p->call);
		if (after < s->start_ns || before >= s->end_ns)
			s->outside++;
		else if (before >= s->start_ns && after < s->end_ns)
			s->inside++;
		else
			s->across++;
	} while (before < s->end_ns + 5 * MS);
}

static void test_window(void **state)
{
	struct pair p = { .driver = driver_around_window,
			  .device = device_answers,
			  .window_ns = 300 * MS };
	json_t *j = trace_pair(&p);

	assert_true(p.left.inside > 0 && p.left.outside > 0);
	assert_in_range(number(j, "kicks"), p.left.inside,
			p.left.inside + p.left.across);
	assert_in_range(number(j, "calls") + 1, number(j, "kicks"),
			number(j, "kicks") + 2);
	assert_in_range(number(j, "kick_wakeups"), 0, number(j, "kicks"));
	json_decref(j);
}

static void stay_on_cpu0(int policy, int priority)
{
	struct sched_param how = { .sched_priority = priority };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0 ||
	    sched_setscheduler(0, policy, &how) < 0)
		abort();
}

/* Above all others: whom it wakes does not run until it sleeps. */
static void be_first_on_cpu0(void)
{
	stay_on_cpu0(SCHED_FIFO, 10);
}

static void driver_hogs_cpu(struct pair *p)
{
	unsigned int i;

	sleep_until(p->shared->start_ns);
	be_first_on_cpu0();
	for (i = 0; i < 20; i++) {
		wait_device(p);
		put(p->kick, 1);
		spin_ns(DELAY_NS);
		take(p->call);
	}
}

static void device_on_cpu0(struct pair *p)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	device_answers(p);
}

static const char *const all_stages[] = {
	"kick_signal", "device_wakeup", "device_resume",
	"call_signal", "driver_wakeup", "driver_resume",
};

/* The delay is no part of any stage but @late: however busy the machine, once
 * at least each has been quick. */
static void check_delay(const json_t *j, const char *late)
{
	struct hist h;
	size_t i;

	for (i = 0; i < sizeof(all_stages) / sizeof(all_stages[0]); i++) {
		assert_true(stage(j, all_stages[i], &h) > 0);
		if (late && !strcmp(late, all_stages[i]))
			assert_in_range(h.min_ns, DELAY_NS, 4 * DELAY_NS);
		else
			assert_in_range(h.min_ns, 0, DELAY_NS / 2);
	}
}

static void test_delay_of_wakeup(void **state)
{
	struct pair p = { .driver = driver_hogs_cpu,
			  .device = device_on_cpu0 };
	json_t *j = trace_pair(&p);

	assert_int_equal(number(j, "kick_wakeups"), 20);
	check_delay(j, "device_wakeup");
	json_decref(j);
}

static void *take_first(void *arg)
{
	struct epoll_event ready;
	struct pair *p = arg;

	stay_on_cpu0(SCHED_OTHER, 0);
	p->shared->other_tid = gettid();
	for (;;)
		if (epoll_wait(p->pipe[1], &ready, 1, -1) == 1)
			take(p->kick);
	return NULL;
}

/*
 * Two threads that each kick wakes. The first to be woken is the last to run:
 * it finds nothing and sleeps on, in the same system call.
 */
static void device_wakes_in_vain(struct pair *p)
{
	struct epoll_event want = { .events = EPOLLIN };
	struct pollfd f = { .fd = p->kick, .events = POLLIN };
	pthread_t other;

	p->pipe[1] = epoll_create1(0);
	if (p->pipe[1] < 0 ||
	    epoll_ctl(p->pipe[1], EPOLL_CTL_ADD, p->kick, &want) < 0 ||
	    pthread_create(&other, NULL, take_first, p))
		abort();
	stay_on_cpu0(SCHED_IDLE, 0);
	for (;;)
		poll(&f, 1, -1);
}

static void driver_kicks_slowly(struct pair *p)
{
	unsigned int i;

	be_first_on_cpu0();
	sleep_until(p->shared->start_ns);
	while (!p->shared->other_tid)
		sleep_ns(MS);
	for (i = 0; i < 20; i++) {
		wait_asleep(p->shared->other_tid);
		wait_device(p);
		put(p->kick, 1);
	}
}

/* Wake-ups that end in no system call's end are counted, as the kicks'. */
static void test_wakeup_without_end(void **state)
{
	struct pair p = { .driver = driver_kicks_slowly,
			  .device = device_wakes_in_vain };
	json_t *j = trace_pair(&p);

	assert_int_equal(number(j, "kicks"), 20);
	assert_in_range(number(j, "kick_wakeups_lost"), 5, 20);
	assert_int_equal(number(j, "call_wakeups_lost"), 0);
	json_decref(j);
}

static void driver_waits_for_slow(struct pair *p)
{
	p->shared->delay_ns = DELAY_NS;
	sleep_until(p->shared->start_ns);
	kick_times(p, 20);
}

/* A device that takes its time is no slow wake-up. */
static void test_delay_in_device(void **state)
{
	struct pair p = { .driver = driver_waits_for_slow,
			  .device = device_answers };
	json_t *j = trace_pair(&p);

	assert_int_equal(number(j, "kicks"), 20);
	check_delay(j, NULL);
	json_decref(j);
}

/* --- completion by polling ------------------------------------------- */

static void driver_polls(struct pair *p)
{
	unsigned int i;
	uint64_t v;

	sleep_until(p->shared->start_ns);
	wait_device(p);
	for (i = 0; i < ROUNDS; i++) {
		put(p->kick, 2);
		while (read(p->call, &v, sizeof(v)) < 0)
			;
	}
}

static void test_poll_mode(void **state)
{
	struct pair p = { .driver = driver_polls, .device = device_answers,
			  .poll = true };
	json_t *j = trace_pair(&p);
	struct hist h;

	assert_int_equal(number(j, "kicks"), ROUNDS);
	assert_int_equal(number(j, "kick_requests"), 2 * ROUNDS);
	assert_int_equal(number(j, "calls"), ROUNDS);
	assert_int_equal(number(j, "call_wakeups"), 0);
	assert_int_equal(stage(j, "driver_wakeup", &h), 0);
	assert_int_equal(h.count, 0);
	assert_true(stage(j, "device_wakeup", &h) > 0);
	json_decref(j);
}

/* --- I/O by io_uring ------------------------------------------------- */

static void submit_and_wait(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;

	if (io_uring_submit_and_wait(ring, 1) < 0 ||
	    io_uring_wait_cqe(ring, &cqe) < 0 || cqe->res < 0)
		abort();
	io_uring_cqe_seen(ring, cqe);
}

/* Waits for the kick by a poll and reads it by io_uring, too: no I/O. */
static void device_reads_file(struct pair *p)
{
	static const char path[] = "/proc/self/exe";
	struct io_uring ring;
	struct io_uring_sqe *sqe;
	static char buf[4096];
	uint64_t v;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || io_uring_queue_init(8, &ring, 0) < 0)
		abort();
	for (;;) {
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_poll_add(sqe, p->kick, POLLIN);
		submit_and_wait(&ring);
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_read(sqe, p->kick, &v, sizeof(v), 0);
		submit_and_wait(&ring);
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_read(sqe, fd, buf, sizeof(buf), 0);
		submit_and_wait(&ring);
		put(p->call, 1);
	}
}

static void check_io(const char *way)
{
	struct pair p = { .driver = driver_waits, .device = device_reads_file,
			  .way = way };
	json_t *j = trace_pair(&p);
	struct hist h;

	assert_int_equal(number(j, "kicks"), ROUNDS);
	assert_int_equal(stage(j, "device_io", &h), ROUNDS);
	assert_int_equal(h.count, ROUNDS);
	assert_true(h.min_ns > 0 && h.min_ns <= h.max_ns);
	json_decref(j);
}

static void test_io(void **state)
{
	struct io_uring ring;

	if (io_uring_queue_init(8, &ring, 0) < 0)
		skip_part("io_uring cannot be used");
	io_uring_queue_exit(&ring);
	check_io("tp_btf");
	check_io("raw_tp");
}

/* --- a second connection while the tracer runs ------------------------ */

static void test_reconnect(void **state)
{
	struct pair p = { .driver = driver_waits, .device = device_answers };
	struct err e;
	pid_t tracer;
	json_t *j;
	int sync;

	prepare(&p);
	open_pair(&p);
	tracer = start_tracer(&p, &sync);
	go(&p, sync, tracer);
	end_pair(&p);
	p.shared->start_ns = 0;
	open_pair(&p);
	wait_asleep(tracer); /* it has read the rings anew */
	p.shared->start_ns = clock_now_ns();
	end_pair(&p);
	dprintf(sync, "stop\n");
	wait_ok(tracer);
	close(sync);
	j = record_read(p.record, &e);
	assert_non_null(j);
	assert_true(record_num(j, "resolved", 0) >= 2);
	assert_int_equal(number(j, "kicks"), 2 * ROUNDS);
	assert_int_equal(number(j, "calls"), 2 * ROUNDS);
	json_decref(j);
	unlink(p.record);
	unlink(p.rings);
	munmap((void *)p.shared, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact_counts),
		cmocka_unit_test(test_exact_counts_raw),
		cmocka_unit_test(test_device_is_found),
		cmocka_unit_test(test_shared_maps),
		cmocka_unit_test(test_cause),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_delay_of_wakeup),
		cmocka_unit_test(test_delay_in_device),
		cmocka_unit_test(test_wakeup_without_end),
		cmocka_unit_test(test_poll_mode),
		cmocka_unit_test(test_io),
		cmocka_unit_test(test_reconnect),
	};

	if (trace_missing()[0]) {
		printf("tracing %s\n", trace_missing());
		return 77;
	}
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
