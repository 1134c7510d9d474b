/* SPDX-License-Identifier: MIT */
/*
 * One file that needs nothing else: style and plots are in it, no script.
 * Tables have one column per target and one line per metric, so that two
 * targets fit a phone.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/record.h"
#include "../lib/util.h"
#include "columns.h"
#include "glance.h"
#include "guest_notes.h"
#include "html.h"
#include "html_style.h"
#include "missing.h"
#include "plots.h"
#include "report.h"

struct page {
	const struct report *r;
	FILE *out;
	int figures;
	bool no_plots; /* no gnuplot, or it hangs: say so once, no more */
};

static const char *verdict_class(const struct ratio *ratio)
{
	if (!ratio->valid)
		return "mid";
	if (ratio->verdict == VERDICT_IMPROVED)
		return "good";
	return ratio->verdict == VERDICT_REGRESSED ? "bad" : "mid";
}

static void put_head(struct page *p)
{
	const json_t *run = p->r->run->json;
	const json_t *host = json_object_get(run, "host");
	FILE *out = p->out;

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head>"
	      "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	      "content=\"width=device-width,initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n",
	      out);
	html_element(out, "title", NULL, record_str(run, "id", "vioperf"));
	fprintf(out, "<style>\n%s</style></head><body>\n", html_style);
	html_element(out, "h1", NULL, record_str(run, "id", "vioperf"));
	fputs("<p class=\"dim\">", out);
	html_put(out, record_str(run, "started", "?"));
	fputs(" on ", out);
	html_put(out, record_str(host, "cpu_model", "an unknown CPU"));
	fprintf(out, ", %.0f CPUs, Linux ", record_num(host, "cpus", 0));
	html_put(out, record_str(host, "kernel", "?"));
	fprintf(out, "; blocks: %.0f", record_num(run, "blocks", 0));
	if (p->r->nr_runs > 1)
		fprintf(out, " here and those of %d more runs",
			p->r->nr_runs - 1);
	fputs("; ratios against <b>", out);
	html_put(out, p->r->reference);
	fprintf(out, "</b>, changes up to %.3g&nbsp;%% do not matter.</p>\n",
		p->r->threshold * 100);
}

static void put_accelerator(struct page *p)
{
	const char *text = guest_accelerator(p->r);

	if (text)
		html_element(p->out, "p", "warn", text);
}

/* Put a plot in, or say once why there are none. */
static void put_figure(struct page *p, int ret, char *svg, const struct err *e)
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

typedef int plot_fn(const struct report_comparison *k, const char *name,
		    char **svg, struct err *e);

static void put_plot(struct page *p, plot_fn *plot,
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
	put_figure(p, ret, svg, &e);
}

static void put_verdict(struct page *p, const struct report_comparison *k,
			const struct report_member *m)
{
	const struct ratio *ratio = &m->ratio[k->primary];
	char text[700];

	fprintf(p->out, "<li><span class=\"badge %s\">%s</span>",
		verdict_class(ratio),
		ratio->valid ? report_verdict_word(ratio->verdict) : "–");
	html_element(p->out, "b", NULL, k->heading);
	fputs("<br>", p->out);
	html_put(p->out, report_sentence(text, sizeof(text), k, m));
	fputs("</li>\n", p->out);
}

static void put_overview(struct page *p)
{
	const struct report_comparison *k;
	char *svg = NULL;
	struct err e;
	int i, j, ret;

	fputs("<section><h2>In short</h2>\n<div class=\"grid\"><ul "
	      "class=\"verdicts\">\n",
	      p->out);
	for (i = 0; i < p->r->nr_comparisons; i++) {
		k = &p->r->comparison[i];
		for (j = 0; j < k->nr_measured; j++)
			if (!report_is_reference(&k->member[j]) &&
			    k->member[j].cell->blocks_ok)
				put_verdict(p, k, &k->member[j]);
	}
	fputs("</ul>\n<div>", p->out);
	ret = plots_overview(p->r, "overview", &svg, &e);
	put_figure(p, ret, svg, &e);
	fputs("</div></div></section>\n", p->out);
}

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
			      : "</th><th>ratio</th>",
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
		metric_text(text, sizeof(text), v->value, v->unit));
	if (report_is_reference(m) || !m->reference)
		return;
	report_ratio_text(text, sizeof(text), ratio);
	interval = strchrnul(text, ' '); /* a line may break here only */
	fprintf(p->out, "<td class=\"ratio %s\">%.*s<span>%s</span></td>",
		verdict_class(ratio), (int)(interval - text), text, interval);
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

