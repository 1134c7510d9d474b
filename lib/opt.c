/* SPDX-License-Identifier: MIT */
#include "opt.h"

#include <string.h>
#include <sys/un.h>

#include "cpus.h"
#include "units.h"
#include "words.h"

char *opt_path(struct argp_state *state, const char *name, char *arg)
{
	if (!*arg)
		argp_error(state, "%s: the name is empty", name);
	return arg;
}

char *opt_socket(struct argp_state *state, const char *name, char *arg)
{
	const struct sockaddr_un sa = { 0 };

	if (strlen(arg) >= sizeof(sa.sun_path))
		argp_error(state, "%s %s: a socket's path has at most %zu bytes",
			   name, arg, sizeof(sa.sun_path) - 1);
	return opt_path(state, name, arg);
}

char *opt_cpus(struct argp_state *state, const char *name, char *arg)
{
	cpu_set_t set;
	struct err e;

	if (cpus_parse(arg, &set, &e) < 0)
		argp_error(state, "%s: %s", name, e.text);
	return arg;
}

void opt_bad(struct argp_state *state, const char *name, const char *arg,
	     const char *want)
{
	argp_error(state, "%s \"%.60s%s\": expected %s", name, arg,
		   strlen(arg) > 60 ? "..." : "", want);
}

static uint64_t take(struct argp_state *state, const char *name,
		     const char *arg, enum units_kind kind, uint64_t min,
		     uint64_t max)
{
	uint64_t v = min;
	struct err e;

	if (units_take(kind, arg, min, max, &v, &e) < 0)
		argp_error(state, "%s %s", name, e.text);
	return v;
}

void opt_number(struct argp_state *state, const char *name, const char *arg,
		uint64_t min, uint64_t max, unsigned int *out)
{
	*out = (unsigned int)take(state, name, arg, UNITS_NUMBER, min, max);
}

void opt_seed(struct argp_state *state, const char *name, const char *arg,
	      uint64_t *out)
{
	*out = take(state, name, arg, UNITS_NUMBER, 0, UNITS_ANY);
}

void opt_size(struct argp_state *state, const char *name, const char *arg,
	      uint64_t max, uint64_t *out)
{
	*out = take(state, name, arg, UNITS_SIZE, BLK_LOAD_SECTOR, max);
	if (*out % BLK_LOAD_SECTOR)
		opt_bad(state, name, arg, "a multiple of 512");
}

void opt_time(struct argp_state *state, const char *name, const char *arg,
	      uint64_t min_ns, uint64_t *out)
{
	*out = take(state, name, arg, UNITS_TIME, min_ns, UNITS_ANY);
}

unsigned int opt_word(struct argp_state *state, const char *name,
		      const char *arg, const char *const *words)
{
	int i = words_find(words, arg);
	char list[256];

	if (i < 0)
		opt_bad(state, name, arg,
			words_join(list, sizeof(list), words));
	return (unsigned int)i;
}

void opt_mix(struct argp_state *state, const char *name, const char *arg,
	     struct blk_mix *out)
{
	if (blk_mix_parse(arg, out) < 0)
		opt_bad(state, name, arg, BLK_MIX_WORDS " (0 to 100)");
}

void opt_allowance(struct argp_state *state, const char *name, const char *arg,
		   struct allowance *out)
{
	if (allowance_parse(arg, out) < 0)
		opt_bad(state, name, arg,
			"a number of requests like 10, or a share of all of "
			"them like 0.1%");
}
