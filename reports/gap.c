/* SPDX-License-Identifier: MIT */
#include "gap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "html.h"
#include "threshold.h"
#include "utf8.h"

#define LEAST_SHARE 0.01 /* lines below are left out */

const char gap_title[] =
	"Where the gaps are, stage by stage, largest first (unattributed + 5: "
	"with as many stages that only one of the two can show)";

static const struct cell *traced_of(const struct report_member *m)
{
	const struct cell *twin = m->cell->twin;

	return twin && twin->has_stages && twin->latency->count ? twin : NULL;
}

/* What @stage adds to the mean latency of one request; NAN: has it not. */
static double per_request_ns(const struct cell *c, int stage)
{
	return c->stage[stage].present ?
		       c->stage[stage].sum_ns / (double)c->latency->count : NAN;
}

static double or_none(double ns)
{
	return isnan(ns) ? 0 : ns;
}

/* The stages in which the two do not show the same part of a request. */
static unsigned int to_fold(const struct cell *a, const struct cell *b)
{
	unsigned int set = 0;
	int i;

	for (i = 0; i < STAGE_UNATTRIBUTED; i++)
		if (stage_table[i].per == STAGE_PER_REQUEST &&
		    a->stage[i].present != b->stage[i].present)
			set |= 1U << i;
	return set;
}

/* @stage of @c, with what is folded into it. */
static double line_ns(const struct gap *g, const struct cell *c, int stage)
{
	double ns = per_request_ns(c, stage);
	int i;

	if (stage != STAGE_UNATTRIBUTED || !g->folded)
		return ns;
	ns = or_none(ns);
	for (i = 0; i < STAGE_UNATTRIBUTED; i++)
		if (g->folded & 1U << i)
			ns += or_none(per_request_ns(c, i));
	return ns;
}

static int by_weight(const void *a, const void *b)
{
	double x = fabs(((const struct gap_line *)a)->diff_ns);
	double y = fabs(((const struct gap_line *)b)->diff_ns);

	return x > y ? -1 : x < y;
}

/* By the mean latencies of blocks that both have. */
static bool is_in_noise(const struct cell *a, const struct cell *b)
{
	struct ratio r;

	return ratio_of(&a->metric[METRIC_MEAN], &b->metric[METRIC_MEAN], true,
			THRESHOLD_DEFAULT, &r) < 0 ||
	       !r.valid || (r.low <= 1 && r.high >= 1);
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
			   .from_ns = hist_sum_mean(a->latency),
			   .to_ns = hist_sum_mean(b->latency) };
	g->folded = to_fold(a, b);
	g->in_noise = is_in_noise(a, b);
	g->distorted = report_is_distorted(from) || report_is_distorted(to);
	whole = g->to_ns - g->from_ns;
	for (i = 0; i < STAGE_COUNT; i++) {
		if ((!a->stage[i].present && !b->stage[i].present) ||
		    g->folded & 1U << i)
			continue;
		l = &g->line[g->nr++];
		l->stage = i;
		l->from_ns = line_ns(g, a, i);
		l->to_ns = line_ns(g, b, i);
		l->diff_ns = or_none(l->to_ns) - or_none(l->from_ns);
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
		 units_value(number, sizeof(number), fabs(ns), "ns"));
	return buf;
}

static char *share_text(char *buf, size_t len, const struct gap *g,
			const struct gap_line *l)
{
	if (g->in_noise)
		snprintf(buf, len, "–");
	else
		snprintf(buf, len, "%s%.0f %%", l->share <= -0.005 ? "−" : "",
			 fabs(l->share * 100));
	return buf;
}

/* "unattributed + 5": five stages that only one of the two can show. */
static char *line_name(char *buf, size_t len, const struct gap *g,
		       const struct gap_line *l)
{
	snprintf(buf, len, "%s", stage_table[l->stage].name);
	if (l->stage == STAGE_UNATTRIBUTED && g->folded)
		snprintf(buf, len, "%s + %d", stage_table[l->stage].name,
			 __builtin_popcount(g->folded));
	return buf;
}

static void html_folded(const struct gap *g, FILE *out)
{
	const char *sep = "";
	int i;

	if (!g->folded)
		return;
	fputs("<p class=\"dim\">", out);
	for (i = 0; i < STAGE_COUNT; i++)
		if (g->folded & 1U << i) {
			fprintf(out, "%s%s", sep, stage_table[i].name);
			sep = ", ";
		}
	fputs(": only one of the two can show them, so they are part of "
	      "unattributed here.</p>\n", out);
}

