/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_NOTES_H
#define VIOPERF_GUEST_NOTES_H

#include "report.h"

/* What has to be said of the guests that the cells of @r were measured in:
 * emulated CPUs, more busy threads than CPUs, kernel and switches, and where
 * they differ. Appended to r->notes and r->problems. */
void guest_notes(struct report *r);

/* What guests ran on, in a sentence for the report's head; NULL: none. */
const char *guest_accelerator(const struct report *r);

#endif
