/* SPDX-License-Identifier: MIT */
/* QEMU's own disks: virtio, and the twins of real controllers. */
#include <stdio.h>

#include "harness/target.h"

#define NULL_BYTES (1ull << 30)

static const char *const programs[] = { "qemu-system-x86_64", "fio", NULL };

static const struct target_option virtio_options[] = {
	{ "iothread", "its ring is worked by a thread of its own" },
	{ "poll-max", "that thread busy-polls at most TIME, 0 never (32us)",
	  .takes_time = true, .needs = "iothread" },
	TARGET_OPTIONS_AIO,
	TARGET_OPTIONS_CACHE,
	{ NULL }
};
static const struct target_option file_options[] = { TARGET_OPTIONS_AIO,
						     TARGET_OPTIONS_CACHE,
						     { NULL } };

static bool is_cached(const char *options)
{
	return target_option_has(options, "writeback") ||
	       target_option_has(options, "writethrough") ||
	       target_option_has(options, "unsafe");
}

/* The node "disk"; how QEMU asks the host for its data is an option. */
static void disk_args(struct process *p, const struct target_start *t)
{
	char rest[96];

	if (t->backing != BACKING_FILE) {
		target_qemu_arg(p, "-blockdev", "driver=null-co,size=%llu,"
				"read-zeroes=on,node-name=disk", NULL_BYTES);
		return;
	}
	process_arg(p, "--qemu-arg=-blockdev");
	snprintf(rest, sizeof(rest), ",cache.direct=%s,cache.no-flush=%s,"
		 "aio=%s,node-name=disk", is_cached(t->options) ? "off" : "on",
		 target_option_has(t->options, "unsafe") ? "on" : "off",
		 target_option_aio(t->options));
	process_arg_listed(p, "--qemu-arg=driver=file,filename=",
			   t->backing_file, rest);
}

/* For the device: whether what is written may stay in a cache. */
static const char *write_cache(const struct target_start *t)
{
	return target_option_has(t->options, "writethrough") ||
	       target_option_has(t->options, "directsync") ?
		       ",write-cache=off" : "";
}

static const char *iothread(struct process *p, const struct target_start *t)
{
	char poll_max[48];

	if (!target_option_has(t->options, "iothread"))
		return "";
	target_qemu_arg(p, "-object", "iothread,id=thread%s",
			target_option_poll_max(poll_max, sizeof(poll_max),
					       t->options));
	return ",iothread=thread";
}

static void guest_virtio_blk(struct process *p, const struct target_start *t)
{
	char device[512];

	disk_args(p, t);
	snprintf(device, sizeof(device),
		 "virtio-blk-pci,drive=disk,num-queues=%u%s%s", t->queues,
		 iothread(p, t), write_cache(t));
	target_ring_args(p, t, device, sizeof(device), "queue-size");
	target_qemu_arg(p, "-device", "%s", device);
	target_guest_vda(p, t);
}

static void guest_virtio_scsi(struct process *p, const struct target_start *t)
{
	char device[512];

	disk_args(p, t);
	snprintf(device, sizeof(device),
		 "virtio-scsi-pci,id=scsi,num_queues=%u%s", t->queues,
		 iothread(p, t));
	target_ring_args(p, t, device, sizeof(device), "virtqueue_size");
	target_qemu_arg(p, "-device", "%s", device);
	target_qemu_arg(p, "-device", "scsi-hd,drive=disk,bus=scsi.0%s",
			write_cache(t));
	process_arg(p, "--module=virtio_scsi");
	process_arg(p, "--module=sd_mod");
	process_arg(p, "--disk=sda");
	process_arg(p, "--virtio-id=8");
	process_arg(p, "--expect-queues=%u", t->queues);
}

/* PIIX3's controller, on the machine type that all the others have too. */
static void guest_ide(struct process *p, const struct target_start *t)
{
	disk_args(p, t);
	target_qemu_arg(p, "-device", "piix3-ide,id=ide");
	target_qemu_arg(p, "-device", "ide-hd,drive=disk,bus=ide.0%s",
			write_cache(t));
	process_arg(p, "--module=ata_piix");
	process_arg(p, "--module=sd_mod");
	process_arg(p, "--disk=sda");
}

static void guest_ahci(struct process *p, const struct target_start *t)
{
	disk_args(p, t);
	target_qemu_arg(p, "-device", "ahci,id=sata");
	target_qemu_arg(p, "-device", "ide-hd,drive=disk,bus=sata.0%s",
			write_cache(t));
	process_arg(p, "--module=ahci");
	process_arg(p, "--module=sd_mod");
	process_arg(p, "--disk=sda");
}

static void guest_nvme(struct process *p, const struct target_start *t)
{
	disk_args(p, t);
	target_qemu_arg(p, "-device",
			"nvme,drive=disk,serial=vioperf,max_ioqpairs=%u%s",
			t->queues, write_cache(t));
	process_arg(p, "--module=nvme");
	process_arg(p, "--disk=nvme0n1");
	process_arg(p, "--expect-queues=%u", t->queues);
}

#define QEMU_DISK                                                              \
	.load = LOAD_BLK, .package = "qemu-system-x86 and fio",                \
	.backings = BACKING_NULL | BACKING_FILE, .drivers = DRIVER_QEMU,       \
	.programs = programs

const struct target_ops target_qemu_virtio_blk = {
	QEMU_DISK,
	.name = "qemu-virtio-blk",
	.what = "QEMU's virtio-blk",
	.options = virtio_options,
	.guest = guest_virtio_blk,
};

const struct target_ops target_qemu_virtio_scsi = {
	QEMU_DISK,
	.name = "qemu-virtio-scsi",
	.what = "QEMU's virtio-scsi with one disk",
	.options = virtio_options,
	.guest = guest_virtio_scsi,
};

const struct target_ops target_qemu_ide = {
	QEMU_DISK,
	.name = "qemu-ide",
	.what = "QEMU's PIIX3 IDE controller",
	.options = file_options,
	.one_queue = true,
	.emulated = true,
	.guest = guest_ide,
};

const struct target_ops target_qemu_ahci = {
	QEMU_DISK,
	.name = "qemu-ahci",
	.what = "QEMU's AHCI (SATA) controller",
	.options = file_options,
	.one_queue = true,
	.emulated = true,
	.guest = guest_ahci,
};

const struct target_ops target_qemu_nvme = {
	QEMU_DISK,
	.name = "qemu-nvme",
	.what = "QEMU's NVMe controller",
	.options = file_options,
	.emulated = true,
	.guest = guest_nvme,
};
