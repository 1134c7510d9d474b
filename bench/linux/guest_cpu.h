/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_CPU_H
#define VIOPERF_GUEST_CPU_H

#include <pthread.h>
#include <stdint.h>

#include "lib/err.h"

struct guest;

#define GUEST_CPU_SAMPLES 8192

/*
 * CPU time of a guest's parts while its load runs, looked at ten times a
 * second by a thread of its own (0.1 % of a core). When a load in the guest
 * really begins is not seen from here; the middle of its time is in it for
 * sure, and the load is the same all along.
 */
struct guest_cpu_sample {
	uint64_t at_ns;
	uint64_t vcpu_ns, other_ns, device_ns;
};

struct guest_cpu {
	const struct guest *guest;
	struct guest_cpu_sample sample[GUEST_CPU_SAMPLES];
	unsigned int nr;
	volatile int stop;
	pthread_t thread;
};

/* CPUs kept busy by the vCPUs, by QEMU's other threads, by a back end. */
struct guest_cpu_use {
	double vcpu, other, device;
};

struct guest_cpu *guest_cpu_start(const struct guest *g, struct err *e);

/* End the thread; the use over the middle 60 % of the last @time_ns. Frees
 * @c. */
void guest_cpu_stop(struct guest_cpu *c, uint64_t time_ns,
		    struct guest_cpu_use *use);

#endif
