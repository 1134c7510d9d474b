/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/cmd.h"
#include "lib/err.h"
#include "lib/nearest.h"
#include "lib/output.h"
#include "lib/util.h"

#ifndef VIOPERF_VERSION
#define VIOPERF_VERSION "unknown"
#endif

struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *what;
	int not_written; /* exit status when stdout could not be written */
};

static const struct command commands[] = {
	{ "run", cmd_run, "run a scenario and report", CMD_FAIL },
	{ "list", cmd_list, "what can be used here: targets, drivers, probes",
	  CMD_FAIL },
	{ "scenario", cmd_scenario, "make a scenario from a libvirt domain",
	  CMD_FAIL },
	{ "report", cmd_report, "tables and plots of runs", CMD_FAIL },
	/* 1 is a verdict there */
	{ "compare", cmd_compare, "two runs or targets: ratio and verdict",
	  CMD_USAGE },
	{ "device", cmd_device, "serve a virtio device over vhost-user",
	  CMD_FAIL },
	{ "load", cmd_load, "drive a vhost-user device and measure it",
	  CMD_FAIL },
	{ "guest", cmd_guest, "boot a Linux guest and run a load in it",
	  CMD_FAIL },
	{ "trace", cmd_trace, "observe kicks, calls and wake-ups by eBPF",
	  CMD_FAIL },
};

/* The command that runs. */
static struct command command = { .name = "--help", .not_written = CMD_FAIL };

/* A descriptor that is closed would be given to the next file or socket, and
 * whatever is printed would go there. Before anything else is opened. */
static int open_stdio(void)
{
	int fd, got;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		got = open("/dev/null", fd == STDIN_FILENO ? O_RDONLY :
							     O_WRONLY);
		if (got != fd)
			return -1;
	}
	return 0;
}

/* However the program ends, by argp's exit() too: what was printed and did
 * not arrive is an error. */
static void check_stdout(void)
{
	struct err e;

	if (output_end_stdout(&e) < 0) {
		err_print(command.name, &e);
		_exit(command.not_written);
	}
}

static void usage(FILE *to)
{
	size_t i;

	fprintf(to, "usage: vioperf COMMAND [OPTION...]\n\n"
		    "Measure and trace virtio devices.\n\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].what);
	fprintf(to, "\nvioperf COMMAND --help shows a command's options, "
		    "man vioperf-COMMAND explains them.\n");
}

static int unknown(const char *name)
{
	struct nearest n = { .text = name };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		nearest_try(&n, commands[i].name);
	fprintf(stderr, "vioperf: no command '%s'; see vioperf --help%s\n",
		name, nearest_hint(&n));
	return CMD_USAGE;
}

int main(int argc, char **argv)
{
	char name[64];
	size_t i;

	if (open_stdio() < 0 || atexit(check_stdout))
		return CMD_FAIL;
	prctl(PR_SET_NAME, "vioperf"); /* parts are started by a number */
	/* Beyond `ulimit -f` a write fails, and what wrote says so. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2) {
		usage(stderr);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help") ||
	    !strcmp(argv[1], "-h")) {
		usage(stdout);
		return CMD_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("vioperf " VIOPERF_VERSION);
		return CMD_OK;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		snprintf(name, sizeof(name), "vioperf %s", argv[1]);
		argv[1] = name;
		command = commands[i];
		return command.main(argc - 1, argv + 1);
	}
	return unknown(argv[1]);
}
