/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_HOSTFACTS_H
#define VIOPERF_HOSTFACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What there is to know of a host that bears on its figures: a flat object;
 * a fact that cannot be read is null. The caller owns it. */
json_t *hostfacts_json(void);

/* Is @program in PATH (or /usr/sbin, /sbin)? */
bool hostfacts_program(const char *program);

/* The first line that a shell's @command prints, or "". */
void hostfacts_line(char *line, size_t room, const char *command);

/* Time that the hypervisor took from all CPUs so far, in ns. */
uint64_t hostfacts_steal_ns(void);

/* Load average over a minute. */
double hostfacts_load1(void);

#endif
