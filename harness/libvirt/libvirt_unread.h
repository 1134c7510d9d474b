/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_UNREAD_H
#define VIOPERF_LIBVIRT_UNREAD_H

#include <libxml/tree.h>
#include <stdio.h>

#define LIBVIRT_QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

/*
 * What of @root (a device, a controller, the domain; or NULL) nobody has taken
 * (libvirt_xml.h), and what that means for a run: a line each. What bears on
 * no figure (an address, an alias, where the data are) is passed over.
 */
void libvirt_unread(xmlNode *root, FILE *f);

#endif
