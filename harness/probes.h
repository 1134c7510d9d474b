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

#endif
