/* SPDX-License-Identifier: MIT */
#include "glance.h"
#include "html.h"

static const char *class_of(const struct report_comparison *k,
			    const struct report_member *m)
{
	const struct ratio *ratio = m ? &m->ratio[k->primary] : NULL;

	if (!ratio || !ratio->valid || report_is_reference(m))
		return "dim";
	if (ratio->verdict == VERDICT_IMPROVED)
		return "good";
	return ratio->verdict == VERDICT_REGRESSED ? "bad" : "mid";
}

static void put_line(const struct glance *g, const struct report *r,
		     const char *name, FILE *out)
{
	const struct report_member *m;
	char text[120];
	int j;

	fputs("<tr>", out);
	html_element(out, "td", NULL, name);
	for (j = 0; j < r->nr_comparisons; j++) {
		glance_text(text, sizeof(text), &r->comparison[j], name, &m);
		fprintf(out, "<td class=\"ratio %s\">",
			class_of(&r->comparison[j], m));
		html_put(out, text);
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
}

void glance_html(const struct report *r, FILE *out)
{
	struct glance g;
	int i;

	if (glance_open(&g, r) < 0)
		return;
	fputs("<section><h2>At a glance</h2><p class=\"dim\">Factors against "
	      "the reference by each load's judged figure, with their "
	      "intervals. ",
	      out);
	html_put(out, g.common);
	fputs("</p><div class=\"wide\"><table>\n<tr><th></th>", out);
	for (i = 0; i < r->nr_comparisons; i++)
		html_element(out, "th", NULL, g.label[i]);
	fputs("</tr>\n", out);
	for (i = 0; i < g.nr_names; i++)
		put_line(&g, r, g.name[i], out);
	fputs("</table></div></section>\n", out);
	glance_close(&g);
}
