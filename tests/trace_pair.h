/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TESTS_TRACE_PAIR_H
#define VIOPERF_TESTS_TRACE_PAIR_H

/*
 * A pair of processes that notify each other, a driver and a device, run
 * under the whole trace command in a child, as the harness would run it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "bpf/trace.h"
#include "eventfd_ends.h"
#include "lib/clock.h"
#include "lib/cmd.h"
#include "lib/record.h"

/* Longer than any test takes; what hangs is ended by a signal. */
#define TEST_SECONDS 200

struct pair_shared {
	uint64_t start_ns, end_ns;
	uint64_t delay_ns; /* how long the device takes to answer */
	bool device_runs;
	pid_t other_tid; /* of the device's second thread */
	unsigned int sleeps; /* of the driver */
	unsigned int inside, outside, across; /* kicks and the window */
};

struct pair {
	void (*driver)(struct pair *p);
	void (*device)(struct pair *p);
	const char *way;
	bool poll;
	bool shared_maps; /* --shared-maps */
	bool hide_device; /* device_pid null in the rings file */
	uint64_t window_ns;

	int kick, call;
	int pipe[2]; /* another thing that can wake the device */
	pid_t driver_pid, device_pid;
	char rings[64], record[64];
	volatile struct pair_shared *shared;
	struct pair_shared left; /* what was shared, when all is over */
};

static void start_child(struct pair *p, pid_t *pid, void (*fn)(struct pair *))
{
	*pid = fork();
	assert_true(*pid >= 0);
	if (*pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!p->shared->start_ns)
		usleep(1000);
	if (pid == &p->device_pid)
		p->shared->device_runs = true;
	fn(p);
	_exit(0);
}

/* Until a kick finds the device asleep. */
static void wait_device(struct pair *p)
{
	while (!p->shared->device_runs)
		p->shared->sleeps += (sleep_ns(MS), 1);
	p->shared->sleeps += wait_asleep(p->device_pid);
}

static int note_id(void *arg, pid_t pid, int fd, uint64_t id)
{
	uint64_t *want = arg;

	if (fd != (int)want[0])
		return 0;
	want[1] = id;
	return 1;
}

static json_int_t id_of(int fd)
{
	uint64_t want[2] = { (uint64_t)fd, 0 };

	assert_int_equal(rings_each_eventfd(getpid(), note_id, want), 1);
	return (json_int_t)want[1];
}

static void write_rings(struct pair *p)
{
	json_t *j = json_pack(
		"{si ss si ss s[{si si si sI si sI}]}", "schema", 1, "kind",
		"rings", "pid", p->driver_pid, "completion",
		p->poll ? "poll" : "interrupt", "queues", "queue", 0, "tid",
		p->driver_pid, "kick_fd", p->kick, "kick_id", id_of(p->kick),
		"call_fd", p->call, "call_id", id_of(p->call));
	struct err e;

	if (!p->hide_device)
		json_object_set_new(j, "device_pid",
				    json_integer(p->device_pid));
	assert_int_equal(record_write(p->rings, j, &e), 0);
	json_decref(j);
}

static void open_pair(struct pair *p)
{
	p->kick = eventfd(0, EFD_NONBLOCK);
	p->call = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(pipe(p->pipe), 0);
	start_child(p, &p->device_pid, p->device);
	start_child(p, &p->driver_pid, p->driver);
	write_rings(p);
	close(p->kick);
	close(p->call);
	close(p->pipe[0]);
	close(p->pipe[1]);
}

static void prepare(struct pair *p)
{
	p->shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(p->shared != MAP_FAILED);
	p->shared->delay_ns = 0;
	snprintf(p->rings, sizeof(p->rings), "/tmp/test_trace.%d.rings",
		 getpid());
	snprintf(p->record, sizeof(p->record), "/tmp/test_trace.%d.json",
		 getpid());
	if (!p->window_ns)
		p->window_ns = TEST_SECONDS * 1000 * MS;
}

static pid_t start_tracer(struct pair *p, int *sync)
{
	char number[16];
	char *argv[] = { "vioperf trace", "--every-one", "--rings", p->rings,
			 "--record", p->record, "--sync-fd", number, "--attach",
			 (char *)(p->way ? p->way : "tp_btf"),
			 "--shared-maps", NULL };
	int fd[2], argc = p->shared_maps ? 11 : 10;
	char word[6];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	snprintf(number, sizeof(number), "%d", fd[1]);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		exit(cmd_trace(argc, argv));
	}
	close(fd[1]);
	*sync = fd[0];
	assert_int_equal(read(fd[0], word, 6), 6);
	assert_memory_equal(word, "ready\n", 6);
	return pid;
}

/* The ends begin when the tracer has been told, and sleeps again. */
static void go(struct pair *p, int sync, pid_t tracer)
{
	uint64_t start = clock_now_ns() + 100 * MS;

	dprintf(sync, "go %llu %llu\n", (unsigned long long)start,
		(unsigned long long)(start + p->window_ns));
	wait_asleep(tracer);
	p->shared->end_ns = start + p->window_ns;
	p->shared->start_ns = start;
}

static void wait_ok(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void end_pair(struct pair *p)
{
	wait_ok(p->driver_pid);
	kill(p->device_pid, SIGKILL);
	waitpid(p->device_pid, NULL, 0);
}

/* Run @p under the tracer; the record is the caller's. */
static json_t *trace_pair(struct pair *p)
{
	struct err e;
	json_t *j;
	pid_t tracer;
	int sync;

	prepare(p);
	open_pair(p);
	tracer = start_tracer(p, &sync);
	go(p, sync, tracer);
	end_pair(p);
	close(sync);
	wait_ok(tracer);
	j = record_read(p->record, &e);
	assert_non_null(j);
	assert_string_equal(record_str(j, "status", ""), "ok");
	p->left = *p->shared;
	unlink(p->record);
	unlink(p->rings);
	munmap((void *)p->shared, 4096);
	return j;
}

static const json_t *ring_of(const json_t *record)
{
	return json_array_get(json_object_get(record, "rings"), 0);
}

static uint64_t number(const json_t *record, const char *key)
{
	const json_t *v = json_object_get(ring_of(record), key);

	assert_true(json_is_integer(v));
	return (uint64_t)json_integer_value(v);
}

static uint64_t stage(const json_t *record, const char *name, struct hist *h)
{
	const json_t *s = json_object_get(
		json_object_get(ring_of(record), "stages"), name);

	hist_init(h);
	if (!s)
		return 0;
	assert_int_equal(hist_from_json(h, json_object_get(s, "hist")), 0);
	return (uint64_t)record_num(s, "events", -1);
}

#endif
