/* SPDX-License-Identifier: MIT */
/* qemu-storage-daemon's vhost-user-blk export. */
#include <errno.h>
#include <stdlib.h>

#include "hostfacts.h"
#include "target.h"

#define PROGRAM "qemu-storage-daemon"
#define NULL_BYTES (1ull << 30)

static int usable(struct err *e)
{
	if (hostfacts_program(PROGRAM))
		return 0;
	return err_set(e, -ENOENT, PROGRAM " is not installed");
}

/* 7.2 takes sizes as plain integers only. */
static void command(struct process *p, const struct target_start *t)
{
	process_arg(p, PROGRAM);
	process_arg(p, "--blockdev");
	if (t->backing == BACKING_FILE)
		process_arg_listed(p, "driver=file,filename=", t->backing_file,
				   ",cache.direct=on,aio=io_uring,"
				   "node-name=disk");
	else
		process_arg(p, "driver=null-co,size=%llu,node-name=disk",
			    NULL_BYTES);
	process_arg(p, "--object");
	process_arg(p, "iothread,id=thread");
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
	.usable = usable,
	.command = command,
	.guest = target_guest_vhost_user_blk,
};
