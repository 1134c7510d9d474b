/* SPDX-License-Identifier: MIT */
/* What a <disk> of a domain is, and what it could be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "libvirt_plan.h"

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static void describe(struct plan_item *item, const struct libvirt_disk *disk)
{
	plan_say(item, "bus", *disk->bus ? disk->bus : "unknown");
	if (!is(disk->device, "disk"))
		plan_say(item, "device", disk->device);
	plan_say(item, "source", disk->source);
	plan_say(item, "driver", disk->driver);
	plan_say(item, "format", disk->format);
	plan_say(item, "cache", disk->cache);
	plan_say(item, "io", disk->io);
	plan_say(item, "controller", disk->controller);
	plan_say_number(item, "queues", disk->queues);
	plan_say_number(item, "queue_size", disk->queue_size);
	plan_say(item, "event_idx", disk->event_idx);
	plan_say(item, "packed", disk->packed);
	if (disk->iothread)
		plan_say(item, "with an", "iothread");
}

/* Machines before QEMU 5.2 had one queue; later ones have one per vCPU. */
static bool queue_per_vcpu(const char *machine)
{
	const char *at = strpbrk(machine, "0123456789");
	unsigned int major, minor;

	if (!strncmp(machine, "pc-i440fx-", 10))
		at = machine + 10;
	else if (!strncmp(machine, "pc-q35-", 7))
		at = machine + 7;
	if (!at || sscanf(at, "%u.%u", &major, &minor) != 2)
		return true;
	return major > 5 || (major == 5 && minor >= 2);
}

static unsigned int queues_of(const struct libvirt_disk *disk,
			      const struct libvirt_domain *d)
{
	if (disk->queues)
		return disk->queues;
	return queue_per_vcpu(d->machine) ? MAX(d->vcpus, 1u) : 1;
}

static const struct {
	const char *bus;
	const char *base;
	bool virtio;
} buses[] = {
	{ "virtio", "qemu-virtio-blk", true },
	{ "scsi", "qemu-virtio-scsi", true },
	{ "ide", "qemu-ide", false },
	{ "sata", "qemu-ahci", false },
	{ "nvme", "qemu-nvme", false },
};

/* Why @disk is not measured and has no alternative either, or NULL. */
static const char *no_medium(const struct libvirt_disk *disk)
{
	if (is(disk->device, "cdrom"))
		return "a CD-ROM";
	if (is(disk->device, "floppy") || is(disk->bus, "fdc"))
		return "a floppy disk";
	if (is(disk->device, "lun"))
		return "SCSI commands passed through to a device of the host";
	if (is(disk->source, "nvme"))
		return "a device of the host, worked by QEMU itself";
	if (is(disk->source, "vhostvdpa"))
		return "vDPA has no target";
	return NULL;
}

static bool scsi_is_virtio(const struct libvirt_disk *disk)
{
	return !strncmp(disk->controller, "virtio", 6);
}

static void name_target(struct plan_item *item)
{
	if (is(item->base, "qsd-blk"))
		snprintf(item->target, sizeof(item->target), "qsd-blk");
	else
		snprintf(item->target, sizeof(item->target), "%s%s+%s",
			 item->base, item->iothread ? "+iothread" : "",
			 item->aio);
}

static void remark(struct plan_item *item, const char *text)
{
	snprintf(item->remark, sizeof(item->remark), "%s", text);
}

static void choose_base(struct plan_item *item,
			const struct libvirt_disk *disk,
			const struct libvirt_domain *d)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(buses); i++) {
		if (!is(disk->bus, buses[i].bus))
			continue;
		item->base = buses[i].base;
		item->queues = buses[i].virtio ? queues_of(disk, d) : 1;
		item->iothread = buses[i].virtio && disk->iothread;
	}
	if (!item->base)
		remark(item, "this bus has no target");
	if (!is(disk->bus, "scsi") || scsi_is_virtio(disk))
		return;
	item->base = NULL;
	item->queues = 1;
	remark(item, "this model of SCSI controller has no target");
}

void plan_disk(struct plan_item *item, const struct libvirt_disk *disk,
	       const struct libvirt_domain *d)
{
	const char *no = no_medium(disk);

	snprintf(item->name, sizeof(item->name), "%s", disk->name);
	describe(item, disk);
	item->aio = is(disk->io, "native") || is(disk->io, "io_uring") ?
			    disk->io : "threads"; /* QEMU's default */
	item->offer = !no;
	if (no) {
		remark(item, no);
		return;
	}
	if (is(disk->source, "vhostuser")) {
		item->base = "qsd-blk";
		item->queues = MAX(disk->queues, 1u);
		remark(item, "standing for a back end that is not QEMU's");
	} else {
		choose_base(item, disk, d);
	}
	if (item->base)
		name_target(item);
}

static void add(struct plan *p, const char *base, const char *aio,
		const char *why)
{
	char name[PLAN_NAME];

	snprintf(name, sizeof(name), "%s+%s", base, aio);
	plan_add(p, PLAN_BLK, name, why);
}

void plan_disk_alternatives(struct plan *p, const struct plan_item *item)
{
	static const char *const aios[] = { "native", "io_uring", "threads" };
	bool blk = item->base && is(item->base, "qemu-virtio-blk");
	char why[96];
	size_t i;

	add(p, "qemu-virtio-blk", item->aio,
	    blk ? "<driver> without iothread" : "<target bus='virtio'/>");
	add(p, "qemu-virtio-blk+iothread", item->aio,
	    "<target bus='virtio'/> <driver iothread='1'/>");
	for (i = 0; i < ARRAY_SIZE(aios); i++) {
		snprintf(why, sizeof(why),
			 "<target bus='virtio'/> <driver iothread='1' "
			 "io='%s'/>", aios[i]);
		if (!is(aios[i], item->aio))
			add(p, "qemu-virtio-blk+iothread", aios[i], why);
	}
	plan_add(p, PLAN_BLK, "blk",
		 "<disk type='vhostuser'>, served by vioperf device blk");
	add(p, "qemu-virtio-scsi+iothread", item->aio,
	    "<target bus='scsi'/> on a virtio-scsi controller");
}
