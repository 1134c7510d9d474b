/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TESTS_EVENTFD_ENDS_H
#define VIOPERF_TESTS_EVENTFD_ENDS_H

/* What the ends of a traced eventfd do. */
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../lib/clock.h"

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
