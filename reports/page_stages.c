/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "lib/units.h"
#include "html.h"
#include "page.h"
#include "columns.h"
#include "plots.h"

#define DENSE_FROM 3 /* more targets than this: smaller print */

static const struct cell *traced_of(const struct report_member *m)
{
	return m->cell->twin && m->cell->twin->has_stages ? m->cell->twin
							  : NULL;
}

static void put_stage_heads(struct page *p, const struct report_comparison *k)
{
	int i;

	fputs("<tr><th></th>", p->out);
	for (i = 0; i < k->nr_measured; i++) {
		if (!traced_of(&k->member[i]))
			continue;
		fputs("<th colspan=\"4\">", p->out);
		html_put(p->out, k->member[i].name);
		fputs("</th>", p->out);
	}
	fputs("</tr>\n<tr><th>stage</th>", p->out);
	for (i = 0; i < k->nr_measured; i++)
		if (traced_of(&k->member[i]))
			fputs("<th>share</th><th>mean</th><th>p50</th>"
			      "<th>p99</th>",
			      p->out);
	fputs("</tr>\n", p->out);
}

static void put_stage_cells(struct page *p, const struct report_member *m,
			    int id)
{
	const struct cell_stage *s = &traced_of(m)->stage[id];
	const char *td = report_is_distorted(m) ? "<td class=\"dim\">" : "<td>";
	char share[32], mean[32], median[32], p99[32];
	/* What is left may be anything around 0. */
	double mean_ns = fabs(s->mean_ns) < 0.5 ? 0 : s->mean_ns;

	if (!s->present) {
		fputs("<td colspan=\"4\" class=\"dim\">not seen</td>", p->out);
		return;
	}
	fprintf(p->out,
		"%s%s%s</td>%s%s</td>%s%s</td>%s%s</td>",
		td, column_share_text(share, sizeof(share), s),
		cell_stage_incomplete(s) > 0 ? " <span class=\"bad\" "
			"title=\"incomplete, see above\">!</span>" : "",
		td, units_value(mean, sizeof(mean), mean_ns, "ns"),
		td, units_value(median, sizeof(median), s->median_ns, "ns"),
		td, units_value(p99, sizeof(p99), s->p99_ns, "ns"));
}

static bool stage_is_seen(const struct report_comparison *k, int id)
{
	int i;

	for (i = 0; i < k->nr_measured; i++)
		if (traced_of(&k->member[i]) &&
		    traced_of(&k->member[i])->stage[id].present)
			return true;
	return false;
}

static void put_tracing_cost(struct page *p, const struct report_comparison *k)
{
	const struct cell *c;
	char text[160];
	int i;

	for (i = 0; i < k->nr_measured; i++) {
		c = traced_of(&k->member[i]);
		if (!c)
			continue;
		fputs("<p class=\"dim\">", p->out);
		html_put(p->out, k->member[i].name);
		fprintf(p->out,
			": %s; stages explain %.1f&nbsp;%% of its traced "
			"mean latency.</p>\n",
			column_tracing_text(text, sizeof(text), &k->member[i]),
			100 * (1 + c->stages_off -
			       c->stage[STAGE_UNATTRIBUTED].share));
	}
}

/* Of a chart's bars, those that do not show all. */
static void put_incomplete(struct page *p, const struct report_comparison *k)
{
	const struct cell_stage *s;
	char note[60];
	int i, id;

	for (i = 0; i < k->nr_measured; i++) {
		if (!traced_of(&k->member[i]))
			continue;
		for (id = 0; id < STAGE_COUNT; id++) {
			s = &traced_of(&k->member[i])->stage[id];
			if (cell_stage_incomplete(s) <= 0)
				continue;
			fputs("<p class=\"bad\">", p->out);
			html_put(p->out, k->member[i].name);
			fprintf(p->out, ": %s%s</p>\n", stage_table[id].name,
				column_incomplete_text(note, sizeof(note), s));
		}
	}
}

void page_stages(struct page *p, const struct report_comparison *k)
{
	int i, id, traced = 0;

	for (i = 0; i < k->nr_measured; i++)
		traced += !!traced_of(&k->member[i]);
	if (!traced)
		return;
	page_plot(p, plots_stages, k);
	put_tracing_cost(p, k);
	put_incomplete(p, k);
	fprintf(p->out, "<div class=\"wide%s\" tabindex=\"0\"><table>\n",
		traced > DENSE_FROM ? " dense" : "");
	put_stage_heads(p, k);
	for (id = 0; id < STAGE_COUNT; id++) {
		if (!stage_is_seen(k, id))
			continue;
		fprintf(p->out,
			"<tr title=\"%s\"><td><span class=\"swatch\" "
			"style=\"background:%s\"></span>%s</td>",
			stage_table[id].what, plots_stage_colour(id),
			stage_table[id].name);
		for (i = 0; i < k->nr_measured; i++)
			if (traced_of(&k->member[i]))
				put_stage_cells(p, &k->member[i], id);
		fputs("</tr>\n", p->out);
	}
	fputs("</table></div>\n", p->out);
}
