/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_OPT_H
#define VIOPERF_OPT_H

#include <argp.h>
#include <stdint.h>

#include "allowance.h"
#include "blk_load.h"

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

/* Whole numbers from @min to @max. */
void opt_number(struct argp_state *state, const char *name, const char *arg,
		uint64_t min, uint64_t max, unsigned int *out);
void opt_seed(struct argp_state *state, const char *name, const char *arg,
	      uint64_t *out);

/* Of a disk: a multiple of a sector. */
void opt_size(struct argp_state *state, const char *name, const char *arg,
	      uint64_t max, uint64_t *out);
void opt_time(struct argp_state *state, const char *name, const char *arg,
	      uint64_t min_ns, uint64_t *out);

/* One of @words (words.h): which one. */
unsigned int opt_word(struct argp_state *state, const char *name,
		      const char *arg, const char *const *words);
void opt_mix(struct argp_state *state, const char *name, const char *arg,
	     struct blk_mix *out);
void opt_allowance(struct argp_state *state, const char *name, const char *arg,
		   struct allowance *out);

/* For values of another kind: say what was expected. */
void opt_bad(struct argp_state *state, const char *name, const char *arg,
	     const char *want);

#endif
