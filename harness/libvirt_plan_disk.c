/* SPDX-License-Identifier: MIT */
/* What a <disk> of a domain is, and what it could be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "libvirt_plan.h"

static void describe(struct plan_item *item, const struct libvirt_disk *disk)
{
	plan_say(item, "bus", *disk->bus ? disk->bus : "unknown");
	if (!plan_is(disk->device, "disk"))
		plan_say(item, "device", disk->device);
	plan_say(item, "source", disk->empty ? "empty" : disk->source);
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

/* Ubuntu's machines of QEMU before 5.2 have a release's name. */
static bool old_ubuntu(const char *machine)
{
	static const char *const names[] = { "trusty", "xenial", "bionic",
					     "cosmic", "disco", "eoan",
					     "focal", "groovy" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strstr(machine, names[i]))
			return true;
	return false;
}

/* Machines before QEMU 5.2 (RHEL 8.4) had one queue; later ones have one per
 * vCPU. One without a version is the newest. */
static bool queue_per_vcpu(const char *machine)
{
	const char *version = strrchr(machine, '-');
	unsigned int major, minor;

	if (!version)
		return true;
	if (sscanf(version, "-rhel%u.%u", &major, &minor) == 2)
		return major > 8 || (major == 8 && minor >= 4);
	if (sscanf(version, "-%u.%u", &major, &minor) == 2)
		return major > 5 || (major == 5 && minor >= 2);
	return !old_ubuntu(machine);
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
	if (plan_is(disk->device, "cdrom"))
		return "a CD-ROM";
	if (plan_is(disk->device, "floppy") || plan_is(disk->bus, "fdc"))
		return "a floppy disk";
	if (plan_is(disk->device, "lun"))
		return "SCSI commands passed through to a device of the host";
	if (plan_is(disk->source, "nvme"))
		return "a device of the host, worked by QEMU itself";
	if (plan_is(disk->source, "vhostvdpa"))
		return "vDPA has no target";
	return NULL;
}

static bool scsi_is_virtio(const struct libvirt_disk *disk)
{
	return !strncmp(disk->controller, "virtio", 6);
}

static void name_target(struct plan_item *item)
{
	if (plan_is(item->base, "qsd-blk"))
		snprintf(item->target, sizeof(item->target), "qsd-blk");
	else
		snprintf(item->target, sizeof(item->target), "%s%s+%s",
			 item->base, item->iothread ? "+iothread" : "",
			 item->aio);
}

static void choose_base(struct plan_item *item,
			const struct libvirt_disk *disk,
			const struct libvirt_domain *d)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(buses); i++) {
		if (!plan_is(disk->bus, buses[i].bus))
			continue;
		item->base = buses[i].base;
		item->queues = buses[i].virtio ? queues_of(disk, d) : 1;
		item->iothread = buses[i].virtio && disk->iothread;
	}
	if (!item->base)
		plan_remark(item, "this bus has no target");
	if (!plan_is(disk->bus, "scsi") || scsi_is_virtio(disk))
		return;
	item->base = NULL;
	item->queues = 1;
	plan_remark(item, "this model of SCSI controller has no target");
}

void plan_disk(struct plan_item *item, const struct libvirt_disk *disk,
	       const struct libvirt_domain *d)
{
	const char *no = no_medium(disk);

	snprintf(item->name, sizeof(item->name), "%s", disk->name);
	describe(item, disk);
	item->aio = "threads"; /* QEMU's default */
	if (plan_is(disk->io, "native") || plan_is(disk->io, "io_uring"))
		item->aio = disk->io;
	item->offer = !no;
	if (no) {
		plan_remark(item, no);
		return;
	}
	if (plan_is(disk->source, "vhostuser")) {
		item->base = "qsd-blk";
		item->queues = queues_of(disk, d);
		plan_remark(item, "standing for a back end that is not QEMU's");
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
	bool blk = item->base && plan_is(item->base, "qemu-virtio-blk");
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
		if (!plan_is(aios[i], item->aio))
			add(p, "qemu-virtio-blk+iothread", aios[i], why);
	}
	plan_add(p, PLAN_BLK, "blk",
		 "<disk type='vhostuser'>, served by vioperf device blk");
	add(p, "qemu-virtio-scsi+iothread", item->aio,
	    "<target bus='scsi'/> on a virtio-scsi controller");
}
