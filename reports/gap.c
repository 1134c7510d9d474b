/* SPDX-License-Identifier: MIT */
#include "gap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "utf8.h"

#define LEAST_SHARE 0.01 /* lines below are left out */

static const struct cell *traced_of(const struct report_member *m)
{
	const struct cell *twin = m->cell->twin;

	return twin && twin->has_stages && twin->latency->count ? twin : NULL;
}

/* What @stage adds to the mean latency of one request. */
static double per_request_ns(const struct cell *c, int stage)
{
	return c->stage[stage].present ?
		       c->stage[stage].sum_ns / (double)c->latency->count : 0;
}

static int by_weight(const void *a, const void *b)
{
	double x = fabs(((const struct gap_line *)a)->diff_ns);
	double y = fabs(((const struct gap_line *)b)->diff_ns);

	return x > y ? -1 : x < y;
}

static bool gap_of(struct gap *g, const struct report_member *from,
		   const struct report_member *to)
{
	const struct cell *a = traced_of(from), *b = traced_of(to);
	struct gap_line *l;
	double whole;
	int i;

	if (!a || !b)
		return false;
	*g = (struct gap){ .from = from,
			   .to = to,
			   .from_ns = hist_mean(a->latency),
			   .to_ns = hist_mean(b->latency) };
	whole = g->to_ns - g->from_ns;
	for (i = 0; i < STAGE_COUNT; i++) {
		if (!a->stage[i].present && !b->stage[i].present)
			continue;
		l = &g->line[g->nr++];
		l->stage = i;
		l->from_ns = per_request_ns(a, i);
		l->to_ns = per_request_ns(b, i);
		l->diff_ns = l->to_ns - l->from_ns;
		l->share = whole ? l->diff_ns / whole : 0;
	}
	qsort(g->line, (size_t)g->nr, sizeof(*g->line), by_weight);
	return true;
}

void gap_each(const struct report_comparison *k,
	      void (*fn)(const struct report_comparison *k,
			 const struct gap *g, void *arg),
	      void *arg)
{
	const struct report_member *m, *o;
	struct gap g;
	int i, j;

	for (i = 0; i < k->nr_measured; i++) {
		m = &k->member[i];
		if (m->reference && !report_is_reference(m) &&
		    gap_of(&g, m->reference, m))
			fn(k, &g, arg);
		for (j = i + 1; j < k->nr_measured; j++) {
			o = &k->member[j];
			if (!strcmp(m->cell->target, o->cell->target) &&
			    !cell_same_driver(m->cell, o->cell) &&
			    gap_of(&g, m, o))
				fn(k, &g, arg);
		}
	}
}

static char *difference(char *buf, size_t len, double ns)
{
	char number[32];

	snprintf(buf, len, "%s%s", ns < 0 ? "−" : "+",
		 metric_text(number, sizeof(number), fabs(ns), "ns"));
	return buf;
}

static bool is_shown(const struct gap_line *l)
{
	return fabs(l->share) >= LEAST_SHARE;
}

static void fill_one(const struct report_comparison *k, const struct gap *g,
		     void *arg)
{
	const struct gap_line *l;
	struct table *t = arg;
	char text[512], diff[40];

	snprintf(text, sizeof(text), "%s · %s → %s: %s in the mean", k->heading,
		 g->from->name, g->to->name,
		 difference(diff, sizeof(diff), g->to_ns - g->from_ns));
	table_heading(t, utf8_repair(text));
	for (l = g->line; l < g->line + g->nr; l++) {
		if (!is_shown(l))
			continue;
		table_row(t, TABLE_PLAIN);
		table_set(t, 0, stage_table[l->stage].name);
		table_set(t, 1, metric_text(text, sizeof(text), l->from_ns,
					    "ns"));
		table_set(t, 2, metric_text(text, sizeof(text), l->to_ns,
					    "ns"));
		table_set(t, 3, difference(text, sizeof(text), l->diff_ns));
		snprintf(text, sizeof(text), "%.0f %%", l->share * 100);
		table_set(t, 4, text);
	}
}

void gap_fill(const struct report *r, struct table *t)
{
	static const char *const titles[] = { "stage", "from", "to",
					      "difference", "of the gap" };
	int i;

	t->nr_columns = 5;
	for (i = 0; i < t->nr_columns; i++) {
		t->title[i] = titles[i];
		t->left[i] = !i;
	}
	for (i = 0; i < r->nr_comparisons; i++)
		gap_each(&r->comparison[i], fill_one, t);
}

static void html_one(const struct report_comparison *k, const struct gap *g,
		     void *arg)
{
	const struct gap_line *l;
	char from[40], to[40], diff[40];
	FILE *out = arg;

	fputs("<h3>Where the gap is: ", out);
	html_put(out, g->from->name);
	fputs(" → ", out);
	html_put(out, g->to->name);
	fprintf(out, ", %s in the mean</h3>\n<div class=\"wide\"><table>\n"
		     "<tr><th>stage</th><th>from</th><th>to</th>"
		     "<th>difference</th><th>of the gap</th></tr>\n",
		difference(diff, sizeof(diff), g->to_ns - g->from_ns));
	for (l = g->line; l < g->line + g->nr; l++)
		if (is_shown(l))
			fprintf(out,
				"<tr title=\"%s\"><td>%s</td><td>%s</td>"
				"<td>%s</td><td>%s</td><td>%.0f&nbsp;%%</td>"
				"</tr>\n",
				stage_table[l->stage].what,
				stage_table[l->stage].name,
				metric_text(from, sizeof(from), l->from_ns,
					    "ns"),
				metric_text(to, sizeof(to), l->to_ns, "ns"),
				difference(diff, sizeof(diff), l->diff_ns),
				l->share * 100);
	fputs("</table></div>\n", out);
}

void gap_html(const struct report_comparison *k, FILE *out)
{
	gap_each(k, html_one, out);
}

static void json_one(const struct report_comparison *k, const struct gap *g,
		     void *arg)
{
	json_t *lines = json_array(), *list = arg;
	const struct gap_line *l;

	for (l = g->line; l < g->line + g->nr; l++)
		json_array_append_new(
			lines,
			json_pack("{ss sf sf sf}", "stage",
				  stage_table[l->stage].name, "from_ns",
				  l->from_ns, "to_ns", l->to_ns, "difference_ns",
				  l->diff_ns));
	json_array_append_new(
		list, json_pack("{ss ss sf sf so}", "from",
				g->from->cell->id, "to", g->to->cell->id,
				"from_ns", g->from_ns, "to_ns", g->to_ns,
				"stages", lines));
}

json_t *gap_json(const struct report_comparison *k)
{
	json_t *list = json_array();

	gap_each(k, json_one, list);
	return list;
}
