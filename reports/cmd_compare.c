/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cmd.h"
#include "lib/err.h"
#include "compare.h"
#include "threshold.h"

struct arguments {
	struct compare compare;
	int (*write)(const struct compare *c, FILE *out);
	char *targets; /* copy of --target, cut at the comma */
	char **runs;
	int nr_runs;
};

static const struct argp_option options[] = {
	{ "target", 'T', "X,Y", 0,
	  "compare target X (as A) with target Y (as B)" },
	{ "threshold", 't', "PERCENT", 0,
	  "changes up to this do not matter (default 5%)" },
	{ "control", 'c', "TARGET", 0,
	  "two runs: judge each target as a multiple of TARGET, which is the "
	  "same in both (default: their reference, where it is; none: no)" },
	{ "format", 'f', "FORMAT", 0, "text (the default) or json" },
	{ "force", 'F', 0, 0,
	  "compare runs of different hosts, and cells some of whose blocks "
	  "failed; the output says so" },
	{ 0 },
};

static void parse_targets(struct arguments *a, const char *arg,
			  struct argp_state *state)
{
	char *comma;

	free(a->targets);
	a->targets = strdup(arg);
	comma = a->targets ? strchr(a->targets, ',') : NULL;
	if (!comma || comma == a->targets || !comma[1] ||
	    strchr(comma + 1, ','))
		argp_error(state, "--target takes two names, X,Y");
	*comma = '\0';
	a->compare.target_a = a->targets;
	a->compare.target_b = comma + 1;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'T':
		parse_targets(a, arg, state);
		return 0;
	case 't':
		if (threshold_parse(arg, &a->compare.threshold) < 0)
			argp_error(state,
				   "bad threshold '%s': a percentage "
				   "above 0 and up to 100, such as 5%%",
				   arg);
		return 0;
	case 'f':
		if (!strcmp(arg, "json"))
			a->write = compare_json;
		else if (strcmp(arg, "text"))
			argp_error(state, "no format '%s': text or json", arg);
		return 0;
	case 'c':
		a->compare.control = arg;
		return 0;
	case 'F':
		a->compare.force = true;
		return 0;
	case ARGP_KEY_ARGS:
		a->runs = state->argv + state->next;
		a->nr_runs = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (a->nr_runs < 1 || a->nr_runs > 2)
			argp_error(state, "compare what? two runs, or one run "
					  "and --target X,Y");
		if (a->nr_runs == 1 && !a->compare.target_a)
			argp_error(state, "one run: which targets of it? "
					  "--target X,Y");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options, parse_option, "A B\nRUN --target X,Y",
	"Is B slower than A? Two runs, or two targets of one run."
	"\vEach cell is judged by one metric: the median latency for closed "
	"loops at depth 1, p99 for open loops, requests/s otherwise. Exit "
	"status: 0 nothing regressed, 1 something did, 2 usage, 3 undecided."
};

/* With one folder, or one named twice, there is one report of it. */
static int open_sides(const struct arguments *a, struct run *run,
		      struct report *report, struct err *e)
{
	const struct report_options o = { .threshold = a->compare.threshold };
	int i, ret;

	for (i = 0; i < a->nr_runs; i++) {
		ret = run_open(&run[i], a->runs[i], e);
		if (ret < 0)
			return ret;
		if (i && json_equal(run[0].json, run[1].json))
			return 0;
		ret = report_build(&report[i], &run[i], 1, &o, e);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int check_target(const struct report *r, const char *target,
			struct err *e)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (!target || !strcmp(r->cell[i].target, target))
			return 0;
	return err_set(e, -ENOENT, "no target '%s' in %s", target ? target : "",
		       r->run->path);
}

/* Returns the exit status, or -errno. */
static int compare_sides(struct arguments *a, const struct report *report,
			 struct err *e)
{
	static const int status[] = {
		[VERDICT_EQUIVALENT] = CMD_OK,
		[VERDICT_IMPROVED] = CMD_OK,
		[VERDICT_REGRESSED] = CMD_FAIL,
		[VERDICT_INCONCLUSIVE] = CMD_UNDECIDED,
	};
	struct compare *c = &a->compare;
	int ret;

	c->a = &report[0];
	c->b = report[1].run ? &report[1] : &report[0];
	ret = check_target(c->a, c->target_a, e);
	if (!ret)
		ret = check_target(c->b, c->target_b, e);
	if (!ret)
		ret = compare_run(c, e);
	if (!ret)
		ret = a->write(c, stdout);
	return ret < 0 ? ret : status[c->verdict];
}

int cmd_compare(int argc, char **argv)
{
	struct arguments a = { .compare.threshold = THRESHOLD_DEFAULT,
			       .write = compare_text };
	struct report report[2] = { 0 };
	struct run run[2] = { 0 };
	struct err e = { "no memory" };
	int i, ret;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = open_sides(&a, run, report, &e);
	if (!ret)
		ret = compare_sides(&a, report, &e);
	if (ret < 0)
		err_print("compare", &e);
	compare_free(&a.compare);
	for (i = 0; i < 2; i++) {
		if (report[i].problems)
			report_close(&report[i]);
		run_close(&run[i]);
	}
	free(a.targets);
	return ret < 0 ? CMD_USAGE : ret;
}
