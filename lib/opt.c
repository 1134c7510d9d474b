/* SPDX-License-Identifier: MIT */
#include "opt.h"

#include <string.h>
#include <sys/un.h>

#include "cpus.h"

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
