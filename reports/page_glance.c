/* SPDX-License-Identifier: MIT */
#include "glance.h"

#include <errno.h>
#include <string.h>

#include "html.h"
#include "page.h"
#include "plots.h"
#include "price.h"

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

static void put_line(const struct glance *g, const char *name, FILE *out)
{
	const struct report_member *m;
	char text[120];
	int j;

	fputs("<tr>", out);
	html_element(out, "td", NULL, name);
	for (j = 0; j < g->nr_loads; j++) {
		glance_text(text, sizeof(text), g->load[j], name, &m);
		put_factor(g->load[j], m, text, out);
	}
	fputs("</tr>\n", out);
}

static void put_glance(struct page *p, const struct glance *g)
{
	FILE *out = p->out;
	char *svg = NULL;
	char name[16];
	struct err e;
	int i, ret;

	fprintf(out, "<section><h2>%s</h2><p class=\"dim\">", g->title);
	html_put(out, g->common);
	fputs(*g->common ? "; " : "", out);
	html_put(out, glance_reading);
	if (*glance_warning(g))
		fprintf(out, "; <b>%s</b>", glance_warning(g));
	fputs("</p><div class=\"wide\"><table class=\"glance\">\n"
	      "<tr><th></th>",
	      out);
	for (i = 0; i < g->nr_loads; i++)
		html_element(out, "th", NULL, g->label[i]);
	fputs("</tr>\n", out);
	for (i = 0; i < g->nr_names; i++)
		put_line(g, g->name[i], out);
	fputs("</table></div>\n", out);
	if (!p->no_plots) {
		snprintf(name, sizeof(name), "p%d", p->figures++);
		ret = plots_glance(g, name, &svg, &e);
		page_figure(p, ret, svg, &e);
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
