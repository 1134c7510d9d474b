/* SPDX-License-Identifier: MIT */
/* qemu-storage-daemon's vhost-user-blk export. */
#include <stdio.h>

#include "harness/target.h"

#define PROGRAM "qemu-storage-daemon"
#define NULL_BYTES (1ull << 30)

static const char *const programs[] = { PROGRAM, NULL };

static const struct target_option options[] = {
	{ "poll-max", "busy-poll at most TIME before sleeping, 0 never (32us)",
	  .takes_time = true },
	TARGET_OPTIONS_AIO,
	{ NULL }
};

/* 7.2 takes sizes as plain integers only. */
static void command(struct process *p, const struct target_start *t)
{
	char poll_max[48], aio[64];

	snprintf(aio, sizeof(aio), ",cache.direct=on,aio=%s,node-name=disk",
		 target_option_aio(t->options));
	process_arg(p, PROGRAM);
	process_arg(p, "--blockdev");
	if (t->backing == BACKING_FILE)
		process_arg_listed(p, "driver=file,filename=", t->backing_file,
				   aio);
	else
		process_arg(p, "driver=null-co,size=%llu,node-name=disk",
			    NULL_BYTES);
	process_arg(p, "--object");
	process_arg(p, "iothread,id=thread%s",
		    target_option_poll_max(poll_max, sizeof(poll_max),
					   t->options));
	process_arg(p, "--export");
	process_arg(p, "type=vhost-user-blk,id=export,node-name=disk,"
		       "addr.type=unix,addr.path=%s,writable=on,num-queues=%u,"
		       "iothread=thread", t->socket, t->queues);
}

const struct target_ops target_qsd_blk = {
	.name = "qsd-blk",
	.load = LOAD_BLK,
	.what = "qemu-storage-daemon's vhost-user-blk export",
	.package = "qemu-system-common",
	.backings = BACKING_NULL | BACKING_FILE,
	.drivers = DRIVER_ANY,
	.options = options,
	.programs = programs,
	.command = command,
	.split_only = true,
	.guest = target_guest_vhost_user_blk,
};
