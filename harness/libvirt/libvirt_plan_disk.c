/* SPDX-License-Identifier: MIT */
/* What a <disk> of a domain is, and what it could be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "libvirt_plan.h"
#include "harness/target.h"

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
	plan_say(item, "poll max", disk->poll_max);
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

/* NAME with options in the order that scenarios have; "" where it cannot be,
 * as for a poll-max beyond what they take. */
static bool name_target(char *out, const char *base, const char *aio,
			const char *cache, bool iothread,
			const char *poll_max)
{
	static const struct scenario none;
	const struct scenario_target *custom;
	char name[2 * PLAN_NAME];
	struct err e;

	snprintf(name, sizeof(name), "%s+%s%s%s%s%s%s%s", base, aio,
		 iothread ? "+iothread" : "", *poll_max ? "+poll-max=" : "",
		 poll_max, *poll_max && !plan_is(poll_max, "0") ? "ns" : "",
		 *cache ? "+" : "", cache);
	*out = 0;
	return !target_option_check(target_find(base, &none, &custom), name,
				    out, PLAN_NAME, &e);
}

/* The name without what @note says of, if that is what is wrong with it. */
static bool retry(struct plan_item *item, const char *note)
{
	if (!name_target(item->target, item->base, item->aio, item->cache,
			 item->iothread, ""))
		return false;
	plan_note(item, note);
	return true;
}

static void choose_target(struct plan_item *item,
			  const struct libvirt_disk *disk)
{
	char note[128];

	snprintf(note, sizeof(note), "iothread's poll max='%s': a run's thread "
		 "has QEMU's default", disk->poll_max);
	if (plan_is(item->base, "qsd-blk"))
		strcpy(item->target, "qsd-blk");
	else if (name_target(item->target, item->base, item->aio, item->cache,
			     item->iothread,
			     item->iothread ? disk->poll_max : ""))
		return;
	else if (!retry(item, note)) {
		item->cache = "";
		retry(item, "QEMU does not take this io with this cache: a "
			    "run has cache='none'");
	}
}

static bool ring_size_fits(unsigned int n)
{
	return n >= 8 && n <= 1024 && !(n & (n - 1));
}

/* How the ring hangs on the machine, where a run's does not. */
static void note_transport(struct plan *p, struct plan_item *item,
			   enum libvirt_transport t)
{
	if (t == TRANSPORT_CCW)
		plan_note(item, "on a channel (ccw): a run's is on PCI");
	if (t == TRANSPORT_MMIO)
		plan_note(item, "on virtio-mmio: a run's is on PCI");
	if (t == TRANSPORT_PCI && item->shape.queues > 1 &&
	    !plan_is(item->base, "qemu-virtio-scsi") &&
	    libvirt_machine_two_vectors(&p->machine))
		plan_note(item, "one interrupt for all queues, as machines "
				"before QEMU 2.12 have it: a run has one each");
}

static void choose_ring_size(struct plan_item *item, unsigned int given)
{
	char note[96];

	if (plan_is(item->base, "qsd-blk"))
		item->shape.ring_size = 128; /* QEMU's vhost-user-blk */
	if (ring_size_fits(given)) {
		item->shape.ring_size = given;
	} else if (given) {
		snprintf(note, sizeof(note), "queue_size='%u': a run takes a "
			 "power of two from 8 to 1024, here %u", given,
			 item->shape.ring_size);
		plan_note(item, note);
	}
}

/* What the ring has, given or by the machine's default. */
static void shape_ring(struct plan *p, struct plan_item *item,
		       const struct libvirt_disk *disk)
{
	enum libvirt_transport t = libvirt_machine_transport(&p->machine,
							     disk->address);
	unsigned int queues = disk->queues;

	if (!queues)
		queues = libvirt_machine_queues(&p->machine, t, p->vcpus);
	p->queues_capped |= queues > p->vcpus;
	item->shape.queues = MIN(queues, p->vcpus);
	item->shape.no_event_idx = plan_is(disk->event_idx, "off");
	item->shape.packed = plan_is(disk->packed, "on");
	choose_ring_size(item, disk->queue_size);
	note_transport(p, item, t);
}

