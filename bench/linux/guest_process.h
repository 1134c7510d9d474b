/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_PROCESS_H
#define VIOPERF_GUEST_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

/* CPU time of all threads of @pid so far, in ns; 0 when it is not there. */
uint64_t guest_process_cpu_ns(pid_t pid);

/* Its resident memory in bytes, shared memory included; 0 likewise. */
uint64_t guest_process_rss(pid_t pid);

/* Run a command of the host to a good end, within @ns; what it prints goes to
 * @log. 0 or -errno. */
int guest_process_run(const char *const *words, const char *log, uint64_t ns,
		      struct err *e);

#endif
