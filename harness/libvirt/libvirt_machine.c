/* SPDX-License-Identifier: MIT */
/*
 * What a machine type's name says of virtio's defaults. They have changed with
 * QEMU's versions; a machine type keeps those of the version it is of, by the
 * tables hw_compat_* of QEMU's hw/core/machine.c:
 *
 *   since  what                                              undone by
 *   2.7    virtio-pci is virtio 1.0, not legacy alone        hw_compat_2_6
 *   2.12   virtio-blk-pci has a vector a queue, not two      hw_compat_2_11
 *   5.0    queue-size 256, not 128 (virtio-blk, virtio-scsi) hw_compat_4_2
 *   5.2    num-queues as many as vCPUs, not 1 (virtio-blk,   hw_compat_5_1
 *          virtio-scsi, vhost-user-blk), on PCI only
 *
 * virtio-net's rings (256) and pairs of queues (1), and vhost-user-blk's ring
 * (128), have not changed. Only PCI devices count vCPUs
 * (virtio_pci_optimal_num_queues); on s390x channels and MMIO there is one
 * queue in all versions.
 */
#include "libvirt_machine.h"

#include <stdio.h>
#include <string.h>

#include "lib/util.h"

#define NEWEST 9999 /* no default has changed since 5.2 */

/* Distributions have machine types of their own. A name matches where it
 * begins a word of the machine's, words being set off by '-'. */
static const struct {
	const char *word;
	unsigned int version;
} releases[] = {
	/* Ubuntu, debian/patches/ubuntu/define-ubuntu-machine-types.patch;
	 * precise, of qemu-kvm 1.0, is pc-1.0-precise */
	{ "precise", 100 }, { "quantal", 102 }, { "raring", 104 },
	{ "saucy", 105 }, { "trusty", 200 }, { "utopic", 201 },
	{ "vivid", 202 }, { "wily", 203 }, { "xenial", 205 },
	{ "yakkety", 206 }, { "zesty", 208 }, { "artful", 210 },
	{ "bionic", 211 }, { "cosmic", 212 }, { "disco", 301 },
	{ "eoan", 400 }, { "focal", 402 }, { "groovy", 500 },
	{ "hirsute", 502 }, { "impish", 600 }, { "jammy", 602 },
	{ "kinetic", 700 }, { "lunar", 702 }, { "mantic", 800 },
	{ "noble", 802 }, { "oracular", 900 }, { "plucky", 902 },
	{ "questing", 1001 }, { "resolute", 1002 },
	/* RHEL and its kin, hw_compat_rhel_* of its qemu-kvm; 7.3 is QEMU 2.6
	 * with 2.7's virtio-pci; from 8.4 on all of it is as in 5.2 */
	{ "rhel5", 9 }, { "rhel6", 12 }, { "rhel7.0", 105 },
	{ "rhel7.1", 201 }, { "rhel7.2", 203 }, { "rhel7.3", 207 },
	{ "rhel7.4", 209 }, { "rhel7.5", 210 }, { "rhel7", 212 },
	{ "rhel8.0", 301 }, { "rhel8.1", 401 }, { "rhel8.2", 402 },
	{ "rhel8.3", 501 }, { "rhel", 502 },
};

/* What names without a version begin with. */
static const struct {
	const char *name;
	enum libvirt_transport transport;
} families[] = {
	{ "pc", TRANSPORT_PCI }, { "q35", TRANSPORT_PCI },
	{ "rhel", TRANSPORT_PCI }, { "ubuntu", TRANSPORT_PCI },
	{ "virt", TRANSPORT_PCI }, { "pseries", TRANSPORT_PCI },
	{ "powernv", TRANSPORT_PCI }, { "sbsa-ref", TRANSPORT_PCI },
	{ "sun4u", TRANSPORT_PCI }, { "malta", TRANSPORT_PCI },
	{ "loongson3-virt", TRANSPORT_PCI }, { "mac99", TRANSPORT_PCI },
	{ "g3beige", TRANSPORT_PCI }, { "versatilepb", TRANSPORT_PCI },
	{ "isapc", TRANSPORT_PCI }, { "x-remote", TRANSPORT_PCI },
	{ "s390", TRANSPORT_CCW }, { "microvm", TRANSPORT_MMIO },
	{ "vexpress-", TRANSPORT_MMIO },
};

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* The version that the word at @word names, 0: none. */
static unsigned int version_of(const char *word)
{
	unsigned int major, minor;
	size_t i;

	if (*word >= '0' && *word <= '9' &&
	    sscanf(word, "%2u.%2u", &major, &minor) == 2)
		return major * 100 + minor;
	for (i = 0; i < ARRAY_SIZE(releases); i++)
		if (begins(word, releases[i].word))
			return releases[i].version;
	return 0;
}

void libvirt_machine_parse(struct libvirt_machine *m, const char *name)
{
	const char *word = name;
	size_t i;

	*m = (struct libvirt_machine){ .version = NEWEST, .known = !*name };
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (!begins(name, families[i].name))
			continue;
		m->known = true;
		m->transport = families[i].transport;
		break;
	}
	for (; word && !m->dated; word = strchr(word, '-')) {
		word += *word == '-';
		if (!version_of(word))
			continue;
		m->version = version_of(word);
		m->dated = true;
	}
}

enum libvirt_transport
libvirt_machine_transport(const struct libvirt_machine *m,
			  const char *address)
{
	return !strcmp(address, "pci")	       ? TRANSPORT_PCI :
	       !strcmp(address, "ccw")	       ? TRANSPORT_CCW :
	       !strcmp(address, "virtio-s390") ? TRANSPORT_CCW :
	       !strcmp(address, "virtio-mmio") ? TRANSPORT_MMIO :
						 m->transport;
}

unsigned int libvirt_machine_queues(const struct libvirt_machine *m,
				    enum libvirt_transport t,
				    unsigned int vcpus)
{
	return t == TRANSPORT_PCI && m->version >= 502 ? MAX(vcpus, 1u) : 1;
}

unsigned int libvirt_machine_ring_size(const struct libvirt_machine *m)
{
	return m->version >= 500 ? 256 : 128;
}

bool libvirt_machine_is_legacy(const struct libvirt_machine *m)
{
	return m->version < 207;
}

bool libvirt_machine_two_vectors(const struct libvirt_machine *m)
{
	return m->version < 212;
}
