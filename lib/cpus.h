/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CPUS_H
#define VIOPERF_CPUS_H

#include <sched.h>

#include "err.h"

/* Parse a list as in /sys/devices/system/cpu/online: "0", "0-3", "1,4-5".
 * 0 or -EINVAL. */
int cpus_parse(const char *list, cpu_set_t *set, struct err *e);

/* Those of @list, or, where it is NULL or wrong, all that we may use. */
void cpus_usable(const char *list, cpu_set_t *set);

/* Pin the calling thread, and all it starts later, to @list. */
int cpus_pin(const char *list, struct err *e);

#endif
