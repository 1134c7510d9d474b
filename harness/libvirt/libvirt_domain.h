/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_DOMAIN_H
#define VIOPERF_LIBVIRT_DOMAIN_H

#include <stdbool.h>

#include "lib/err.h"

/*
 * What matters here of a libvirt domain (libvirt.org/formatdomain.html).
 * Texts are as they stand in the XML but printable, "" when not given;
 * numbers are 0 when not given.
 */
#define LIBVIRT_WORD	    64
#define LIBVIRT_MAX_DEVICES 4096 /* of a kind */

struct libvirt_disk {
	char name[LIBVIRT_WORD];   /* vda */
	char device[LIBVIRT_WORD]; /* disk, cdrom, floppy, lun */
	char source[LIBVIRT_WORD]; /* file, block, network, vhostuser … */
	char bus[LIBVIRT_WORD];	   /* given, or as the name implies */
	char driver[LIBVIRT_WORD];
	char format[LIBVIRT_WORD];
	char cache[LIBVIRT_WORD];
	char io[LIBVIRT_WORD];
	char controller[LIBVIRT_WORD]; /* model of the SCSI controller */
	char protocol[LIBVIRT_WORD];   /* of a source on the network */
	/* Of the ring; of a SCSI disk: its controller's. */
	char address[LIBVIRT_WORD]; /* pci, ccw, virtio-mmio */
	char event_idx[LIBVIRT_WORD];
	char packed[LIBVIRT_WORD];
	char poll_max[LIBVIRT_WORD]; /* of its iothread, ns */
	unsigned int queues;
	unsigned int queue_size;
	bool iothread;
	bool empty;   /* no medium */
	char *unread; /* libvirt_unread.h */
};

struct libvirt_interface {
	char name[LIBVIRT_WORD]; /* its MAC address, or target device */
	char type[LIBVIRT_WORD]; /* network, bridge, user, vhostuser … */
	char model[LIBVIRT_WORD];
	char driver[LIBVIRT_WORD];
	char backend[LIBVIRT_WORD]; /* of user networking: passt */
	char event_idx[LIBVIRT_WORD];
	char packed[LIBVIRT_WORD];
	unsigned int queues;
	unsigned int rx_queue_size;
	char *unread;
};

struct libvirt_rng {
	char model[LIBVIRT_WORD];
	char backend[LIBVIRT_WORD]; /* random, egd, builtin */
	char source[LIBVIRT_WORD];  /* /dev/urandom */
	char *unread;
};

/* A device that is seen but that nothing here can measure. */
struct libvirt_other {
	const char *element;
	char type[LIBVIRT_WORD];
};

struct libvirt_domain {
	char name[LIBVIRT_WORD];
	char type[LIBVIRT_WORD]; /* kvm, qemu */
	char arch[LIBVIRT_WORD];
	char machine[LIBVIRT_WORD];
	char balloon[LIBVIRT_WORD]; /* model; "" without the element */
	unsigned int vcpus;
	unsigned int iothreads;
	unsigned int qemu_args; /* of <qemu:commandline> */
	char *unread;		/* outside of devices that are read */
	char *balloon_unread;
	struct libvirt_disk *disk;
	struct libvirt_interface *interface;
	struct libvirt_rng *rng;
	struct libvirt_other *other;
	unsigned int nr_disks, nr_interfaces, nr_rngs, nr_others;
};

/* Read the domain XML @path ("-": standard input). 0, or -errno and @e.
 * Free it with libvirt_domain_free in either case. */
int libvirt_domain_read(struct libvirt_domain *d, const char *path,
			struct err *e);
void libvirt_domain_free(struct libvirt_domain *d);

#endif
