/* SPDX-License-Identifier: MIT */
#include "libvirt_known.h"

#include <fnmatch.h>
#include <stddef.h>

#include "lib/util.h"

#define NO_MATTER LIBVIRT_NO_MATTER
#define LOOK_IN	  LIBVIRT_LOOK_IN

/* The first pattern that fits has the word; '*' also matches '/'. */
static const struct {
	const char *pattern;
	const char *why;
} known[] = {
	/* any device */
	{ "@(disk|interface|rng|memballoon|controller)/@(alias|address|acpi)*",
	  NO_MATTER },
	{ "*/driver@@(ioeventfd|event_idx)=on", NO_MATTER },
	{ "*/driver@@(iommu|ats|page_per_vq|packed)=off", NO_MATTER },
	{ "*/driver@ioeventfd=*", "a run's kicks are ioeventfds" },

	/* <disk> */
	{ "disk@*", NO_MATTER },
	{ "disk/target@*", NO_MATTER },
	{ "disk/@(boot|serial|wwn|vendor|product|readonly|shareable|geometry|"
	  "auth)*", NO_MATTER },
	{ "disk*/encryption", "a run's disk is in the clear" },
	{ "disk/source/dataStore", "a run's disk is one file" },
	{ "disk/source/slices", "a run's disk begins where its file does" },
	{ "disk/source", LOOK_IN },
	{ "disk/source*", NO_MATTER },
	{ "disk/backingStore", "a run's disk is one file, with none below" },
	{ "disk/mirror", "a copy under way; a run has none" },
	{ "disk/@(iotune|throttlefilters)", "throttled; a run is not" },
	{ "disk/blockio", "a run's disk has QEMU's default sizes" },
	{ "disk/driver@type=*", "a run's disk is raw, with no tables to look "
				"up" },
	{ "disk/driver@discard=ignore", NO_MATTER },
	{ "disk/driver@discard=*", "a run sends no discards" },
	{ "disk/driver@@(detect_zeroes|copy_on_read)=off", NO_MATTER },
	{ "disk/driver@detect_zeroes=*", "a run looks for no zeroes" },
	{ "disk/driver@*error_policy=*", NO_MATTER },
	{ "disk/driver@cache=*", "its stand-in reads past the page cache" },
	{ "disk/driver@io=*", "its stand-in uses io_uring" },
	{ "disk/driver@iothread=*", "its device has no iothread in a run" },
	{ "disk/driver@@(queues|queue_size|event_idx|packed)=*",
	  "its device has no such ring in a run" },
	{ "disk/driver/iothreads", "a run's disk has one iothread" },
	{ "disk/driver/metadata_cache", "a run's disk is raw" },
	{ "controller@*", NO_MATTER },

	/* <iothread id=''> of <iothreadids> */
	{ "iothread@id=*", NO_MATTER },
	{ "iothread/poll@*", "a run's thread has QEMU's default" },

	/* <interface> */
	{ "interface@*", NO_MATTER },
	{ "interface/@(source|boot|rom|guest|ip|route|script|downscript|"
	  "portForward)", NO_MATTER },
	{ "interface/@(mac|target|backend)*", NO_MATTER },
	{ "interface/link", LOOK_IN },
	{ "interface/link@state=up", NO_MATTER },
	{ "interface/mtu", "a run's is QEMU's default" },
	{ "interface/bandwidth", "limited; a run is not" },
	{ "interface/filterref", "its packets are filtered; a run's are not" },
	{ "interface/driver@queues=*", "a run has one pair of queues" },
	{ "interface/driver@tx_queue_size=256", NO_MATTER },
	{ "interface/driver@tx_queue_size=*", "256 in a run" },
	{ "interface/driver@@(rx_queue_size|event_idx|packed)=*",
	  "its device has no such ring in a run" },
	{ "interface/driver/@(host|guest)", "a run has QEMU's default "
					    "offloads" },

	/* <rng>, <memballoon> */
	{ "rng/rate", "limited; a run is not" },
	{ "rng/backend*", NO_MATTER },
	{ "memballoon@@(autodeflate|freePageReporting)=off", NO_MATTER },
	{ "memballoon/stats", "a run asks for no statistics" },

	/* <domain> */
	{ "domain@*", NO_MATTER },
	{ "domain/@(uuid|hwuuid|genid|title|description|metadata|os|"
	  "bootloader*|on_*|clock|pm|sysinfo|seclabel|idmap|resource|keywrap|"
	  "memory|currentMemory|maxMemory|vcpus|iothreadids)", NO_MATTER },
	{ "domain/vcpu@placement=static", NO_MATTER },
	{ "domain/@(vcpu@*|cputune)", "a run places its threads itself" },
	{ "domain/numatune", "a run's memory is bound to no node" },
	{ "domain/@(blkiotune|memtune)", "a run has no limits" },
	{ "domain/memoryBacking*/@(source@type=memfd|access@mode=shared)",
	  NO_MATTER },
	{ "domain/@(memoryBacking|memoryBacking/source|memoryBacking/access)",
	  LOOK_IN },
	{ "domain/memoryBacking/hugepages", "a run's guest has none" },
	{ "domain/cpu@mode=@(host-passthrough|maximum)", NO_MATTER },
	{ "domain/cpu@mode=*", "a run's guest has the host's CPU" },
	{ "domain/cpu/@(feature|model)@*", NO_MATTER },
	{ "domain/cpu/@(feature|model)", "a run's guest has the host's CPU" },
	{ "domain/cpu/vendor", NO_MATTER },
	{ "domain/cpu@*", NO_MATTER },
	{ "domain/@(cpu|features)", LOOK_IN },
	{ "domain/features/@(acpi|apic|pae|gic|smm|hap|vmport|vmcoreinfo)",
	  NO_MATTER },
	{ "domain/features/ioapic", "interrupts take another way than in a "
				    "run" },
	{ "domain/launchSecurity", "a confidential guest: its I/O is copied "
				   "through bounce buffers, a run's is not" },
	{ "domain/qemu:commandline", NO_MATTER }, /* counted */
	{ "domain/qemu:override", "it changes QEMU's devices; a run's are "
				  "not changed" },
	{ "domain/devices/iommu", "the devices' DMA is mapped; a run's is "
				  "not" },
	/* devices that are planned for, or listed as without a target */
	{ "domain/devices/@(disk|interface|rng|memballoon|hostdev|filesystem|"
	  "vsock|shmem|crypto|memory|redirdev)", NO_MATTER },
	/* idle ones */
	{ "domain/devices/@(emulator|controller|serial|console|channel|"
	  "parallel|input|graphics|video|sound|audio|watchdog|panic|tpm|"
	  "smartcard|hub|nvram|redirfilter|pstore)", NO_MATTER },
};

const char *libvirt_known(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!fnmatch(known[i].pattern, path, FNM_EXTMATCH))
			return known[i].why;
	return "not in a run";
}
