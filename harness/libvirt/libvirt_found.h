/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_FOUND_H
#define VIOPERF_LIBVIRT_FOUND_H

#include <stdio.h>

#include "libvirt_plan.h"

/* Say as comments of a scenario what @d has, which target each device is, and
 * what of it a run does not have. */
void libvirt_found_print(const struct plan *p, const struct libvirt_domain *d,
			 FILE *out);

#endif
