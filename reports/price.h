/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PRICE_H
#define VIOPERF_PRICE_H

#include "report.h"

/*
 * What a target takes for its speed: "faster" at twice the CPU time is not
 * the same as "faster". So it stands beside every verdict: the device's CPU
 * time per request, or how many CPUs were busy where nobody counts requests.
 */

/* The metric that says it for @k; METRIC_COUNT: nobody measured it. */
enum metric_id price_metric(const struct report_comparison *k);

/* "CPU 1.93µs/req" of the device, "1.9 CPUs busy"; "" where it is not known. */
char *price_value(char *buf, size_t len, const struct report_comparison *k,
		  const struct report_member *m);

/* "1.93µs, 9.51× less"; the reference's without a factor, and that of few
 * blocks or when it cannot be told; "–" where it is not known. */
char *price_text(char *buf, size_t len, const struct report_member *m,
		 enum metric_id id);

#endif