static void put_metrics(struct page *p, const struct report_comparison *k)
{
	static const enum metric_id shown[] = {
		METRIC_IOPS,	   METRIC_THROUGHPUT, METRIC_ROUND_TRIPS,
		METRIC_INFLATE,	   METRIC_DEFLATE,    METRIC_BANDWIDTH,
		METRIC_P50,	   METRIC_P99,	      METRIC_P999,
		METRIC_LOSS,	   METRIC_JITTER,     METRIC_KICKS,
		METRIC_CALLS,	   METRIC_SPURIOUS,   METRIC_DRIVER_CPU,
		METRIC_DEVICE_CPU,
	};
	size_t i;
	int j;

	fputs("<div class=\"wide\"><table>\n", p->out);
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

static void put_stage_cells(struct page *p, const struct cell_stage *s)
{
	char mean[32], median[32], p99[32];

	if (!s->present) {
		fputs("<td colspan=\"4\" class=\"dim\">not seen</td>", p->out);
		return;
	}
	fprintf(p->out,
		"<td>%.1f&nbsp;%%</td><td>%s</td><td>%s</td>"
		"<td>%s</td>",
		s->share * 100,
		metric_text(mean, sizeof(mean), s->mean_ns, "ns"),
		metric_text(median, sizeof(median), s->median_ns, "ns"),
		metric_text(p99, sizeof(p99), s->p99_ns, "ns"));
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
	char text[160];
	int i;

	for (i = 0; i < k->nr_measured; i++) {
		if (!traced_of(&k->member[i]))
			continue;
		fputs("<p class=\"dim\">", p->out);
		html_put(p->out, k->member[i].name);
		fprintf(p->out,
			": %s. Its stages add up to %.1f&nbsp;%% of "
			"its mean latency.</p>\n",
			column_tracing_text(text, sizeof(text), &k->member[i]),
			100 * (1 + traced_of(&k->member[i])->stages_off));
	}
}

static void put_stages(struct page *p, const struct report_comparison *k)
{
	int i, id, traced = 0;

	for (i = 0; i < k->nr_measured; i++)
		traced += !!traced_of(&k->member[i]);
	if (!traced)
		return;
	fputs("<div class=\"grid\"><div>\n", p->out);
	put_plot(p, plots_stages, k);
	fputs("</div><div>\n", p->out);
	put_tracing_cost(p, k);
	fputs("</div></div>\n<div class=\"wide\"><table>\n", p->out);
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
				put_stage_cells(
					p,
					&traced_of(&k->member[i])->stage[id]);
		fputs("</tr>\n", p->out);
	}
	fputs("</table></div>\n", p->out);
}

static void put_comparison(struct page *p, const struct report_comparison *k)
{
	if (!k->nr_measured)
		return;
	fputs("<section>", p->out);
	html_element(p->out, "h2", NULL, k->heading);
	fputs("<div class=\"grid\"><div>\n", p->out);
	put_metrics(p, k);
	fputs("</div><div>\n", p->out);
	put_plot(p, plots_blocks, k);
	put_plot(p, plots_latency, k);
	fputs("</div></div>\n", p->out);
	put_stages(p, k);
	fputs("</section>\n", p->out);
}

static void put_list(struct page *p, const char *title, const json_t *list)
{
	const json_t *item;
	size_t i;

	if (!json_array_size(list))
		return;
	fprintf(p->out, "<section><h2>%s</h2><ul>\n", title);
	json_array_foreach(list, i, item)
		html_element(p->out, "li", NULL, json_string_value(item));
	fputs("</ul></section>\n", p->out);
}

static void put_host(struct page *p)
{
	json_t *host = json_object_get(p->r->run->json, "host");
	const char *key;
	json_t *value;
	char *text;

	fputs("<section><h2>Host</h2><div class=\"wide\"><table>\n", p->out);
	json_object_foreach(host, key, value) {
		text = json_is_string(value)
			       ? strdup(json_string_value(value))
			       : json_dumps(value, JSON_ENCODE_ANY);
		fputs("<tr>", p->out);
		html_element(p->out, "td", NULL, key);
		html_element(p->out, "td", "text",
			     json_is_null(value) ? "not known"
			     : text		 ? text
						 : "?");
		fputs("</tr>\n", p->out);
		free(text);
	}
	fputs("</table></div></section>\n", p->out);
}

int report_html(const struct report *r, FILE *out)
{
	struct page p = { .r = r, .out = out };
	int i;

	put_head(&p);
	put_accelerator(&p);
	glance_html(r, out);
	put_overview(&p);
	for (i = 0; i < r->nr_comparisons; i++)
		put_comparison(&p, &r->comparison[i]);
	missing_html(r, out);
	put_list(&p, "Notes", r->notes);
	put_list(&p, "Problems", r->problems);
	fputs("<section><h2>How to read this, and when not to trust it</h2>"
	      "<ul>\n",
	      out);
	for (i = 0; report_reading[i]; i++)
		html_element(out, "li", NULL, report_reading[i]);
	fputs("</ul></section>\n", out);
	put_host(&p);
	fputs("</body></html>\n", out);
	return 0;
}
