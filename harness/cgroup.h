/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CGROUP_H
#define VIOPERF_CGROUP_H

#include <jansson.h>
#include <stdint.h>

/* The control group that we run in, of either version: what it is allowed, and
 * what was held back. */

/* Time so far that it was kept from running by its CPU quota; -1: not known. */
int64_t cgroup_throttled_ns(void);

/* Its limits into @facts: cgroup_cpu_max ("max", or CPUs), cgroup_memory_max
 * ("max" or bytes), cgroup_cpus; null where they cannot be read. */
void cgroup_facts(json_t *facts);

#endif
