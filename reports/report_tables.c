/* SPDX-License-Identifier: MIT */
#include "report_tables.h"

#include <string.h>

#include "lib/util.h"
#include "utf8.h"

static enum table_colour colour_of(const struct report_comparison *k,
				   const struct report_member *m)
{
	const struct ratio *ratio = &m->ratio[k->primary];

	if (report_is_reference(m) || !ratio->valid)
		return TABLE_PLAIN;
	if (ratio->verdict == VERDICT_IMPROVED)
		return TABLE_GOOD;
	return ratio->verdict == VERDICT_REGRESSED ? TABLE_BAD : TABLE_PLAIN;
}

/* Loads with the same kinds of figures share a table. */
static unsigned int kinds_of(const struct report_comparison *k)
{
	static const enum metric_id telling[] = {
		METRIC_IOPS,	METRIC_THROUGHPUT, METRIC_ROUND_TRIPS,
		METRIC_INFLATE, METRIC_BANDWIDTH,  METRIC_P50,
		METRIC_LOSS,
	};
	unsigned int kinds = 0;
	size_t i;
	int j;

	for (i = 0; i < ARRAY_SIZE(telling); i++)
		for (j = 0; j < k->nr_measured; j++)
			if (k->member[j].cell->metric[telling[i]].n)
				kinds |= 1U << i;
	return kinds;
}

static void set_titles(const struct column_set *set, struct table *t)
{
	int i;

	t->nr_columns = set->nr;
	for (i = 0; i < set->nr; i++) {
		t->title[i] = set->column[i].title;
		t->left[i] = set->column[i].left;
	}
}

static void add_members(const struct report_comparison *k,
			const struct column_set *set, struct table *t)
{
	char text[256];
	int i, c;

	for (i = 0; i < k->nr_measured; i++) {
		table_row(t, colour_of(k, &k->member[i]));
		for (c = 0; c < set->nr; c++) {
			set->column[c].text(text, sizeof(text), k,
					    &k->member[i]);
			table_set(t, c, text);
		}
	}
}

void report_fill_comparison(const struct report_comparison *k,
			    const struct column_set *set, struct table *t)
{
	set_titles(set, t);
	add_members(k, set, t);
	table_drop_empty(t);
}

/* Each of its lines stands by itself. */
static void add_notes(struct table *t, const char *note)
{
	char line[sizeof(((struct report_comparison *)0)->note)];
	size_t n;

	for (; *note; note += n + (note[n] == '\n')) {
		n = strcspn(note, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, note);
		table_note(t, line);
	}
}

int report_fill_comparisons(const struct report *r,
			    const struct column_set *set, int from,
			    struct table *t)
{
	const struct report_comparison *k, *first = NULL;
	int i;

	set_titles(set, t);
	for (i = from; i < r->nr_comparisons; i++) {
		k = &r->comparison[i];
		if (!k->nr_measured)
			continue;
		if (first && kinds_of(k) != kinds_of(first))
			break;
		first = k;
		table_heading(t, k->heading);
		add_members(k, set, t);
		if (set == &column_figures)
			add_notes(t, k->note);
	}
	table_drop_empty(t);
	return i;
}

static void add_stages(const struct report_comparison *k,
		       const struct report_member *m, struct table *t)
{
	const struct cell *traced = m->cell->twin;
	char text[400], tracing[160];
	int s, c;

	snprintf(text, sizeof(text), "%s · %s (%s)", k->label, m->name,
		 column_tracing_text(tracing, sizeof(tracing), m));
	table_heading(t, utf8_repair(text));
	for (s = 0; s < STAGE_COUNT; s++) {
		if (!traced->stage[s].present)
			continue;
		table_row(t, TABLE_PLAIN);
		for (c = 0; c < COLUMN_STAGE_COUNT; c++) {
			column_stage_table[c].text(text, sizeof(text), s,
						   &traced->stage[s]);
			table_set(t, c, text);
		}
	}
}

void report_fill_stages(const struct report *r, struct table *t)
{
	const struct report_comparison *k;
	int i, j, c;

	t->nr_columns = COLUMN_STAGE_COUNT;
	for (c = 0; c < COLUMN_STAGE_COUNT; c++) {
		t->title[c] = column_stage_table[c].title;
		t->left[c] = column_stage_table[c].left;
	}
	for (i = 0; i < r->nr_comparisons; i++) {
		k = &r->comparison[i];
		for (j = 0; j < k->nr; j++)
			if (k->member[j].cell->twin &&
			    k->member[j].cell->twin->has_stages)
				add_stages(k, &k->member[j], t);
	}
}
