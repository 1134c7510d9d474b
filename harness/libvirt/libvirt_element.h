/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_ELEMENT_H
#define VIOPERF_LIBVIRT_ELEMENT_H

#include <stdio.h>

#include "lib/err.h"

/*
 * Print what the XML of a libvirt domain says to have the target @name (with
 * its options behind '+'), as one well-formed document: the device's element
 * alone, or a <domain> with every element at its place where it takes several.
 * Paths and names of networks are to be replaced. -EINVAL and @e for a target
 * or option that is not known; @e lists those that are.
 */
int libvirt_element_print(const char *name, FILE *out, struct err *e);

/* Names of the targets that libvirt_element_print knows, NULL at the end. */
const char *libvirt_element_name(unsigned int i);

#endif
