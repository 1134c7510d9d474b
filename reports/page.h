/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PAGE_H
#define VIOPERF_PAGE_H

#include "report.h"

/* The HTML report while it is written. */
struct page {
	const struct report *r;
	FILE *out;
	int figures;
	bool no_plots; /* no gnuplot, or it hangs: say so once, no more */
};

typedef int page_plot_fn(const struct report_comparison *k, const char *name,
			 char **svg, struct err *e);

/* Put a plot in, or say once why there are none. Frees @svg. */
void page_figure(struct page *p, int ret, char *svg, const struct err *e);
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
