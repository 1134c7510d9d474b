/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_IDLE_H
#define VIOPERF_IDLE_H

#include <sched.h>
#include <sys/types.h>

#include "lib/err.h"

/*
 * idle = spin: a child process with one SCHED_IDLE busy loop on each CPU in
 * use. It runs only when nothing else wants the CPU, which then never enters
 * an idle state: wake-ups get faster and their spread smaller. It dies with
 * us.
 */
struct idle {
	pid_t pid; /* 0: not spinning */
};

int idle_start(struct idle *i, const cpu_set_t *cpus, struct err *e);
void idle_stop(struct idle *i);

#endif
