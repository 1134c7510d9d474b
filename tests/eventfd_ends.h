/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TESTS_EVENTFD_ENDS_H
#define VIOPERF_TESTS_EVENTFD_ENDS_H

/* What the ends of a traced eventfd do. */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"

#define MS 1000000ull

static inline void sleep_until(uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / 1000000000),
			       (long)(ns % 1000000000) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static inline void sleep_ns(uint64_t ns)
{
	sleep_until(clock_now_ns() + ns);
}

static inline void spin_ns(uint64_t ns)
{
	uint64_t end = clock_now_ns() + ns;

	while (clock_now_ns() < end)
		;
}

/* Until thread @tid sleeps, with nothing left to do; only then can it be woken.
 * Returns how often this thread has slept meanwhile. */
static inline unsigned int wait_asleep(pid_t tid)
{
	unsigned int sleeps = 0;
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	for (; state != 'S'; sleeps++) {
		sleep_ns(MS / 2);
		f = fopen(path, "re");
		if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			abort();
		fclose(f);
	}
	return sleeps;
}

static inline void put(int fd, uint64_t v)
{
	if (write(fd, &v, sizeof(v)) != sizeof(v))
		abort();
}

static inline uint64_t take(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t v;

	while (poll(&p, 1, -1) < 0)
		;
	return read(fd, &v, sizeof(v)) == sizeof(v) ? v : 0;
}

#endif
