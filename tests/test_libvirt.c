/* SPDX-License-Identifier: MIT */
/* A libvirt domain as it is read, and what is planned for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/libvirt/libvirt_domain.h"
#include "harness/libvirt/libvirt_element.h"
#include "harness/libvirt/libvirt_plan.h"
#include "harness/libvirt/libvirt_scenario.h"

static char path[] = "/tmp/test_libvirt.XXXXXX";

static int read_text(struct libvirt_domain *d, const char *text, struct err *e)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	return libvirt_domain_read(d, path, e);
}

/* A domain with @devices in it must be readable. */
static void read_devices(struct libvirt_domain *d, const char *devices)
{
	char text[4096];
	struct err e;

	snprintf(text, sizeof(text),
		 "<domain type='kvm'><name>n</name><vcpu>4</vcpu><os>"
		 "<type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>"
		 "<devices>%s</devices></domain>", devices);
	assert_int_equal(read_text(d, text, &e), 0);
}

static void test_whole(void **state)
{
	struct libvirt_domain d;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&d,
		"<domain type='kvm' xmlns:q='http://libvirt.org/schemas/"
		"domain/qemu/1.0'><name> web\t1 </name>"
		"<vcpu current='2'>8</vcpu><iothreads>3</iothreads>"
		"<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>"
		"<q:commandline><q:arg value='a'/><q:arg value='b'/>"
		"</q:commandline></domain>", &e), 0);
	assert_string_equal(d.name, "web?1");
	assert_string_equal(d.type, "kvm");
	assert_string_equal(d.arch, "x86_64");
	assert_string_equal(d.machine, "pc-q35-7.2");
	assert_int_equal(d.vcpus, 2);
	assert_int_equal(d.iothreads, 3);
	assert_int_equal(d.qemu_args, 2);
	assert_int_equal(d.nr_disks + d.nr_interfaces + d.nr_rngs, 0);
	libvirt_domain_free(&d);
}

static void test_disk(void **state)
{
	struct libvirt_domain d;

	(void)state;
	read_devices(&d,
		"<disk type='file' device='disk'><driver name='qemu' "
		"type='qcow2' cache='none' io='native' queues='4' "
		"queue_size='256' packed='on' event_idx='off' iothread='1'/>"
		"<source file='/x'/><target dev='vda' bus='virtio'/></disk>"
		"<disk/><disk><target dev='vdc'/><driver><iothreads>"
		"<iothread id='1'/></iothreads></driver></disk>");
	assert_int_equal(d.nr_disks, 3);
	assert_true(d.disk[2].iothread);
	assert_false(d.disk[0].empty);
	assert_true(d.disk[1].empty);
	assert_string_equal(d.disk[0].name, "vda");
	assert_string_equal(d.disk[0].device, "disk");
	assert_string_equal(d.disk[0].source, "file");
	assert_string_equal(d.disk[0].bus, "virtio");
	assert_string_equal(d.disk[0].driver, "qemu");
	assert_string_equal(d.disk[0].format, "qcow2");
	assert_string_equal(d.disk[0].cache, "none");
	assert_string_equal(d.disk[0].io, "native");
	assert_string_equal(d.disk[0].packed, "on");
	assert_string_equal(d.disk[0].event_idx, "off");
	assert_int_equal(d.disk[0].queues, 4);
	assert_int_equal(d.disk[0].queue_size, 256);
	assert_true(d.disk[0].iothread);
	assert_string_equal(d.disk[1].name, "");
	assert_string_equal(d.disk[1].device, "disk");
	assert_string_equal(d.disk[1].bus, "");
	assert_false(d.disk[1].iothread);
	libvirt_domain_free(&d);
}

static void test_bus_from_name(void **state)
{
	static const char *const want[][2] = {
		{ "vda", "virtio" }, { "hdb", "ide" },	{ "sdc", "scsi" },
		{ "fda", "fdc" },    { "xvda", "xen" }, { "ubda", "" },
	};
	struct libvirt_domain d;
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		snprintf(text, sizeof(text), "<disk><target dev='%s'/></disk>",
			 want[i][0]);
		read_devices(&d, text);
		assert_string_equal(d.disk[0].bus, want[i][1]);
		libvirt_domain_free(&d);
	}
}

