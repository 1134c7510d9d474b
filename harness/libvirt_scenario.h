/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_SCENARIO_H
#define VIOPERF_LIBVIRT_SCENARIO_H

#include <stdio.h>

#include "../lib/err.h"
#include "libvirt_domain.h"

/* Print a scenario that measures what @d has and what a change of its XML
 * would bring. 0, or -errno and @e: nothing in @d can be measured. */
int libvirt_scenario_print(const struct libvirt_domain *d, FILE *out,
			   struct err *e);

#endif
