/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cmd.h"
#include "lib/record.h"
#include "lib/units.h"
#include "lib/util.h"
#include "bench/linux/guest.h"

static struct guest guest;

static const struct guest_load_ops *const loads[] = {
	&guest_load_blk, &guest_load_net, &guest_load_rng, &guest_load_balloon
};

/* The first signal stops in order; a second one ends the process at once,
 * and what it started with it. */
static void on_signal(int sig)
{
	guest.stop = sig;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static const struct guest_load_ops *find_load(const struct guest_config *c)
{
	size_t i;

	for (i = 0; c->type && i < ARRAY_SIZE(loads); i++)
		if (!strcmp(loads[i]->name, c->type))
			return loads[i];
	return &guest_load_command;
}

static void print_metrics(const json_t *metrics)
{
	const char *name, *unit;
	char text[40];
	json_t *m;

	json_object_foreach((json_t *)metrics, name, m) {
		unit = record_str(m, "unit", "");
		units_value(text, sizeof(text), record_num(m, "value", NAN),
			    unit);
		printf("  %-28s %s%s\n", name, text,
		       strcmp(unit, "1/s") ? "" : "/s");
	}
}

/* An old run's log is not this one's; but where it is our stderr too, as the
 * harness has it, what others wrote there stays. */
static int begin_log(const char *path, struct err *e)
{
	struct stat log, ours;
	int fd, ret = 0;

	if (!path)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0 || fstat(fd, &log) < 0)
		ret = -errno;
	else if (S_ISREG(log.st_mode) &&
		 (fstat(STDERR_FILENO, &ours) < 0 ||
		  ours.st_dev != log.st_dev || ours.st_ino != log.st_ino) &&
		 ftruncate(fd, 0) < 0)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret ? err_set(e, ret, "--log %s: %s", path, strerror(-ret)) : 0;
}

static int put_result(const struct guest *g, json_t *record, int ret,
		      struct err *e)
{
	if (g->config->record || g->config->json)
		return record_write(g->config->record, record, e);
	if (ret >= 0) {
		if (!g->config->command)
			printf("guest: Linux %s, %s\n", g->kernel.release,
			       g->kvm ? "KVM" : "TCG (an emulated CPU: for "
						"correctness and large "
						"factors only)");
		print_metrics(g->metrics);
		failures_print(&g->failures, &g->config->allowed);
	}
	return 0;
}

int cmd_guest(int argc, char **argv)
{
	struct guest_config config;
	struct err e = { "" }, put_err;
	json_t *record;
	int ret, put;

	if (guest_config_parse(&config, argc, argv) < 0)
		return CMD_USAGE;
	guest = (struct guest){ .config = &config, .ops = find_load(&config) };
	if (guest.ops->check && guest.ops->check(&config, &e) < 0) {
		err_print("guest", &e);
		return CMD_USAGE;
	}
	catch_signals();
	ret = begin_log(config.log, &e);
	if (!ret)
		ret = guest_run(&guest, &e);
	if (ret < 0)
		err_print("guest", &e);
	record = guest_record(&guest, ret, &e);
	put = put_result(&guest, record, ret, &put_err);
	if (put < 0)
		err_print("guest", &put_err);
	json_decref(record);
	guest_close(&guest);
	if (config.command && ret > 0)
		return ret;
	return ret < 0 || put < 0 ? CMD_FAIL : CMD_OK;
}
