/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_PROBE_H
#define VIOPERF_GUEST_PROBE_H

#include "scenario.h"

/* What `vioperf guest --probe` says of guests on this machine. */
struct guest_probe {
	char accelerator[8];	  /* "kvm", "tcg" */
	char why_not_kvm[512];	  /* under accelerator = auto */
	char missing[512];	  /* why there can be no guest; "": there can */
};

/* Ask it, for the kernel and accelerator of @s; the first time, this fetches
 * a kernel and tries KVM, and says so on stderr. */
void guest_probe(struct guest_probe *g, const struct scenario *s);

#endif
