/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PLOTS_H
#define VIOPERF_PLOTS_H

#include "glance.h"
#include "plot.h"
#include "report.h"

/*
 * The plots of a report, each printed as an <svg> element. 1; 0: there is
 * nothing to draw; or as plot_finish.
 */

/* The factors of comparisons on one axis, the largest when there are many. */
int plots_overview(const struct report *r, struct plotter *g, FILE *out,
		   struct err *e);

/* The same for targets of one type: a line a target, a colour a load. */
int plots_glance(const struct glance *glance, struct plotter *g, FILE *out,
		 struct err *e);

/* The judged metric: each block a point, median and interval. */
int plots_blocks(const struct report_comparison *k, struct plotter *g,
		 FILE *out, struct err *e);

/* Latency by percentile, from the sum of all blocks' histograms. */
int plots_latency(const struct report_comparison *k, struct plotter *g,
		  FILE *out, struct err *e);

/* Mean time in each stage, stacked, one bar per traced target. */
int plots_stages(const struct report_comparison *k, struct plotter *g,
		 FILE *out, struct err *e);

/* What to divide an axis by, so that its numbers are short. */
struct plots_scale {
	double factor;
	const char *unit;
};
struct plots_scale plots_scale_of(double max, const char *unit);

/* A line for each target, named at the left. */
void plots_put_targets(FILE *out, const struct report_comparison *k);

/* How many targets plots tell apart by colour. */
#define PLOTS_COLOURS 12

/* "#rrggbb" of the i-th target of a comparison, and of a stage: no target has
 * the colour of a stage. */
const char *plots_target_colour(int i);
const char *plots_stage_colour(int stage);

#endif
