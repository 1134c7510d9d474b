/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TRACE_EVENTS_H
#define VIOPERF_TRACE_EVENTS_H

#include "lib/err.h"

/*
 * Whole requests, from the stamps of driver and device (@device may be NULL),
 * as a trace that Chrome's tracing page and Perfetto show: the last @max of
 * the window, a bar for each stage, requests in flight together on lines of
 * their own. 0 or -errno.
 */
int trace_events_write(const char *path, const char *driver,
		       const char *device, unsigned int max, struct err *e);

#endif
