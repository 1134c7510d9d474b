/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_HOST_WINDOW_H
#define VIOPERF_HOST_WINDOW_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the host did to a cell while it was measured: two looks, right before
 * the window and right after it, so that neither takes time from it.
 */
struct host_look {
	uint64_t at_ns; /* CLOCK_MONOTONIC; 0: there was no look */
	uint64_t steal_ns;
	int64_t throttled_ns;	   /* of our cgroup, -1: not known */
	int64_t thermal_throttles; /* of all CPUs, -1: not known */
	int64_t preempted;	   /* the device's threads; -1 */
};

/* @device: the process that is the device, 0 where there is none. */
void host_look(struct host_look *l, pid_t device);

/* A record's "host" (results/README.md), with what @load, the driver's own
 * report, says of it. */
json_t *host_window_json(const struct host_look *before,
			 const struct host_look *after, const json_t *load);

#endif
