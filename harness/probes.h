/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PROBES_H
#define VIOPERF_PROBES_H

#include <jansson.h>
#include <stddef.h>

/* What `vioperf trace --list` says of this kernel, which is asked once, as
 * lists of {"name","what","status","reason"}: the events that can be seen, each
 * with "refused", [{"attach","reason"}], the better ways that the kernel does
 * not take; and the stages between them. The caller owns them. */
json_t *probes_edges(void);
json_t *probes_stages(void);

/* Why tracing cannot be used here, "" if it can. */
void probes_missing(char *why, size_t room);

/* Why there is no answer, as far as can be known. */
#define PROBES_SILENT                                                    \
	"vioperf trace --list does not answer; was this vioperf built "  \
	"without it? (make says what was missing)"

#endif
