/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_NOTES_H
#define VIOPERF_GUEST_NOTES_H

#include "report.h"

/* What has to be said of the guests that the cells of @r were measured in:
 * kernel and switches into r->notes, where they differ into r->problems, more
 * busy threads than CPUs into the notes of comparisons. */
void guest_notes(struct report *r);

/* The first guest that any cell was measured in; NULL: none. */
const json_t *guest_first(const struct report *r);

/* What guests ran on, in a sentence for the report's head; NULL: none. */
const char *guest_accelerator(const struct report *r);

#endif
