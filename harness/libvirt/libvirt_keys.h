/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_KEYS_H
#define VIOPERF_LIBVIRT_KEYS_H

#include <stdio.h>

#include "libvirt_plan.h"

/* The sections of the scenario that measures @p. */
void libvirt_keys_print(const struct plan *p, const struct libvirt_domain *d,
			FILE *out);

#endif
