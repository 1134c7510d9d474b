/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cmd.h"
#include "lib/err.h"
#include "lib/opt.h"
#include "lib/output.h"
#include "lib/util.h"
#include "report.h"
#include "threshold.h"

static const struct format {
	const char *name;
	int (*write)(const struct report *r, FILE *out);
} formats[] = {
	{ "text", report_text }, { "markdown", report_markdown },
	{ "html", report_html }, { "csv", report_csv },
	{ "json", report_json },
};

struct arguments {
	const struct format *format;
	struct report_options report;
	const char *output;
	char **runs;
	int nr_runs;
};

static const struct argp_option options[] = {
	{ "format", 'f', "FORMAT", 0,
	  "text (the default), markdown, html, csv or json" },
	{ "output", 'o', "FILE", 0, "write to FILE instead of stdout" },
	{ "reference", 'r', "TARGET", 0,
	  "take ratios against TARGET (default: as the run says)" },
	{ "threshold", 't', "PERCENT", 0,
	  "changes up to this do not matter (default 5%)" },
	{ 0 },
};

static const struct format *find_format(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'f':
		a->format = find_format(arg);
		if (!a->format)
			argp_error(state,
				   "no format '%s': text, markdown, "
				   "html, csv or json",
				   arg);
		return 0;
	case 'o':
		a->output = opt_path(state, "--output", arg);
		return 0;
	case 'r':
		a->report.reference = arg;
		return 0;
	case 't':
		if (threshold_parse(arg, &a->report.threshold) < 0)
			argp_error(state,
				   "bad threshold '%s': a percentage "
				   "above 0 and up to 100, such as 5%%",
				   arg);
		return 0;
	case ARGP_KEY_ARGS:
		a->runs = state->argv + state->next;
		a->nr_runs = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which run? results/latest is the last one");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options, parse_option, "RUN...",
	"Tables and plots of runs."
	"\vRUN is a folder that `vioperf run` made, such as results/latest. "
	"Several runs of one host are put together: their blocks add up."
};

static int write_report(const struct arguments *a, const struct run *runs,
			struct err *e)
{
	struct report r;
	struct output o;
	int ret;

	ret = report_build(&r, runs, a->nr_runs, &a->report, e);
	if (ret < 0)
		return ret;
	ret = output_open(&o, a->output, e);
	if (!ret) {
		ret = a->format->write(&r, o.file);
		if (ret < 0)
			err_set(e, ret, "cannot make the report: %s",
				strerror(-ret));
		ret = output_close(&o, ret, e);
	}
	report_close(&r);
	return ret;
}

int cmd_report(int argc, char **argv)
{
	struct arguments a = { .format = &formats[0],
			       .report.threshold = THRESHOLD_DEFAULT };
	struct run *runs;
	struct err e;
	int i, ret = 0;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	runs = calloc((size_t)a.nr_runs, sizeof(*runs));
	if (!runs)
		ret = err_set(&e, -ENOMEM, "no memory");
	for (i = 0; !ret && i < a.nr_runs; i++)
		ret = run_open(&runs[i], a.runs[i], &e);
	if (!ret)
		ret = write_report(&a, runs, &e);
	if (ret < 0)
		err_print("report", &e);
	for (i = 0; runs && i < a.nr_runs; i++)
		run_close(&runs[i]);
	free(runs);
	return ret < 0 ? CMD_FAIL : CMD_OK;
}
