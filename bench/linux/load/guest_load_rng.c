/* SPDX-License-Identifier: MIT */
/* Random bytes through /dev/hwrng. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/record.h"
#include "bench/linux/guest.h"

#define SECOND 1000000000ull

static const char *const programs[] = { NULL };

static int prepare(struct guest *g, struct err *e)
{
	struct guest_job j = { 0 };
	int ret;

	ret = guest_vm_shell(
		&g->vm[0], &j,
		"n=0; until grep -q virtio "
		"/sys/class/misc/hw_random/rng_current; do n=$((n+1)); "
		"[ $n -gt 100 ] && { echo no virtio rng >&2; exit 1; }; "
		"usleep 50000; done; "
		"for v in /sys/bus/virtio/devices/*; do "
		"[ \"$(cat $v/device)\" = 0x0004 ] && "
		"echo features=$(cat $v/features); done; true",
		30 * SECOND, e);
	ret = ret ?: guest_check_features(g, j.out.data, e);
	guest_channel_drop(&g->vm[0].channel, &j);
	return ret;
}

static int take(struct guest *g, const char *text, struct err *e)
{
	char v[64];
	double bytes = strtod(guest_text_value(text, "bytes", v, sizeof(v)),
			      NULL);
	double ns = strtod(guest_text_value(text, "ns", v, sizeof(v)), NULL);

	if (bytes <= 0 || ns <= 0)
		return err_set(e, -EPROTO, "the guest read nothing");
	record_metric(g->metrics, "bandwidth", bytes / ns * 1e9, "B/s",
		      "higher");
	json_object_set_new(g->result, "bytes",
			    json_integer((json_int_t)bytes));
	return 0;
}

static int run(struct guest *g, struct err *e)
{
	const struct guest_config *c = g->config;
	struct guest_job j = { 0 };
	char line[160];
	int ret;

	snprintf(line, sizeof(line), "/init rate /dev/hwrng 1024 %llu %llu",
		 (unsigned long long)c->warmup_ns / 1000000,
		 (unsigned long long)c->time_ns / 1000000);
	ret = guest_vm_shell(&g->vm[0], &j, line,
			     c->time_ns + c->warmup_ns + 30 * SECOND, e);
	ret = ret ?: take(g, j.out.data, e);
	guest_channel_drop(&g->vm[0].channel, &j);
	return ret;
}

const struct guest_load_ops guest_load_rng = {
	.name = "rng",
	.programs = programs,
	.prepare = prepare,
	.run = run,
};
