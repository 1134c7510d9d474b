/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cmd.h"
#include "lib/err.h"
#include "lib/nearest.h"
#include "lib/opt.h"
#include "lib/util.h"
#include "owner.h"
#include "run.h"
#include "self.h"

#define MAX_SETS 64

struct arguments {
	struct run_options opt;
	char *set[MAX_SETS];
	char blocks[64];
	bool no_report;
};

enum { OPT_OUT = 256, OPT_BLOCKS, OPT_SET, OPT_RESUME, OPT_NO_REPORT,
       OPT_DRY };

static const struct argp_option options[] = {
	{ "out", OPT_OUT, "DIR", 0, "put the run here (results/<time>-<name>)" },
	{ "blocks", OPT_BLOCKS, "N", 0, "run N blocks, the same as --set blocks=N" },
	{ "set", OPT_SET, "KEY=VALUE", 0, "set a key of the scenario's [run]; may be repeated" },
	{ "resume", OPT_RESUME, "DIR", 0, "complete the run in DIR" },
	{ "dry-run", OPT_DRY, NULL, 0, "print what would be run, skipped and excluded, and how long it would take" },
	{ "no-report", OPT_NO_REPORT, NULL, 0, "leave table and HTML report out" },
	{ 0 },
};

static void add_set(struct argp_state *state, struct arguments *a, char *text)
{
	if (a->opt.nr_sets == MAX_SETS)
		argp_error(state, "at most %d settings", MAX_SETS);
	a->set[a->opt.nr_sets++] = text;
}

static void add_blocks(struct argp_state *state, struct arguments *a,
		       const char *n)
{
	snprintf(a->blocks, sizeof(a->blocks), "blocks=%s", n);
	add_set(state, a, a->blocks);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPT_OUT:
		a->opt.out = opt_path(state, "--out", arg);
		return 0;
	case OPT_BLOCKS:
		add_blocks(state, a, arg);
		return 0;
	case OPT_SET:
		add_set(state, a, arg);
		return 0;
	case OPT_RESUME:
		a->opt.resume = opt_path(state, "--resume", arg);
		return 0;
	case OPT_DRY:
		a->opt.dry = true;
		return 0;
	case OPT_NO_REPORT:
		a->no_report = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->opt.scenario)
			argp_error(state, "one scenario at a time");
		a->opt.scenario = opt_path(state, "SCENARIO", arg);
		return 0;
	case ARGP_KEY_END:
		if (a->opt.resume && (a->opt.scenario || a->opt.out ||
				      a->opt.nr_sets || a->opt.dry))
			argp_error(state, "--resume goes on as the run was "
					  "begun; it takes nothing else");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[SCENARIO]",
	.doc = "Run every cell of a scenario in several blocks of random "
	       "order, every process started afresh, and report. SCENARIO is a file "
	       "or one of vioperf list --scenarios; without it: our block "
	       "device against qemu-storage-daemon."
	       "\vExample:\n  vioperf run kick-path --set depth=1,8,64 "
	       "--blocks 8\n\n"
	       "Exit status: 0 all cells ok, 1 some failed, 2 the scenario is "
	       "wrong, 130 stopped.",
};

/* A setting that nobody reads is a mistake, or another program's. */
static void look_at_environment(void)
{
	static const char *const known[] = { "DISK", "CACHE" };
	struct nearest near;
	char name[64];
	char **env;
	size_t i;

	for (env = environ; *env; env++) {
		if (strncmp(*env, "VIOPERF_", 8))
			continue;
		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(*env + 8, "="), *env + 8);
		near = (struct nearest){ .text = name };
		for (i = 0; i < ARRAY_SIZE(known); i++) {
			if (!strcmp(name, known[i]))
				break;
			nearest_try(&near, known[i]);
		}
		if (i == ARRAY_SIZE(known))
			err_printf("run", "VIOPERF_%s in the environment says "
				   "nothing to vioperf%s", name,
				   nearest_hint(&near));
	}
}

/* `vioperf report DIR --format FORMAT [-o PATH]` */
static int report(const char *dir, const char *format, const char *path)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
	}
	execl(self_program(), "vioperf", "report", dir, "--format", format,
	      path ? "--output" : NULL, path, NULL);
	_exit(127);
}

static int show(const char *dir)
{
	char html[PATH_MAX + 16];
	int ret, shown;

	snprintf(html, sizeof(html), "%s/report.html", dir);
	ret = report(dir, "html", html);
	if (ret < 0)
		err_printf("run", "%s: cannot write the report", html);
	shown = report(dir, "text", NULL);
	if (shown < 0)
		err_printf("run", "cannot show the report; see vioperf report "
			   "%s", dir);
	if (!ret)
		printf("\nreport: %s\n", html);
	return ret ?: shown;
}

/* Run, report, and say what became of it. */
static int run(const struct arguments *a, char *dir, size_t room)
{
	struct err e;
	int ret = run_scenario(&a->opt, dir, room, &e);

	if (ret < 0)
		err_print("run", &e);
	if (ret == -EINTR)
		return 130;
	if (ret < 0)
		return !*dir && ret != -ENOMEM && ret != -ENOTSUP ? CMD_USAGE :
								    CMD_FAIL;
	if (a->opt.dry)
		return CMD_OK;
	if (!a->no_report && show(dir) < 0)
		return CMD_FAIL;
	if (ret)
		err_printf("run", "%d cells failed; the report says why", ret);
	return ret ? CMD_FAIL : CMD_OK;
}

int cmd_run(int argc, char **argv)
{
	struct arguments a = { .opt = { 0 } };
	char dir[PATH_MAX] = "";
	int ret;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	a.opt.sets = a.set;
	if (!a.opt.scenario)
		a.opt.scenario = "default";
	look_at_environment();
	ret = run(&a, dir, sizeof(dir));
	if (*dir)
		owner_give(dir);
	return ret;
}
