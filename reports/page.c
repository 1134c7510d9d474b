/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <errno.h>
#include <stdlib.h>

#include "html.h"

void page_figure_begin(struct page *p)
{
	fputs("<figure>", p->out);
}

void page_figure_end(struct page *p, int ret, const struct err *e)
{
	fputs("</figure>\n", p->out);
	if (ret < 0)
		html_element(p->out, "p", "dim", e->text);
	/* None has ever come: so it will be with the others. */
	if (ret < 0 && !p->plotter.nr)
		p->no_plots = true;
	p->no_plots |= ret == -ETIMEDOUT;
}

void page_plot(struct page *p, page_plot_fn *plot,
	       const struct report_comparison *k)
{
	struct err e;

	if (p->no_plots)
		return;
	page_figure_begin(p);
	page_figure_end(p, plot(k, &p->plotter, p->out, &e), &e);
}

const char *page_verdict_class(const struct ratio *ratio)
{
	if (!ratio->valid)
		return "mid";
	if (ratio->verdict == VERDICT_IMPROVED)
		return "good";
	return ratio->verdict == VERDICT_REGRESSED ? "bad" : "mid";
}
