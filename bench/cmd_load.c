/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cmd.h"
#include "lib/err.h"
#include "lib/record.h"
#include "load.h"

static struct load load;

static void on_signal(int sig)
{
	load.stop = sig;
}

/* Once: a second signal ends the process at once. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int put_result(const struct load *l, int ret, const struct err *why,
		      struct err *e)
{
	json_t *record = load_record(l, ret, why);
	int put = 0;

	if (l->config->record || l->config->json)
		put = record_write(l->config->record, record, e);
	else if (!ret)
		load_print(l, record);
	json_decref(record);
	return put;
}

int cmd_load(int argc, char **argv)
{
	struct load_config config;
	struct err e, put_err;
	int ret, put;

	if (load_config_parse(&config, argc, argv) < 0)
		return CMD_USAGE;
	load = (struct load){ .config = &config,
			      .front.sock = -1,
			      .memory.fd = -1 };
	load.ops = load_find(config.type);
	if (!load.ops) {
		err_printf("load", "--type %s: there are blk and rng",
			   config.type);
		return CMD_USAGE;
	}
	ret = load.ops->check(&config, &e);
	if (ret < 0) {
		err_print("load", &e);
		return CMD_USAGE;
	}
	catch_signals();
	ret = load_run(&load, &e);
	if (ret < 0)
		err_print("load", &e);
	put = put_result(&load, ret, &e, &put_err);
	if (put < 0)
		err_print("load", &put_err);
	load_close(&load);
	return ret < 0 || put < 0 ? CMD_FAIL : CMD_OK;
}