static bool is_shown(const struct gap *g, const struct gap_line *l)
{
	double whole = g->in_noise ? fmax(g->from_ns, g->to_ns)
				   : fabs(g->to_ns - g->from_ns);

	return fabs(l->diff_ns) >= LEAST_SHARE * whole;
}

/* "+6.2µs in the mean", and how far to trust it. */
static char *whole_text(char *buf, size_t len, const struct gap *g)
{
	char diff[40];

	snprintf(buf, len, "%s in the mean%s%s",
		 difference(diff, sizeof(diff), g->to_ns - g->from_ns),
		 g->in_noise ? ", which is inside the noise" : "",
		 g->distorted ? "; tracing changes one of them" : "");
	return buf;
}

static void fill_one(const struct report_comparison *k, const struct gap *g,
		     void *arg)
{
	const struct gap_line *l;
	struct table *t = arg;
	char text[600], whole[120];

	snprintf(text, sizeof(text), "%s · %s → %s: %s", k->heading,
		 g->from->name, g->to->name,
		 whole_text(whole, sizeof(whole), g));
	table_heading(t, utf8_repair(text));
	for (l = g->line; l < g->line + g->nr; l++) {
		if (!is_shown(g, l))
			continue;
		table_row(t, g->distorted ? TABLE_DIM : TABLE_PLAIN);
		table_set(t, 0, line_name(text, sizeof(text), g, l));
		table_set(t, 1, units_value(text, sizeof(text), l->from_ns,
					    "ns"));
		table_set(t, 2, units_value(text, sizeof(text), l->to_ns,
					    "ns"));
		table_set(t, 3, difference(text, sizeof(text), l->diff_ns));
		table_set(t, 4, share_text(text, sizeof(text), g, l));
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
	char name[200], from[40], to[40], diff[40], share[20], whole[120];
	FILE *out = arg;

	fputs("<h3>Where the gap is: ", out);
	html_put(out, g->from->name);
	fputs(" → ", out);
	html_put(out, g->to->name);
	fprintf(out, ", %s</h3>\n<div class=\"wide%s\" tabindex=\"0\">"
		     "<table>\n"
		     "<tr><th>stage</th><th>from</th><th>to</th>"
		     "<th>difference</th><th>of the gap</th></tr>\n",
		whole_text(whole, sizeof(whole), g),
		g->distorted ? " dim" : "");
	for (l = g->line; l < g->line + g->nr; l++)
		if (is_shown(g, l))
			fprintf(out,
				"<tr title=\"%s\"><td>%s</td><td>%s</td>"
				"<td>%s</td><td>%s</td><td>%s</td></tr>\n",
				stage_table[l->stage].what,
				line_name(name, sizeof(name), g, l),
				units_value(from, sizeof(from), l->from_ns,
					    "ns"),
				units_value(to, sizeof(to), l->to_ns, "ns"),
				difference(diff, sizeof(diff), l->diff_ns),
				share_text(share, sizeof(share), g, l));
	fputs("</table></div>\n", out);
	html_folded(g, out);
}

void gap_html(const struct report_comparison *k, FILE *out)
{
	gap_each(k, html_one, out);
}

static json_t *known_or_null(double ns)
{
	return isnan(ns) ? json_null() : json_real(ns);
}

static void json_one(const struct report_comparison *k, const struct gap *g,
		     void *arg)
{
	json_t *lines = json_array(), *folded = json_array(), *list = arg;
	const struct gap_line *l;
	int i;

	for (l = g->line; l < g->line + g->nr; l++)
		json_array_append_new(
			lines,
			json_pack("{ss so so sf}", "stage",
				  stage_table[l->stage].name, "from_ns",
				  known_or_null(l->from_ns), "to_ns",
				  known_or_null(l->to_ns), "difference_ns",
				  l->diff_ns));
	for (i = 0; i < STAGE_COUNT; i++)
		if (g->folded & 1U << i)
			json_array_append_new(
				folded, json_string(stage_table[i].name));
	json_array_append_new(
		list, json_pack("{ss ss sf sf sb so so}", "from",
				g->from->cell->id, "to", g->to->cell->id,
				"from_ns", g->from_ns, "to_ns", g->to_ns,
				"inside_noise", g->in_noise,
				"unattributed_holds", folded, "stages", lines));
}

json_t *gap_json(const struct report_comparison *k)
{
	json_t *list = json_array();

	gap_each(k, json_one, list);
	return list;
}
