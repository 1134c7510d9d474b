/* SPDX-License-Identifier: MIT */
#include "glance.h"

#include <errno.h>
#include <string.h>

#include "html.h"

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

	fprintf(out, "<td class=\"%s\">", class_of(k, m));
	if (bounds)
		*bounds++ = '\0';
	html_put(out, text);
	if (bounds) {
		fputs("<small>", out);
		html_put(out, bounds);
		fputs("</small>", out);
	}
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
		glance_text(text, sizeof(text), g->report, g->load[j], name,
			    &m);
		put_factor(g->load[j], m, text, out);
	}
	fputs("</tr>\n", out);
}

static void put_glance(const struct glance *g, FILE *out)
{
	int i;

	fputs("<section><h2>At a glance</h2><p class=\"dim\">", out);
	html_put(out, g->common);
	fputs(*g->common ? "; " : "", out);
	html_put(out, glance_reading);
	fputs("</p><div class=\"wide\"><table class=\"glance\">\n"
	      "<tr><th></th>",
	      out);
	for (i = 0; i < g->nr_loads; i++)
		html_element(out, "th", NULL, g->label[i]);
	fputs("</tr>\n", out);
	for (i = 0; i < g->nr_names; i++)
		put_line(g, g->name[i], out);
	fputs("</table></div></section>\n", out);
}

void glance_html(const struct report *r, FILE *out)
{
	struct glance g;
	int i, ret;

	for (i = 0;; i++) {
		ret = glance_open(&g, r, i);
		if (ret == -ENODATA)
			continue;
		if (ret < 0)
			return;
		put_glance(&g, out);
		glance_close(&g);
	}
}
