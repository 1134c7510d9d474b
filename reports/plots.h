/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PLOTS_H
#define VIOPERF_PLOTS_H

#include "glance.h"
#include "report.h"

/*
 * The plots of a report, each as an <svg> element that the caller frees.
 * 0 with *@svg NULL: there is nothing to draw. @name: unique in the page.
 */

/* All ratios on one axis; right of 1 is better than the reference. */
int plots_overview(const struct report *r, const char *name, char **svg,
		   struct err *e);

/* The same for targets of one type: a line a target, a colour a load. */
int plots_glance(const struct glance *g, const char *name, char **svg,
		 struct err *e);

/* The judged metric: each block a point, median and interval. */
int plots_blocks(const struct report_comparison *k, const char *name,
		 char **svg, struct err *e);

/* Latency by percentile, from the sum of all blocks' histograms. */
int plots_latency(const struct report_comparison *k, const char *name,
		  char **svg, struct err *e);

/* Mean time in each stage, stacked, one bar per traced target. */
int plots_stages(const struct report_comparison *k, const char *name,
		 char **svg, struct err *e);

/* "#rrggbb" of the i-th target of a comparison, and of a stage. */
const char *plots_target_colour(int i);
const char *plots_stage_colour(int stage);

#endif
