/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_MACHINE_H
#define VIOPERF_LIBVIRT_MACHINE_H

#include <stdbool.h>

/* How a virtio device hangs on the machine. */
enum libvirt_transport {
	TRANSPORT_PCI,
	TRANSPORT_CCW,	/* s390x channels */
	TRANSPORT_MMIO, /* without a bus: microvm, old ARM boards */
};

/* A machine type of QEMU, as <type machine=''> names it. */
struct libvirt_machine {
	unsigned int version; /* 502: the QEMU 5.2 whose defaults it has */
	bool dated;	      /* the name says so; else it is the newest */
	bool known;	      /* a family of the table, dated or not */
	enum libvirt_transport transport; /* what it has by default */
};

void libvirt_machine_parse(struct libvirt_machine *m, const char *name);

/* What a <address type=''> says of the transport; @m's if nothing. */
enum libvirt_transport
libvirt_machine_transport(const struct libvirt_machine *m,
			  const char *address);

/* What QEMU takes where the domain says nothing: request queues of a virtio
 * disk or SCSI controller, and requests in its ring. */
unsigned int libvirt_machine_queues(const struct libvirt_machine *m,
				    enum libvirt_transport t,
				    unsigned int vcpus);
unsigned int libvirt_machine_ring_size(const struct libvirt_machine *m);

/* Its virtio devices on PCI speak the dialect from before virtio 1.0. */
bool libvirt_machine_is_legacy(const struct libvirt_machine *m);

/* A virtio disk on PCI has two interrupts for all its queues. */
bool libvirt_machine_two_vectors(const struct libvirt_machine *m);

#endif
