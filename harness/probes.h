/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PROBES_H
#define VIOPERF_PROBES_H

#include <jansson.h>
#include <stddef.h>

/* What `vioperf trace --list` says of this kernel; NULL when it says nothing.
 * The caller owns it. */
json_t *probes_json(void);

/* Why tracing cannot be used here, "" if it can. */
void probes_missing(char *why, size_t room);

/* Why there is no answer, as far as can be known. */
#define PROBES_SILENT                                                    \
	"vioperf trace --list does not answer; was this vioperf built "  \
	"without it? (make says what was missing)"

#endif
