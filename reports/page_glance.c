/* SPDX-License-Identifier: MIT */
#include "glance.h"

#include <errno.h>
#include <string.h>

#include "html.h"
#include "page.h"
#include "plots.h"
#include "price.h"

#define MANY_LOADS 8

static const char *class_of(const struct report_comparison *k,
			    const struct report_member *m)
{
	const struct ratio *ratio = m ? &m->ratio[k->primary] : NULL;

	if (!ratio || !ratio->valid || report_is_reference(m))
		return "ratio dim";
	if (ratio->verdict == VERDICT_IMPROVED)
		return "ratio good";
	return ratio->verdict == VERDICT_REGRESSED ? "ratio bad" : "ratio";
}

/* "5.8× faster" and on a line of its own "(5.1–6.4)" */
static void put_factor(const struct report_comparison *k,
		       const struct report_member *m, char *text, FILE *out)
{
	char *bounds = strstr(text, " (") ?: strstr(text, " [");
	char price[80];

	fprintf(out, "<td class=\"%s\">", class_of(k, m));
	if (bounds)
		*bounds++ = '\0';
	html_put(out, text);
	if (bounds) {
		fputs("<small>", out);
		html_put(out, bounds);
		fputs("</small>", out);
	}
	if (m && m->cell->blocks_ok &&
	    *price_value(price, sizeof(price), k, m))
		html_element(out, "small", NULL, price);
	fputs("</td>", out);
}

static void put_cell(const struct glance *g, int load, const char *name,
		     FILE *out)
{
	const struct report_member *m;
	char text[120];

	glance_text(text, sizeof(text), g->load[load], name, &m);
	put_factor(g->load[load], m, text, out);
}

/* A line a target; with many loads a line a load, which is easier to scroll. */
static void put_table(const struct glance *g, FILE *out)
{
	bool across = g->nr_loads <= MANY_LOADS;
	int columns = across ? g->nr_loads : g->nr_names;
	int lines = across ? g->nr_names : g->nr_loads;
	int i, j;

	fprintf(out,
		"<div class=\"wide%s\" tabindex=\"0\"><table class=\"glance\">"
		"\n<tr><th></th>",
		across ? "" : " tall");
	for (i = 0; i < columns; i++)
		html_element(out, "th", NULL,
			     across ? g->label[i] : g->name[i]);
	fputs("</tr>\n", out);
	for (i = 0; i < lines; i++) {
		fputs("<tr>", out);
		html_element(out, "td", NULL,
			     across ? g->name[i] : g->label[i]);
		for (j = 0; j < columns; j++)
			put_cell(g, across ? j : i, g->name[across ? i : j],
				 out);
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

static void put_glance(struct page *p, const struct glance *g)
{
	FILE *out = p->out;
	struct err e;

	fprintf(out, "<section><h2>%s</h2><p class=\"dim\">", g->title);
	html_put(out, g->common);
	fputs(*g->common ? "; " : "", out);
	html_put(out, glance_reading);
	if (*glance_warning(g))
		fprintf(out, "; <b>%s</b>", glance_warning(g));
	fputs("</p>", out);
	put_table(g, out);
	if (!p->no_plots) {
		page_figure_begin(p);
		page_figure_end(p, plots_glance(g, &p->plotter, out, &e), &e);
	}
	fputs("</section>\n", out);
}

bool page_glances(struct page *p)
{
	struct glance g;
	bool any = false;
	int i, ret;

	for (i = 0;; i++) {
		ret = glance_open(&g, p->r, i);
		if (ret == -ENODATA)
			continue;
		if (ret < 0)
			return any;
		put_glance(p, &g);
		glance_close(&g);
		any = true;
	}
}
