/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PAGE_H
#define VIOPERF_PAGE_H

#include "plot.h"
#include "report.h"

/* The HTML report while it is written. */
struct page {
	const struct report *r;
	FILE *out;
	struct plotter plotter;
	bool no_plots; /* no gnuplot, or it hangs: say so once, no more */
};

typedef int page_plot_fn(const struct report_comparison *k, struct plotter *g,
			 FILE *out, struct err *e);

/* Around what plots_…() print: end with what they returned; if that is an
 * error it is said, once where there can be no plots. */
void page_figure_begin(struct page *p);
void page_figure_end(struct page *p, int ret, const struct err *e);
void page_plot(struct page *p, page_plot_fn *plot,
	       const struct report_comparison *k);

/* The class of what a verdict colours. */
const char *page_verdict_class(const struct ratio *ratio);

/* Factors at a glance; false: there were none to show. */
bool page_glances(struct page *p);

/* Figures: a column a target and a line a metric, or a line a target. */
void page_metrics(struct page *p, const struct report_comparison *k);
void page_targets(struct page *p, const struct report_comparison *k);

/* Where the time of a request goes, for targets that were traced. */
void page_stages(struct page *p, const struct report_comparison *k);

#endif