/* A SCSI disk has queues and iothread from its controller, by index. */
static void test_scsi_controller(void **state)
{
	struct libvirt_domain d;

	(void)state;
	read_devices(&d,
		"<controller type='scsi' index='0' model='lsilogic'/>"
		"<controller type='sata' index='1' model='no'/>"
		"<controller type='scsi' index='1' model='virtio-scsi'>"
		"<driver queues='3' iothread='2'/></controller>"
		"<disk><target dev='sda' bus='scsi'/>"
		"<address type='drive' controller='1'/></disk>"
		"<disk><target dev='sdb' bus='scsi'/></disk>"
		"<disk><target dev='sdc' bus='scsi'/>"
		"<address type='drive' controller='7'/></disk>");
	assert_string_equal(d.disk[0].controller, "virtio-scsi");
	assert_int_equal(d.disk[0].queues, 3);
	assert_true(d.disk[0].iothread);
	assert_string_equal(d.disk[1].controller, "lsilogic");
	assert_int_equal(d.disk[1].queues, 0);
	assert_string_equal(d.disk[2].controller, "");
	assert_false(d.disk[2].iothread);
	libvirt_domain_free(&d);
}

static void test_others(void **state)
{
	struct libvirt_domain d;

	(void)state;
	read_devices(&d,
		"<interface type='network'><mac address='52:54:00:00:00:01'/>"
		"<target dev='vnet0'/><model type='virtio'/>"
		"<driver name='vhost' queues='2'/></interface>"
		"<interface type='user'><backend type='passt'/></interface>"
		"<rng model='virtio'><rate bytes='1'/>"
		"<backend model='random'> /dev/random\n</backend></rng>"
		"<memballoon model='none'/><memballoon model='virtio'/>"
		"<hostdev type='pci'/><memory model='virtio-mem'/>"
		"<unheard-of/><x:disk xmlns:x='urn:x'/>");
	assert_int_equal(d.nr_interfaces, 2);
	assert_string_equal(d.interface[0].name, "52:54:00:00:00:01");
	assert_string_equal(d.interface[0].model, "virtio");
	assert_string_equal(d.interface[0].driver, "vhost");
	assert_int_equal(d.interface[0].queues, 2);
	assert_string_equal(d.interface[1].model, "");
	assert_string_equal(d.interface[1].backend, "passt");
	assert_int_equal(d.nr_rngs, 1);
	assert_string_equal(d.rng[0].backend, "random");
	assert_string_equal(d.rng[0].source, "/dev/random");
	assert_string_equal(d.rng[0].unread,
			    "rate bytes='1': limited; a run is not\n");
	assert_string_equal(d.balloon, "none");
	assert_int_equal(d.nr_others, 2);
	assert_string_equal(d.other[0].element, "hostdev");
	assert_string_equal(d.other[0].type, "pci");
	assert_string_equal(d.other[1].type, "virtio-mem");
	assert_int_equal(d.nr_disks, 0);
	libvirt_domain_free(&d);
}

/* Words that are too long are cut and say so; every length is safe. */
static void test_long_words(void **state)
{
	char text[512], word[256];
	struct libvirt_domain d;
	struct err e;
	size_t n;

	(void)state;
	for (n = 60; n < 200; n++) {
		memset(word, 'x', n);
		word[n] = 0;
		snprintf(text, sizeof(text), "<domain><name>%s</name></domain>",
			 word);
		assert_int_equal(read_text(&d, text, &e), 0);
		if (n < LIBVIRT_WORD)
			assert_string_equal(d.name, word);
		else
			assert_string_equal(d.name + LIBVIRT_WORD - 4, "...");
		assert_true(strlen(d.name) < LIBVIRT_WORD);
		libvirt_domain_free(&d);
	}
}

