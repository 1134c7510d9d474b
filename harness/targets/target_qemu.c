/* SPDX-License-Identifier: MIT */
/* What targets have in common when a guest under QEMU is their driver. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/target.h"

void target_qemu_arg(struct process *p, const char *option, const char *fmt,
		     ...)
{
	va_list ap;

	process_arg(p, "--qemu-arg=%s", option);
	va_start(ap, fmt);
	process_argv(p, "--qemu-arg=", fmt, ap);
	va_end(ap);
}

static const char *onoff(bool on)
{
	return on ? "on" : "off";
}

void target_ring_args(struct process *p, const struct target_start *t,
		      char *device, size_t room, const char *size_key)
{
	size_t at = strlen(device);

	snprintf(device + at, room - at,
		 ",%s=%u,event_idx=%s,indirect_desc=%s,packed=%s", size_key,
		 t->ring_size, onoff(t->event_idx), onoff(t->indirect),
		 onoff(t->packed));
	process_arg(p, "--feature=event_idx=%s", onoff(t->event_idx));
	process_arg(p, "--feature=indirect=%s", onoff(t->indirect));
	process_arg(p, "--feature=packed=%s", onoff(t->packed));
}

void target_guest_vda(struct process *p, const struct target_start *t)
{
	process_arg(p, "--module=virtio_blk");
	process_arg(p, "--disk=vda");
	process_arg(p, "--virtio-id=2");
	process_arg(p, "--expect-queues=%u", t->queues);
}

void target_guest_vhost_user_blk(struct process *p,
				 const struct target_start *t)
{
	char device[512];

	target_qemu_arg(p, "-chardev", "socket,id=blk,path=%s", t->socket);
	snprintf(device, sizeof(device),
		 "vhost-user-blk-pci,chardev=blk,num-queues=%u", t->queues);
	target_ring_args(p, t, device, sizeof(device), "queue-size");
	target_qemu_arg(p, "-device", "%s", device);
	target_guest_vda(p, t);
}
