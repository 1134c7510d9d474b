/* SPDX-License-Identifier: MIT */
/* What compare prints: a table for people, JSON for programs. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/record.h"
#include "lib/util.h"
#include "lib/units.h"
#include "compare.h"
#include "compare_control.h"
#include "compare_host.h"
#include "ratio_json.h"
#include "table.h"
#include "wrap.h"

enum {
	COLUMN_CELL,
	COLUMN_METRIC,
	COLUMN_A,
	COLUMN_B,
	COLUMN_RATIO,
	COLUMN_VERDICT,
	COLUMN_CPU,
	COLUMN_VISIBLE,
	COLUMN_PLAIN,
	COLUMN_P99,
	COLUMN_P,
	COLUMN_BLOCKS,
	COLUMNS,
};

static const struct {
	const char *title;
	bool left;
} columns[COLUMNS] = {
	[COLUMN_CELL] = { "target", true },
	[COLUMN_METRIC] = { "judged by", true },
	[COLUMN_A] = { "A", false },
	[COLUMN_B] = { "B", false },
	[COLUMN_RATIO] = { "B/A (95 %)", true },
	[COLUMN_VERDICT] = { "verdict", true },
	[COLUMN_CPU] = { "CPU B/A", true },
	[COLUMN_VISIBLE] = { "visible", false },
	[COLUMN_PLAIN] = { "uncontrolled", true },
	[COLUMN_P99] = { "p99 B/A", true },
	[COLUMN_P] = { "p", false },
	[COLUMN_BLOCKS] = { "blocks", false },
};

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
		  units_value(text, sizeof(text), m->value, m->unit));
}

static void set_ratio_text(struct table *t, int column, const struct ratio *r)
{
	char text[80];

	table_set(t, column, report_ratio_text(text, sizeof(text), r));
}

/* The device's CPU time per request, or the busy CPUs of a guest's VM. */
static void set_cpu(struct table *t, const struct compare *c,
		    const struct compare_cell *x)
{
	bool per_request = x->a->metric[METRIC_DEVICE_CPU].n;
	enum metric_id id = per_request ? METRIC_DEVICE_CPU : METRIC_BUSY_CPUS;
	struct ratio r;

	if (ratio_of(&x->a->metric[id], &x->b->metric[id], c->paired,
		     c->threshold, &r) == 0)
		set_ratio_text(t, COLUMN_CPU, &r);
}

/* Too few blocks have no verdict, not even that it cannot be told. */
static const char *verdict_text(const struct compare *c,
				const struct compare_cell *x)
{
	if (compare_is_control(c, x))
		return "control";
	if (x->ratio.valid && !x->ratio.interval)
		return "too few blocks";
	return verdict_name(x->ratio.verdict);
}

static void set_ratios(struct table *t, const struct compare *c,
		       const struct compare_cell *x)
{
	char text[80];

	set_value(t, COLUMN_A, &x->a->metric[x->judged]);
	set_value(t, COLUMN_B, &x->b->metric[x->judged]);
	set_ratio_text(t, COLUMN_RATIO, &x->ratio);
	table_set(t, COLUMN_VERDICT, verdict_text(c, x));
	set_cpu(t, c, x);
	if (!isnan(x->ratio.visible)) {
		snprintf(text, sizeof(text), "%.1f %%", x->ratio.visible * 100);
		table_set(t, COLUMN_VISIBLE, text);
	}
	if (x->controlled)
		set_ratio_text(t, COLUMN_PLAIN, &x->plain);
	if (x->judged != METRIC_P99)
		set_ratio_text(t, COLUMN_P99, &x->p99);
	snprintf(text, sizeof(text), "%.2g", x->ratio.p);
	table_set(t, COLUMN_P, isnan(x->ratio.p) ? "" : text);
	snprintf(text, sizeof(text), "%d", x->ratio.n);
	table_set(t, COLUMN_BLOCKS, text);
}

/* A row below its load, which is @*heading for as long as it is the same. */
static void add_cell(struct table *t, const struct compare *c,
		     const struct compare_cell *x, const char **heading)
{
	const struct cell *any = x->a ? x->a : x->b;
	bool control = compare_is_control(c, x);

	if (!*heading || strcmp(*heading, any->heading))
		table_heading(t, any->heading);
	*heading = any->heading;
	table_row(t, control ? TABLE_DIM : colour_of(x->ratio.verdict));
	table_set(t, COLUMN_CELL, c->target_b ? c->target_b : any->target);
	table_set(t, COLUMN_METRIC, metric_table[x->judged].title);
	if (x->refused[0])
		table_set(t, COLUMN_VERDICT, "refused");
	else
		set_ratios(t, c, x);
}

/* Figures of a device that fails requests are told apart. */
static void print_errors(const struct cell *cell, const char *side, FILE *out)
{
	char text[160], line[600];

	if (!cell || !*errors_text(text, sizeof(text), &cell->errors))
		return;
	snprintf(line, sizeof(line),
		 "%s, %s, %s: %s, its figures are of the others", side,
		 cell->target, cell->heading, text);
	wrap_put(out, "note: ", 4, line);
}

static void print_notes(const struct compare *c, FILE *out)
{
	int i;

	for (i = 0; i < c->nr; i++) {
		print_errors(c->cell[i].a, "A", out);
		print_errors(c->cell[i].b, "B", out);
	}
	compare_host_print(c->differences, out);
	if (c->host_changed[0])
		wrap_put(out, "warning: ", 4, c->host_changed);
	else if (c->control)
		fprintf(out, "control: %.60s, which is the same in both runs\n",
			c->control);
	if (c->warning[0])
		wrap_put(out, "warning: ", 4, c->warning);
	fputc('\n', out);
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
	fprintf(out, "%s; changes up to %.3g %% do not matter\n",
		c->paired ? "paired by block"
			  : "two runs, not paired: a smaller change is seen "
			    "with both in one run",
		c->threshold * 100);
	print_notes(c, out);
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
	struct table t = { .nr_columns = COLUMNS };
	const char *heading = NULL;
	int i, ret;

	for (i = 0; i < t.nr_columns; i++) {
		t.title[i] = columns[i].title;
		t.left[i] = columns[i].left;
	}
	for (i = 0; i < c->nr; i++)
		add_cell(&t, c, &c->cell[i], &heading);
	print_sides(c, out);
	table_drop_empty(&t);
	ret = table_print(&t, out, isatty(fileno(out)) && !(no && *no));
	table_free(&t);
	fputc('\n', out);
	print_refusals(c, out);
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
	if (x->a->errors.failed > 0)
		json_object_set_new(j, "failures_a", errors_json(&x->a->errors));
	if (x->b->errors.failed > 0)
		json_object_set_new(j, "failures_b", errors_json(&x->b->errors));
	json_object_set_new(j, "a", number_json(x->a->metric[x->judged].value));
	json_object_set_new(j, "b", number_json(x->b->metric[x->judged].value));
	json_object_set_new(j, "ratio", ratio_json(&x->ratio));
	if (x->controlled)
		json_object_set_new(j, "uncontrolled", ratio_json(&x->plain));
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
	j = json_pack("{si so so sb sf ss ss ss ss? sO so}", "schema",
		      RECORD_SCHEMA, "a", side_json(c->a, c->target_a), "b",
		      side_json(c->b, c->target_b), "paired", c->paired,
		      "threshold", c->threshold, "verdict",
		      verdict_name(c->verdict), "warning", c->warning,
		      "host_changed", c->host_changed, "control", c->control,
		      "differences", c->differences, "cells", cells);
	ret = json_dumpf(j, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(j);
	return ret < 0 ? -EIO : 0;
}
