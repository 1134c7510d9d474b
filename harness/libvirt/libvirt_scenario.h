/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_SCENARIO_H
#define VIOPERF_LIBVIRT_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/err.h"
#include "libvirt_domain.h"

/* What a scenario will take; the times as a rule of thumb. */
struct libvirt_scenario_cost {
	unsigned int nr_cells, nr_blocks;
	uint64_t kvm_ns, tcg_ns;
	bool emulated; /* in any case */
};

/* Print a scenario that measures what @d has and what a change of its XML
 * would bring. 0, or -errno and @e: nothing in @d can be measured. */
int libvirt_scenario_print(const struct libvirt_domain *d, FILE *out,
			   struct libvirt_scenario_cost *c, struct err *e);

/* "Up to 23 cells in 6 blocks …" */
void libvirt_scenario_cost_print(const struct libvirt_scenario_cost *c,
				 FILE *out);

#endif