static void test_refused(void **state)
{
	static const char *const text[] = {
		"", "<domain", "<domain></domian>", "not XML", "<network/>",
		"<domain><vcpu>-1</vcpu></domain>",
		"<domain><vcpu>1.5</vcpu></domain>",
		"<domain><vcpu>4k</vcpu></domain>",
		"<domain><iothreads>1000001</iothreads></domain>",
		("<domain><devices><disk><driver queues='x'/>"
		 "<target dev='vda'/></disk></devices></domain>"),
		("<domain><devices><interface><driver queues='x'/></interface>"
		 "</devices></domain>"),
		"<!DOCTYPE domain><domain/>",
		"<!DOCTYPE d [<!ENTITY a 'b'>]><domain><name>&a;</name></domain>",
		"<domain><name>&a;</name></domain>",
		"<domain xmlns='urn:x'/>", "<domain/><domain/>",
	};
	struct libvirt_domain d;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text) / sizeof(*text); i++) {
		*e.text = 0;
		assert_int_equal(read_text(&d, text[i], &e), -EINVAL);
		assert_ptr_equal(strstr(e.text, path), e.text);
		libvirt_domain_free(&d);
	}
	assert_int_equal(libvirt_domain_read(&d, "/no/such", &e), -ENOENT);
	libvirt_domain_free(&d);
}

/* What @devices are today, in the order of the plan. */
static void assert_today(const char *devices, const char *want)
{
	char got[1024] = "";
	struct libvirt_domain d;
	struct plan p;
	struct err e;
	unsigned int i;
	size_t n = 0;

	read_devices(&d, devices);
	plan_build(&p, &d, &e);
	for (i = 0; i < p.nr_items; i++)
		if (p.item[i].type != PLAN_BALLOON)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%s",
					      n ? " " : "",
					      *p.item[i].target ?
						      p.item[i].target : "-");
	assert_string_equal(got, want);
	plan_free(&p);
	libvirt_domain_free(&d);
}

#define DISK(bus, driver)                                            \
	"<disk><driver " driver "/><source/><target dev='x' bus='" bus \
	"'/></disk>"
#define NIC(type, model, rest)                                    \
	"<interface type='" type "'><model type='" model "'/>" rest \
	"</interface>"

static void test_today(void **state)
{
	(void)state;
	assert_today(DISK("virtio", "")
		     DISK("virtio", "io='native' cache='none'")
		     DISK("virtio",
			  "iothread='2' io='io_uring' cache='none'"),
		     "qemu-virtio-blk+threads+writeback "
		     "qemu-virtio-blk+native qemu-virtio-blk+io_uring+iothread");
	assert_today(DISK("virtio", "cache='writethrough'")
		     DISK("virtio", "cache='directsync' io='native'")
		     DISK("virtio", "cache='unsafe'")
		     DISK("virtio", "cache='default'")
		     DISK("virtio", "cache='writeback' io='native'"),
		     "qemu-virtio-blk+threads+writethrough "
		     "qemu-virtio-blk+directsync+native "
		     "qemu-virtio-blk+threads+unsafe "
		     "qemu-virtio-blk+threads+writeback "
		     "qemu-virtio-blk+native");
	/* Only virtio has iothreads. */
	assert_today(DISK("ide", "iothread='1' cache='none'")
		     DISK("sata", "io='threads' cache='none'")
		     DISK("nvme", "io='native' cache='none'") DISK("usb", "")
		     DISK("scsi", ""),
		     "qemu-ide+threads qemu-ahci+threads qemu-nvme+native - -");
	assert_today("<disk device='cdrom'><target dev='hda'/></disk>"
		     "<disk device='lun'><target dev='vda'/></disk>"
		     "<disk type='vhostuser'><target dev='vda'/></disk>"
		     "<disk type='vhostvdpa'><target dev='vdb'/></disk>"
		     "<disk type='nvme'><target dev='vdc'/></disk>",
		     "- - qsd-blk - -");
	assert_today(NIC("network", "virtio", "")
		     NIC("bridge", "virtio", "<driver name='qemu'/>")
		     NIC("user", "virtio", "") NIC("user", "e1000", "")
		     NIC("direct", "virtio-non-transitional", "")
		     NIC("network", "vmxnet3", "") NIC("hostdev", "", "")
		     NIC("network", "ne2k_pci", ""),
		     "qemu-virtio-net+vhost qemu-virtio-net "
		     "qemu-virtio-net+slirp qemu-e1000+slirp "
		     "qemu-virtio-net+vhost qemu-vmxnet3 - -");
	assert_today("<rng model='virtio'><backend model='builtin'/></rng>"
		     "<rng model='virtio'><backend model='egd'/></rng>"
		     "<rng model='other'><backend model='random'/></rng>",
		     "qemu-virtio-rng+builtin - -");
}