static void choose_base(struct plan *p, struct plan_item *item,
			const struct libvirt_disk *disk)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(buses); i++)
		if (plan_is(disk->bus, buses[i].bus))
			break;
	if (i == ARRAY_SIZE(buses)) {
		plan_remark(item, "this bus has no target");
		return;
	}
	if (plan_is(disk->bus, "scsi") &&
	    strncmp(disk->controller, "virtio", 6)) {
		plan_remark(item, "this model of SCSI controller has no "
				  "target");
		return;
	}
	item->base = buses[i].base;
	item->iothread = buses[i].virtio && disk->iothread;
	if (buses[i].virtio)
		shape_ring(p, item, disk);
	else if (plan_is(disk->bus, "nvme")) /* QEMU gives it 64 */
		item->shape.queues = p->vcpus;
}

/* QEMU's default is writeback; "" is a run's, past the page cache. */
static const char *cache_of(const struct libvirt_disk *disk)
{
	static const char *const caches[] = { "writethrough", "directsync",
					      "unsafe" };
	size_t i;

	if (plan_is(disk->cache, "none"))
		return "";
	for (i = 0; i < ARRAY_SIZE(caches); i++)
		if (plan_is(disk->cache, caches[i]))
			return caches[i];
	return "writeback";
}

static void note_source(struct plan_item *item, const struct libvirt_disk *disk)
{
	char note[160];

	snprintf(note, sizeof(note), "source type='%s'%s%s: a local file in a "
		 "run", disk->source, *disk->protocol ? " protocol " : "",
		 disk->protocol);
	if (!disk->empty && *disk->source && !plan_is(disk->source, "file") &&
	    !plan_is(disk->source, "vhostuser"))
		plan_note(item, note);
}

void plan_disk(struct plan *p, struct plan_item *item,
	       const struct libvirt_disk *disk)
{
	const char *no = no_medium(disk);

	snprintf(item->name, sizeof(item->name), "%s", disk->name);
	describe(item, disk);
	item->unread = disk->unread;
	item->aio = "threads"; /* QEMU's default */
	if (plan_is(disk->io, "native") || plan_is(disk->io, "io_uring"))
		item->aio = disk->io;
	item->cache = cache_of(disk);
	item->shape.queues = 1;
	item->shape.ring_size = libvirt_machine_ring_size(&p->machine);
	item->offer = !no;
	if (no) {
		plan_remark(item, no);
		return;
	}
	if (plan_is(disk->source, "vhostuser")) {
		item->base = "qsd-blk";
		item->cache = "";
		plan_remark(item, "standing for a back end that is not QEMU's");
		shape_ring(p, item, disk);
	} else {
		choose_base(p, item, disk);
		note_source(item, disk);
	}
	if (item->base)
		choose_target(item, disk);
}

static void add(struct plan *p, const struct plan_item *item, const char *base,
		const char *aio, const char *cache, bool iothread,
		const char *why)
{
	char name[PLAN_NAME];

	if (name_target(name, base, aio, cache, iothread, ""))
		plan_add(p, PLAN_BLK, name, &item->shape, why);
}

void plan_disk_alternatives(struct plan *p, const struct plan_item *item)
{
	static const char *const aios[] = { "native", "io_uring", "threads" };
	bool blk = item->base && plan_is(item->base, "qemu-virtio-blk");
	char why[128];
	size_t i;

	add(p, item, "qemu-virtio-blk", item->aio, item->cache, false,
	    blk ? "<driver> without iothread" : "<target bus='virtio'/>");
	add(p, item, "qemu-virtio-blk", item->aio, item->cache, true,
	    "<target bus='virtio'/> <driver iothread='1'/>");
	for (i = 0; i < ARRAY_SIZE(aios); i++) {
		snprintf(why, sizeof(why),
			 "<target bus='virtio'/> <driver cache='none' "
			 "iothread='1' io='%s'/>", aios[i]);
		add(p, item, "qemu-virtio-blk", aios[i], "", true, why);
	}
	if (!item->shape.packed) /* it has split rings only */
		plan_add(p, PLAN_BLK, "blk", &item->shape,
			 "<disk type='vhostuser'>, served by vioperf device "
			 "blk");
	add(p, item, "qemu-virtio-scsi", item->aio, item->cache, true,
	    "<target bus='scsi'/> on a virtio-scsi controller");
}
