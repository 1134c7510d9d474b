/* SPDX-License-Identifier: MIT */
/* Our own entropy source, and the one answered within the load. */
#include "harness/target.h"

static const struct target_option options[] = {
	{ "poll-max", "busy-poll at most TIME before sleeping, 0 never (64us)",
	  .takes_time = true },
	{ NULL }
};

static void command(struct process *p, const struct target_start *t)
{
	self_command(p, "device");
	process_arg(p, "rng");
	process_arg(p, "--socket=%s", t->socket);
	process_arg(p, "--cpu=%s", t->cpu);
	process_arg(p, "--record=%s", t->record);
	target_option_arg(p, t->options, "poll-max");
	if (!t->stamps)
		return;
	process_arg(p, "--stamps=%s", t->stamps);
	process_arg(p, "--stamps-every=%u", t->stamps_every);
}

void target_guest_vhost_user_rng(struct process *p,
				 const struct target_start *t)
{
	target_qemu_arg(p, "-chardev", "socket,id=rng,path=%s", t->socket);
	target_qemu_arg(p, "-device", "vhost-user-rng-pci,chardev=rng");
	process_arg(p, "--module=virtio_rng");
	process_arg(p, "--virtio-id=4");
}

const struct target_ops target_rng = {
	.name = "rng",
	.load = LOAD_RNG,
	.what = "our virtio-rng device over vhost-user",
	.drivers = DRIVER_USER | DRIVER_QEMU,
	.stamps = true,
	.one_queue = true,
	.split_only = true,
	.options = options,
	.command = command,
	.guest = target_guest_vhost_user_rng,
};

const struct target_ops target_null_rng = {
	.name = "null-rng",
	.load = LOAD_RNG,
	.what = "no device: the load for random bytes answers itself",
	.drivers = DRIVER_USER,
	.in_process = true,
};