/* The sections of the plan for @devices, each as "targets/queues/ring". */
static void assert_parts(const char *devices, const char *want)
{
	char got[1024] = "";
	struct libvirt_domain d;
	struct plan p;
	struct err e;
	unsigned int i, k;
	size_t n = 0;

	read_devices(&d, devices);
	assert_int_equal(plan_build(&p, &d, &e), 0);
	for (i = 0; i < p.nr_parts; i++) {
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%u/",
				      i ? " " : "", p.part[i].nr_targets);
		for (k = 0; k < p.part[i].nr_queues; k++)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%u",
					      k ? "," : "",
					      p.part[i].queues[k]);
		n += (size_t)snprintf(got + n, sizeof(got) - n, "/%u%s%s",
				      p.part[i].shape.ring_size,
				      p.part[i].shape.no_event_idx ? "e" : "",
				      p.part[i].shape.packed ? "p" : "");
	}
	assert_string_equal(got, want);
	assert_int_equal(p.nr_left_out, 0);
	plan_free(&p);
	libvirt_domain_free(&d);
}

/* 7 targets: what it is and its alternatives; the balloon is one more. */
static void test_parts(void **state)
{
	(void)state;
	assert_parts(DISK("virtio", ""), "8/4/256");
	/* As another, but for a ring of its own. */
	assert_parts(DISK("virtio", "") DISK("virtio", "queue_size='1024'"),
		     "8/4/256 1/4/1024");
	assert_parts(DISK("virtio", "packed='on'")
		     DISK("virtio", "event_idx='off'"),
		     "7/4/256p 1/4/256e");
	/* Queues of the same disk are one list; alternatives have the first's
	 * only. */
	assert_parts(DISK("virtio", "queues='3'") DISK("virtio", "queues='2'")
		     DISK("virtio", "queues='1'") DISK("virtio", "queues='2'"),
		     "8/3/256 1/1,2/256");
	/* Different disks with the same queues share a section. */
	assert_parts(DISK("virtio", "queues='3'")
		     DISK("virtio", "queues='2' io='native' cache='none'")
		     DISK("virtio", "queues='2' io='io_uring'"),
		     "8/3/256 2/2/256");
	/* A net's ring is another's business, unless it is the same. */
	assert_parts(DISK("virtio", "queue_size='512'")
		     NIC("network", "virtio", ""), "8/4/512 2//256");
	assert_parts(DISK("virtio", "") NIC("network", "virtio", ""),
		     "10/4/256");
	assert_parts(NIC("network", "virtio",
			 "<driver rx_queue_size='512' packed='on'/>"),
		     "3//512p");
	/* What QEMU would refuse is not written. */
	assert_parts(NIC("network", "virtio", "<driver rx_queue_size='128'/>")
		     DISK("virtio", "queue_size='2048'"), "10/4/256");
}

/* More than fits is counted, not lost in silence. */
static void test_no_room(void **state)
{
	static struct libvirt_disk disk[40];
	struct libvirt_domain d = { .disk = disk, .nr_disks = 40,
				    .vcpus = 64, .balloon = "none" };
	unsigned int i;
	struct plan p;

	(void)state;
	for (i = 0; i < 40; i++) {
		disk[i] = (struct libvirt_disk){
			.bus = "virtio", .device = "disk", .queues = 1 + i,
			.queue_size = i % 2 ? 64 : 32,
		};
		strcpy(disk[i].event_idx, i % 4 < 2 ? "on" : "off");
		strcpy(disk[i].packed, i % 8 < 4 ? "on" : "off");
	}
	assert_int_equal(plan_build(&p, &d, NULL), 0);
	assert_int_equal(p.nr_parts, 9);
	assert_int_equal(p.nr_left_out, 0);
	plan_free(&p);
	for (i = 0; i < 40; i++)
		disk[i].queue_size = 8u << i % 5;
	assert_int_equal(plan_build(&p, &d, NULL), 0);
	assert_int_equal(p.nr_parts, 9);
	assert_true(p.nr_left_out > 20);
	plan_free(&p);
}

