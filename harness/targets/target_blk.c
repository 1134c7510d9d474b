/* SPDX-License-Identifier: MIT */
/* Our own block device, and the one answered within the load. */
#include "harness/target.h"

static const struct target_option options[] = {
	{ "poll-max", "busy-poll at most TIME before sleeping, 0 never (64us)",
	  .takes_time = true },
	{ "service", "keep each request busy for TIME more, as a slower "
	  "device does", .takes_time = true },
	{ NULL }
};

static void backing_arg(struct process *p, const struct target_start *t)
{
	process_arg(p, "--backing");
	if (t->backing == BACKING_FILE)
		process_arg_listed(p, "file:", t->backing_file, ",direct");
	else if (t->backing == BACKING_RAM)
		process_arg(p, "ram:%llu",
			    (unsigned long long)t->backing_bytes);
	else
		process_arg(p, "null");
}

static void command(struct process *p, const struct target_start *t)
{
	self_command(p, "device");
	process_arg(p, "blk");
	process_arg(p, "--socket=%s", t->socket);
	process_arg(p, "--queues=%u", t->queues);
	process_arg(p, "--cpu=%s", t->cpu);
	process_arg(p, "--record=%s", t->record);
	backing_arg(p, t);
	target_option_arg(p, t->options, "poll-max");
	target_option_arg(p, t->options, "service");
	if (!t->stamps)
		return;
	process_arg(p, "--stamps=%s", t->stamps);
	process_arg(p, "--stamps-every=%u", t->stamps_every);
}

const struct target_ops target_blk = {
	.name = "blk",
	.load = LOAD_BLK,
	.what = "our virtio-blk device over vhost-user",
	.backings = BACKING_NULL | BACKING_RAM | BACKING_FILE,
	.drivers = DRIVER_ANY,
	.stamps = true,
	.split_only = true,
	.options = options,
	.command = command,
	.guest = target_guest_vhost_user_blk,
};

const struct target_ops target_null = {
	.name = "null",
	.load = LOAD_BLK,
	.what = "no device: the load answers itself (what the tool costs)",
	.backings = BACKING_NULL,
	.drivers = DRIVER_USER,
	.in_process = true,
};
