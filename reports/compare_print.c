/* SPDX-License-Identifier: MIT */
/* What compare prints: a table for people, JSON for programs. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/record.h"
#include "../lib/util.h"
#include "compare.h"
#include "ratio_json.h"
#include "table.h"

static const char *const titles[] = { "cell",	 "judged by",  "A",
				      "B",	 "B/A (95 %)", "verdict",
				      "visible", "p99 B/A",    "p",
				      "blocks" };

static enum table_colour colour_of(enum verdict v)
{
	static const enum table_colour colours[] = {
		[VERDICT_EQUIVALENT] = TABLE_PLAIN,
		[VERDICT_IMPROVED] = TABLE_GOOD,
		[VERDICT_REGRESSED] = TABLE_BAD,
		[VERDICT_INCONCLUSIVE] = TABLE_DIM,
	};

	return colours[v];
}

static void set_value(struct table *t, int column, const struct metric *m)
{
	char text[40];

	table_set(t, column,
		  metric_text(text, sizeof(text), m->value, m->unit));
}

static void set_ratio(struct table *t, const struct compare_cell *x)
{
	char text[80];

	set_value(t, 2, &x->a->metric[x->judged]);
	set_value(t, 3, &x->b->metric[x->judged]);
	table_set(t, 4, report_ratio_text(text, sizeof(text), &x->ratio));
	table_set(t, 5, verdict_name(x->ratio.verdict));
	if (!isnan(x->ratio.visible)) {
		snprintf(text, sizeof(text), "%.1f %%", x->ratio.visible * 100);
		table_set(t, 6, text);
	}
	table_set(t, 7, report_ratio_text(text, sizeof(text), &x->p99));
	snprintf(text, sizeof(text), "%.2g", x->ratio.p);
	table_set(t, 8, isnan(x->ratio.p) ? "" : text);
	snprintf(text, sizeof(text), "%d", x->ratio.n);
	table_set(t, 9, text);
}

static void add_cell(struct table *t, const struct compare *c,
		     const struct compare_cell *x)
{
	const struct cell *any = x->a ? x->a : x->b;
	char text[300];

	table_row(t, colour_of(x->ratio.verdict));
	if (c->target_a)
		snprintf(text, sizeof(text), "%s", any->heading);
	else
		snprintf(text, sizeof(text), "%.60s · %s", any->target,
			 any->heading);
	table_set(t, 0, text);
	table_set(t, 1, metric_table[x->judged].title);
	if (!x->refused[0]) {
		set_ratio(t, x);
		return;
	}
	table_set(t, 5, "refused");
}

static void print_sides(const struct compare *c, FILE *out)
{
	const char *id;
	int i;

	for (i = 0; i < 2; i++) {
		const struct report *r = i ? c->b : c->a;
		const char *target = i ? c->target_b : c->target_a;

		id = record_str(r->run->json, "id", r->run->path);
		fprintf(out, "%c: ", 'A' + i);
		if (target) {
			table_put_plain(out, target);
			fputs(" of ", out);
		}
		table_put_plain(out, id);
		fputc('\n', out);
	}
	fprintf(out, "%s; changes up to %.3g %% do not matter\n\n",
		c->paired ? "paired by block"
			  : "two runs, not paired: a smaller change is seen "
			    "with both in one run",
		c->threshold * 100);
}

static void print_refusals(const struct compare *c, FILE *out)
{
	const struct cell *any;
	int i;

	for (i = 0; i < c->nr; i++) {
		if (!c->cell[i].refused[0])
			continue;
		any = c->cell[i].a ? c->cell[i].a : c->cell[i].b;
		fputs("refused: ", out);
		table_put_plain(out, any->target);
		fputs(" · ", out);
		table_put_plain(out, any->heading);
		fputs(": ", out);
		table_put_plain(out, c->cell[i].refused);
		fputc('\n', out);
	}
}

int compare_text(const struct compare *c, FILE *out)
{
	const char *no = getenv("NO_COLOR");
	struct table t = { .nr_columns = ARRAY_SIZE(titles) };
	int i, ret;

	for (i = 0; i < t.nr_columns; i++) {
		t.title[i] = titles[i];
		t.left[i] = i < 2 || i == 4 || i == 5 || i == 7;
	}
	for (i = 0; i < c->nr; i++)
		add_cell(&t, c, &c->cell[i]);
	print_sides(c, out);
	ret = table_print(&t, out, isatty(fileno(out)) && !(no && *no));
	table_free(&t);
	fputc('\n', out);
	print_refusals(c, out);
	if (c->warning[0])
		fprintf(out, "warning: %s\n", c->warning);
	if (!c->nr)
		fputs("nothing to compare: no cell is on both sides\n", out);
	fprintf(out, "%s\n", verdict_name(c->verdict));
	return ret;
}

static json_t *side_json(const struct report *r, const char *target)
{
	return json_pack("{ss ss?}", "run",
			 record_str(r->run->json, "id", r->run->path), "target",
			 target);
}

static json_t *cell_json(const struct compare_cell *x)
{
	const struct cell *any = x->a ? x->a : x->b;
	json_t *j;

	j = json_pack("{ss ss? ss ss ss}", "id", any->id, "id_b",
		      x->b ? x->b->id : NULL, "label", any->heading, "metric",
		      metric_table[x->judged].name, "verdict",
		      verdict_name(x->ratio.verdict));
	if (x->refused[0]) {
		json_object_set_new(j, "ratio", json_null());
		json_object_set_new(j, "refused", json_string(x->refused));
		return j;
	}
	json_object_set_new(j, "a", number_json(x->a->metric[x->judged].value));
	json_object_set_new(j, "b", number_json(x->b->metric[x->judged].value));
	json_object_set_new(j, "ratio", ratio_json(&x->ratio));
	json_object_set_new(j, "p99", ratio_json(&x->p99));
	return j;
}

int compare_json(const struct compare *c, FILE *out)
{
	json_t *cells = json_array();
	json_t *j;
	int i, ret;

	for (i = 0; i < c->nr; i++)
		json_array_append_new(cells, cell_json(&c->cell[i]));
	j = json_pack("{si so so sb sf ss ss so}", "schema", RECORD_SCHEMA, "a",
		      side_json(c->a, c->target_a), "b",
		      side_json(c->b, c->target_b), "paired", c->paired,
		      "threshold", c->threshold, "verdict",
		      verdict_name(c->verdict), "warning", c->warning, "cells",
		      cells);
	ret = json_dumpf(j, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(j);
	return ret < 0 ? -EIO : 0;
}
