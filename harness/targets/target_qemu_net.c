/* SPDX-License-Identifier: MIT */
/* QEMU's network devices, on a tap of a namespace of our own or on slirp. Our
 * own device joins them here by a vhost-user back end. */
#include <stdio.h>

#include "harness/target.h"

static const char *const programs[] = { "qemu-system-x86_64", "iperf", NULL };

#define SLIRP { "slirp", "QEMU's own network stack, no tap", .one_of = "net" }

static const struct target_option virtio_options[] = {
	{ "vhost", "its rings are worked by the host's kernel",
	  .one_of = "net" },
	SLIRP,
	{ NULL }
};
static const struct target_option emulated_options[] = { SLIRP, { NULL } };

static void backend_arg(struct process *p, const struct target_start *t)
{
	if (target_option_has(t->options, "slirp"))
		process_arg(p, "--net-backend=user");
	else if (target_option_has(t->options, "vhost"))
		process_arg(p, "--net-backend=tap,vhost");
	else
		process_arg(p, "--net-backend=tap");
}

static void guest_virtio_net(struct process *p, const struct target_start *t)
{
	char device[512] = "virtio-net-pci";

	backend_arg(p, t);
	target_ring_args(p, t, device, sizeof(device), "rx_queue_size");
	process_arg(p, "--net-device=%s", device);
	process_arg(p, "--module=virtio_net");
	process_arg(p, "--virtio-id=1");
}

static void guest_e1000(struct process *p, const struct target_start *t)
{
	backend_arg(p, t);
	process_arg(p, "--net-device=e1000");
	process_arg(p, "--module=e1000");
}

static void guest_e1000e(struct process *p, const struct target_start *t)
{
	backend_arg(p, t);
	process_arg(p, "--net-device=e1000e");
	process_arg(p, "--module=e1000e");
}

/* C+ mode: 8139cp drives what QEMU emulates. */
static void guest_rtl8139(struct process *p, const struct target_start *t)
{
	backend_arg(p, t);
	process_arg(p, "--net-device=rtl8139");
	process_arg(p, "--module=8139cp");
}

static void guest_vmxnet3(struct process *p, const struct target_start *t)
{
	backend_arg(p, t);
	process_arg(p, "--net-device=vmxnet3");
	process_arg(p, "--module=vmxnet3");
}

#define QEMU_NET                                                               \
	.load = LOAD_NET, .package = "qemu-system-x86 and iperf",              \
	.drivers = DRIVER_QEMU, .programs = programs

const struct target_ops target_qemu_virtio_net = {
	QEMU_NET,
	.name = "qemu-virtio-net",
	.what = "QEMU's virtio-net on a tap",
	.options = virtio_options,
	.guest = guest_virtio_net,
};

const struct target_ops target_qemu_e1000 = {
	QEMU_NET,
	.name = "qemu-e1000",
	.what = "QEMU's Intel e1000",
	.options = emulated_options,
	.emulated = true,
	.guest = guest_e1000,
};

const struct target_ops target_qemu_e1000e = {
	QEMU_NET,
	.name = "qemu-e1000e",
	.what = "QEMU's Intel e1000e (82574L)",
	.options = emulated_options,
	.emulated = true,
	.guest = guest_e1000e,
};

const struct target_ops target_qemu_rtl8139 = {
	QEMU_NET,
	.name = "qemu-rtl8139",
	.what = "QEMU's Realtek 8139",
	.options = emulated_options,
	.emulated = true,
	.guest = guest_rtl8139,
};

const struct target_ops target_qemu_vmxnet3 = {
	QEMU_NET,
	.name = "qemu-vmxnet3",
	.what = "QEMU's VMware vmxnet3",
	.options = emulated_options,
	.emulated = true,
	.guest = guest_vmxnet3,
};
