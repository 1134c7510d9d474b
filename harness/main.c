/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "../lib/cmd.h"
#include "../lib/util.h"

#ifndef VIOPERF_VERSION
#define VIOPERF_VERSION "unknown"
#endif

struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *what;
};

static const struct command commands[] = {
	{ "run", cmd_run, "run a scenario and report" },
	{ "list", cmd_list, "what can be used here: targets, drivers, probes" },
	{ "scenario", cmd_scenario, "make a scenario from a libvirt domain" },
	{ "report", cmd_report, "tables and plots of runs" },
	{ "compare", cmd_compare, "two runs or targets: ratio and verdict" },
	{ "device", cmd_device, "serve a virtio device over vhost-user" },
	{ "load", cmd_load, "drive a vhost-user device and measure it" },
	{ "guest", cmd_guest, "boot a Linux guest and run a load in it" },
	{ "trace", cmd_trace, "observe kicks, calls and wake-ups by eBPF" },
};

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

int main(int argc, char **argv)
{
	char name[64];
	size_t i;

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
		return commands[i].main(argc - 1, argv + 1);
	}
	fprintf(stderr, "vioperf: no command '%s'; see vioperf --help\n",
		argv[1]);
	return CMD_USAGE;
}
