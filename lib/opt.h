/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_OPT_H
#define VIOPERF_OPT_H

#include <argp.h>

/*
 * Values of options that several commands take. What is wrong with one ends
 * the program with CMD_USAGE, as argp_error() does.
 */

/* A path: not "", which is what an unset variable gives. Returns @arg. */
char *opt_path(struct argp_state *state, const char *name, char *arg);

/* A path that a Unix socket can have. Returns @arg. */
char *opt_socket(struct argp_state *state, const char *name, char *arg);

/* A CPU list as cpus_parse() takes it. Returns @arg. */
char *opt_cpus(struct argp_state *state, const char *name, char *arg);

#endif
