/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_COMPARE_HOST_H
#define VIOPERF_COMPARE_HOST_H

#include "compare.h"

/*
 * Every fact that differs between two runs: of the host, of this program, of
 * the programs of their targets. An array of {"fact","a","b"}, null where a
 * run does not tell; what differs between any two runs (load, pids) is no fact.
 */
json_t *compare_host_differences(const struct run *a, const struct run *b);

/* "kernel: 6.1.0, then 6.18.4" for each; long values are cut. */
void compare_host_print(const json_t *differences, FILE *out);

#endif
