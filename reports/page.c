/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <errno.h>
#include <stdlib.h>

#include "html.h"

void page_figure(struct page *p, int ret, char *svg, const struct err *e)
{
	if (!ret && svg) {
		fputs("<figure>", p->out);
		fputs(svg, p->out);
		fputs("</figure>\n", p->out);
	}
	free(svg);
	if (ret < 0)
		html_element(p->out, "p", "dim", e->text);
	if (ret == -ENOENT || ret == -ETIMEDOUT)
		p->no_plots = true;
}

void page_plot(struct page *p, page_plot_fn *plot,
	       const struct report_comparison *k)
{
	char *svg = NULL;
	char name[16];
	struct err e;
	int ret;

	if (p->no_plots)
		return;
	snprintf(name, sizeof(name), "p%d", p->figures++);
	ret = plot(k, name, &svg, &e);
	page_figure(p, ret, svg, &e);
}

const char *page_verdict_class(const struct ratio *ratio)
{
	if (!ratio->valid)
		return "mid";
	if (ratio->verdict == VERDICT_IMPROVED)
		return "good";
	return ratio->verdict == VERDICT_REGRESSED ? "bad" : "mid";
}
