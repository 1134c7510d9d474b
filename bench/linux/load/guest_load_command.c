/* SPDX-License-Identifier: MIT */
/* Any command in the guest. */
#include <stdio.h>

#include "bench/linux/guest.h"

static const char *const programs[] = { "fio", "mkfs.ext4", "e2fsck", "iperf",
					NULL };

static int run(struct guest *g, struct err *e)
{
	struct guest_job j = { 0 };
	int ret;

	ret = guest_vm_run_load(&g->vm[0], &j, g->config->command,
			   g->config->time_ns + g->config->warmup_ns +
				   3600000000000ull,
			   e);
	if (j.out.data)
		fwrite(j.out.data, 1, j.out.len, stdout);
	if (j.error.data)
		fwrite(j.error.data, 1, j.error.len, stderr);
	guest_channel_drop(&g->vm[0].channel, &j);
	return ret;
}

const struct guest_load_ops guest_load_command = {
	.name = "command",
	.programs = programs,
	.run = run,
};
