/* SPDX-License-Identifier: MIT */
/* QEMU's entropy source and balloon. */
#include <stdio.h>

#include "harness/target.h"

static const char *const programs[] = { "qemu-system-x86_64", NULL };

static const struct target_option rng_options[] = {
	{ "builtin", "QEMU's own generator, not /dev/urandom" }, { NULL }
};

static void guest_rng(struct process *p, const struct target_start *t)
{
	if (target_option_has(t->options, "builtin"))
		target_qemu_arg(p, "-object", "rng-builtin,id=rng");
	else
		target_qemu_arg(p, "-object",
				"rng-random,id=rng,filename=/dev/urandom");
	target_qemu_arg(p, "-device", "virtio-rng-pci,rng=rng");
	process_arg(p, "--module=virtio_rng");
	process_arg(p, "--virtio-id=4");
}

static void guest_balloon(struct process *p, const struct target_start *t)
{
	target_qemu_arg(p, "-device", "virtio-balloon-pci");
	process_arg(p, "--module=virtio_balloon");
	process_arg(p, "--virtio-id=5");
}

const struct target_ops target_qemu_virtio_rng = {
	.name = "qemu-virtio-rng",
	.load = LOAD_RNG,
	.what = "QEMU's virtio-rng, read by /dev/hwrng",
	.package = "qemu-system-x86",
	.drivers = DRIVER_QEMU,
	.options = rng_options,
	.programs = programs,
	.guest = guest_rng,
};

const struct target_ops target_qemu_virtio_balloon = {
	.name = "qemu-virtio-balloon",
	.load = LOAD_BALLOON,
	.what = "QEMU's virtio-balloon, inflated and deflated over QMP",
	.package = "qemu-system-x86",
	.drivers = DRIVER_QEMU,
	.programs = programs,
	.guest = guest_balloon,
};
