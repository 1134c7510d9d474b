/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/util.h"
#include "lib/units.h"
#include "columns.h"
#include "factor.h"
#include "html.h"
#include "page.h"
#include "plots.h"
#include "report_tables.h"

static void put_target_heads(struct page *p, const struct report_comparison *k)
{
	int i;

	fputs("<tr><th></th>", p->out);
	for (i = 0; i < k->nr_measured; i++) {
		fprintf(p->out,
			"<th><span class=\"swatch\" style="
			"\"background:%s\"></span>",
			plots_target_colour(i));
		html_put(p->out, k->member[i].name);
		fputs(report_is_reference(&k->member[i]) ||
				      !k->member[i].reference
			      ? "</th>"
			      : "</th><th>against it</th>",
		      p->out);
	}
	fputs("</tr>\n", p->out);
}

static void put_metric_cell(struct page *p, const struct report_comparison *k,
			    const struct report_member *m, int id)
{
	const struct metric *v = &m->cell->metric[id];
	const struct ratio *ratio = &m->ratio[id];
	const char *interval;
	char text[80];

	fputs("<td", p->out);
	if (v->reason) {
		fputs(" title=\"", p->out);
		html_put(p->out, v->reason);
		fputs("\"", p->out);
	}
	fprintf(p->out, ">%s</td>",
		units_value(text, sizeof(text), v->value, v->unit));
	if (report_is_reference(m) || !m->reference)
		return;
	factor_text(text, sizeof(text), ratio, (enum metric_id)id);
	/* A line may break here only. */
	interval = text + strcspn(text, "([");
	fprintf(p->out, "<td class=\"ratio %s\">%.*s<span>%s</span></td>",
		page_verdict_class(ratio), (int)(interval - text), text,
		interval);
}

static void put_blocks_line(struct page *p, const struct report_comparison *k)
{
	const struct report_member *m;
	int i;

	fputs("<tr><td>blocks</td>", p->out);
	for (i = 0; i < k->nr_measured; i++) {
		m = &k->member[i];
		fprintf(p->out, "<td>%d", m->cell->blocks_ok);
		if (m->cell->blocks_failed)
			fprintf(p->out, ", %d failed", m->cell->blocks_failed);
		fputs("</td>", p->out);
		if (!report_is_reference(m) && m->reference)
			fprintf(p->out, "<td>%d %s</td>",
				m->ratio[k->primary].n,
				m->ratio[k->primary].n == 1 ? "pair" : "pairs");
	}
	fputs("</tr>\n", p->out);
}

/* Requests/s say all that bandwidth does. */
static bool has_metric(const struct report_comparison *k, enum metric_id id)
{
	int i;

	for (i = 0; i < k->nr_measured; i++)
		if (k->member[i].cell->metric[id].n &&
		    !(id == METRIC_BANDWIDTH &&
		      k->member[i].cell->metric[METRIC_IOPS].n))
			return true;
	return false;
}

void page_metrics(struct page *p, const struct report_comparison *k)
{
	static const enum metric_id shown[] = {
		METRIC_IOPS,	   METRIC_THROUGHPUT, METRIC_ROUND_TRIPS,
		METRIC_INFLATE,	   METRIC_DEFLATE,    METRIC_BANDWIDTH,
		METRIC_P50,	   METRIC_P99,	      METRIC_P999,
		METRIC_LOSS,	   METRIC_JITTER,     METRIC_KICKS,
		METRIC_CALLS,	   METRIC_EXITS,      METRIC_DOORBELL,
		METRIC_SPURIOUS,   METRIC_DRIVER_CPU,
		METRIC_DEVICE_CPU, METRIC_BUSY_CPUS,
	};
	size_t i;
	int j;

	fputs("<div class=\"wide\" tabindex=\"0\"><table>\n", p->out);
	put_target_heads(p, k);
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		if (!has_metric(k, shown[i]))
			continue;
		fprintf(p->out, "<tr%s><td>%s</td>",
			shown[i] == k->primary ? " class=\"judged\"" : "",
			metric_table[shown[i]].title);
		for (j = 0; j < k->nr_measured; j++)
			put_metric_cell(p, k, &k->member[j], shown[i]);
		fputs("</tr>\n", p->out);
	}
	put_blocks_line(p, k);
	fputs("</table></div>\n", p->out);
}

static void put_heads(FILE *out, const struct table *t)
{
	int i;

	for (i = 1; i < t->nr_columns; i++)
		html_element(out, "th", NULL, t->title[i]);
}

static void put_row(FILE *out, const struct table *t, int row,
		    const char *class)
{
	const char *text;
	int i;

	for (i = 1; i < t->nr_columns; i++) {
		text = t->row[row].text[i];
		html_element(out, "td", class, text ? text : "");
	}
}

static void put_target(struct page *p, const struct report_comparison *k, int i)
{
	fprintf(p->out,
		"<tr><td><span class=\"swatch\" style=\"background:%s\">"
		"</span>",
		plots_target_colour(i));
	html_put(p->out, k->member[i].name);
	fputs("</td>", p->out);
}

void page_targets(struct page *p, const struct report_comparison *k)
{
	struct table factors = { 0 }, figures = { 0 };
	const struct report_member *m;
	char ratio[40];
	int i;

	snprintf(ratio, sizeof(ratio), "by %s",
		 metric_table[k->primary].title);
	report_fill_comparison(k, &column_factors, &factors);
	report_fill_comparison(k, &column_figures, &figures);
	if (factors.nr_columns > 1)
		factors.title[1] = ratio;
	fputs("<div class=\"wide\" tabindex=\"0\"><table class=\"dense\">\n"
	      "<tr><th></th>",
	      p->out);
	put_heads(p->out, &factors);
	put_heads(p->out, &figures);
	fputs("</tr>\n", p->out);
	for (i = 0; i < figures.nr_rows && !figures.failed && !factors.failed;
	     i++) {
		m = &k->member[i];
		put_target(p, k, i);
		put_row(p->out, &factors, i,
			report_is_reference(m)
				? "dim"
				: page_verdict_class(&m->ratio[k->primary]));
		put_row(p->out, &figures, i, NULL);
		fputs("</tr>\n", p->out);
	}
	fputs("</table></div>\n", p->out);
	table_free(&factors);
	table_free(&figures);
}