/* Each type's reference comes first; nothing is planned twice. */
static void test_plan(void **state)
{
	struct libvirt_domain d;
	unsigned int i, k;
	struct plan p;
	struct err e;

	(void)state;
	read_devices(&d, DISK("ide", "cache='none'") DISK("virtio", "io='native'")
			 NIC("network", "rtl8139", "")
			 "<rng model='virtio'><backend model='random'/></rng>");
	assert_int_equal(plan_build(&p, &d, &e), 0);
	assert_string_equal(plan_reference(&p, PLAN_BLK)->name,
			    "qemu-ide+threads");
	assert_string_equal(plan_reference(&p, PLAN_NET)->name, "qemu-rtl8139");
	assert_string_equal(plan_reference(&p, PLAN_RNG)->name,
			    "qemu-virtio-rng");
	assert_string_equal(plan_reference(&p, PLAN_BALLOON)->name,
			    "qemu-virtio-balloon");
	for (i = 0; i < p.nr_targets; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(p.target[i].name,
						p.target[k].name);
	plan_free(&p);
	libvirt_domain_free(&d);
	read_devices(&d, "<memballoon model='none'/>");
	assert_int_equal(plan_build(&p, &d, &e), -ENODEV);
	plan_free(&p);
	libvirt_domain_free(&d);
}

/* Whatever a domain holds, there is room for it: all kinds at once. */
static void test_everything(void **state)
{
	static const char *const bus[] = { "virtio", "scsi", "ide", "sata",
					   "nvme" };
	static const char *const io[] = { "native", "io_uring", "threads" };
	static struct libvirt_disk disk[30];
	struct libvirt_domain d = { .disk = disk, .vcpus = 8 };
	struct libvirt_scenario_cost cost;
	char *text = NULL, *line, *end;
	unsigned int sections = 0, nr;
	struct err e;
	size_t bytes;
	FILE *f;

	(void)state;
	for (; d.nr_disks < 30; d.nr_disks++)
		disk[d.nr_disks] = (struct libvirt_disk){
			.device = "disk", .controller = "virtio-scsi",
			.iothread = d.nr_disks % 2,
			.queues = 1 + d.nr_disks,
		};
	for (unsigned int i = 0; i < 30; i++) {
		strcpy(disk[i].bus, bus[i % 5]);
		strcpy(disk[i].io, io[i / 10]);
	}
	f = open_memstream(&text, &bytes);
	assert_int_equal(libvirt_scenario_print(&d, f, &cost, &e), 0);
	fclose(f);
	assert_true(cost.nr_cells > 50);
	for (line = text; (line = strstr(line, "\ntarget = ")); sections++) {
		end = strchr(++line, '\n');
		for (nr = 1; (line = strchr(line, ',')) && line < end; nr++)
			line++;
		assert_true(nr <= SCENARIO_MAX_VALUES);
		line = end;
	}
	assert_true(sections > 1);
	free(text);
}

static void test_element_names(void **state)
{
	char *text = NULL;
	unsigned int i;
	struct err e;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	(void)state;
	for (i = 0; libvirt_element_name(i); i++)
		assert_int_equal(libvirt_element_print(libvirt_element_name(i),
						       f, &e), 0);
	assert_true(i > 10);
	assert_int_equal(libvirt_element_print("no", f, &e), -EINVAL);
	assert_non_null(strstr(e.text, "qemu-virtio-balloon"));
	fclose(f);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_disk),
		cmocka_unit_test(test_bus_from_name),
		cmocka_unit_test(test_scsi_controller),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_today),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_element_names),
	};
	int ret;

	close(mkstemp(path));
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return ret;
}
