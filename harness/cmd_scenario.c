/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <sys/stat.h>

#include "lib/cmd.h"
#include "lib/err.h"
#include "lib/opt.h"
#include "lib/output.h"
#include "harness/libvirt/libvirt_domain.h"
#include "harness/libvirt/libvirt_scenario.h"

struct arguments {
	const char *domain;
	const char *out;
};

enum { OPT_FROM_LIBVIRT = 256, OPT_OUT };

static const struct argp_option options[] = {
	{ "from-libvirt", OPT_FROM_LIBVIRT, "DOMAIN.xml", 0, "the domain, as virsh dumpxml prints it; - is standard input" },
	{ "out", OPT_OUT, "FILE", 0, "write the scenario there, not to standard output" },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPT_FROM_LIBVIRT:
		a->domain = opt_path(state, "--from-libvirt", arg);
		return 0;
	case OPT_OUT:
		a->out = opt_path(state, "--out", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected '%s'", arg);
		return 0;
	case ARGP_KEY_END:
		if (!a->domain)
			argp_error(state, "say what to make it from: "
					  "--from-libvirt DOMAIN.xml");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Make a scenario from what is there: a libvirt domain's disks, "
	       "interfaces, rng and balloon as targets, and beside each what "
	       "a change of its XML would make of it."
	       "\vExample:\n  virsh dumpxml web1 | vioperf scenario "
	       "--from-libvirt - --out web1.ini\n\n"
	       "Exit status: 0 done, 1 nothing to measure or not written, 2 "
	       "not a domain.",
};

/* The domain's own file is not the place for the scenario. */
static int check_out(const struct arguments *a, struct err *e)
{
	struct stat in, out;

	if (!a->out || stat(a->domain, &in) || stat(a->out, &out))
		return 0;
	if (in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return 0;
	return err_set(e, -EEXIST, "--out %s: that is the domain itself",
		       a->out);
}

static int make(const struct arguments *a, const struct libvirt_domain *d,
		struct err *e)
{
	struct libvirt_scenario_cost cost;
	struct output o;
	int ret = check_out(a, e) ?: output_open(&o, a->out, e);

	if (ret < 0)
		return ret;
	ret = output_close(&o, libvirt_scenario_print(d, o.file, &cost, e), e);
	if (ret < 0 || !a->out || output_is_stream(a->out))
		return ret;
	printf("%s: ", a->out);
	libvirt_scenario_cost_print(&cost, stdout);
	putchar('\n');
	return 0;
}

int cmd_scenario(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct libvirt_domain d;
	int ret, status = CMD_OK;
	struct err e;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = libvirt_domain_read(&d, a.domain, &e);
	if (ret < 0)
		status = CMD_USAGE;
	else if (make(&a, &d, &e) < 0)
		status = CMD_FAIL;
	if (status)
		err_print("scenario", &e);
	libvirt_domain_free(&d);
	return status;
}
