/* SPDX-License-Identifier: MIT */
/* For terminals. Colour only on one, and not where NO_COLOR is set. Of the
 * stages only the shares: the other formats have all of them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/record.h"
#include "lib/util.h"
#include "gap.h"
#include "glance.h"
#include "guest_notes.h"
#include "missing.h"
#include "report.h"
#include "report_tables.h"
#include "target_list.h"
#include "utf8.h"
#include "wrap.h"

static bool use_colour(FILE *out)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fileno(out)) && !(no && *no);
}

static void print_list(FILE *out, const char *what, const json_t *list)
{
	const json_t *item;
	char first[20];
	size_t i;

	json_array_foreach(list, i, item) {
		snprintf(first, sizeof(first), "%s: ", what);
		wrap_put(out, first, 4, json_string_value(item));
	}
}

static void print_targets(const struct report *r, FILE *out)
{
	struct target_line *t;
	char first[80];
	int i, nr = target_list(r, &t);

	for (i = 0; i < nr; i++) {
		snprintf(first, sizeof(first), "target %.60s: ", t[i].name);
		wrap_put(out, utf8_repair(first), 4, t[i].what);
	}
	free(t);
}

static void print_head(const struct report *r, FILE *out)
{
	const json_t *host = json_object_get(r->run->json, "host");
	const char *accelerator = guest_accelerator(r);
	char text[400];

	fputs("run ", out);
	table_put_plain(out, record_str(r->run->json, "id", r->run->path));
	if (r->nr_runs > 1)
		fprintf(out, " and %d more", r->nr_runs - 1);
	fputs(" on ", out);
	table_put_plain(out, record_str(host, "cpu_model", "?"));
	fprintf(out, ", %.0f CPUs, seed %.0f\n", record_num(host, "cpus", 0),
		record_num(r->run->json, "seed", 0));
	wrap_put(out, "ratios against ", 4,
		 report_references(text, sizeof(text), r));
	if (accelerator)
		wrap_put(out, "", 0, accelerator);
	print_targets(r, out);
	print_list(out, "noise", r->noise);
	fputc('\n', out);
}

static int print_section(FILE *out, const char *title, struct table *t,
			 bool colour)
{
	int ret = t->failed ? -ENOMEM : 0;

	if (t->nr_rows) {
		if (title)
			wrap_put(out, "", 2, title);
		ret = table_print(t, out, colour);
		fputc('\n', out);
	}
	table_free(t);
	return ret;
}

static void print_shares(const struct report_comparison *k,
			 const struct report_member *m, FILE *out)
{
	const struct cell *traced = m->cell->twin;
	char ratio[80], note[60], text[40 * STAGE_COUNT + 60 * STAGE_COUNT];
	size_t at = 0;
	int i;

	if (!traced || !traced->has_stages)
		return;
	fputs("  ", out);
	table_put_plain(out, k->label);
	fputs(" · ", out);
	table_put_plain(out, m->name);
	fprintf(out, ", traced %s%s:\n",
		report_ratio_text(ratio, sizeof(ratio), &m->tracing),
		report_is_distorted(m) ? ", too far from it to describe it"
				       : "");
	text[0] = '\0';
	for (i = 0; i < STAGE_COUNT; i++)
		if (traced->stage[i].present &&
		    fabs(traced->stage[i].share) >= 0.005)
			at += (size_t)snprintf(
				text + at, sizeof(text) - at, " %s %.0f %%%s",
				stage_table[i].name,
				traced->stage[i].share * 100,
				column_incomplete_text(note, sizeof(note),
						       &traced->stage[i]));
	wrap_put(out, "    ", 4, text);
}

static void print_stages(const struct report *r, FILE *out)
{
	int i, j;

	fputs("Shares of the mean latency, stages from 0.5 % on; traced: its "
	      "ratio to the untraced twin\n",
	      out);
	for (i = 0; i < r->nr_comparisons; i++)
		for (j = 0; j < r->comparison[i].nr; j++)
			print_shares(&r->comparison[i],
				     &r->comparison[i].member[j], out);
	fputc('\n', out);
}

static bool has_stages(const struct report *r)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (r->cell[i].has_stages)
			return true;
	return false;
}

static bool has_ranges(const struct report *r)
{
	const struct report_comparison *k;
	int i, j;

	for (i = 0; i < r->nr_comparisons; i++) {
		k = &r->comparison[i];
		for (j = 0; j < k->nr_measured; j++)
			if (k->member[j].ratio[k->primary].valid &&
			    !k->member[j].ratio[k->primary].interval)
				return true;
	}
	return false;
}

static void print_range_note(FILE *out)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "[low–high] is a range of too few blocks, without it one "
		 "block's; for an interval and a verdict it takes at least %d",
		 STATS_MIN_BLOCKS);
	wrap_put(out, "note: ", 4, text);
}

/* A reason is too long for a table. */
static void print_missing(const struct report *r, FILE *out)
{
	char text[300], where[500], reason[sizeof(r->cell->reason)];
	struct missing *m;
	int i, nr = missing_list(r, &m);

	for (i = 0; i < nr; i++) {
		if (!i)
			fputs("Without figures, or not in every block\n", out);
		snprintf(where, sizeof(where), "%s · %s: %s", m[i].cell->target,
			 missing_cells(text, sizeof(text), &m[i]), m[i].status);
		wrap_put(out, "  ", 4, utf8_repair(where));
		wrap_put(out, "      ", 6,
			 missing_reason(reason, sizeof(reason), &m[i]));
	}
	if (nr > 0)
		fputc('\n', out);
	free(m);
}

/* A reason of several lines holds what a guest or a device said last. */
static void print_last_lines(const struct report *r, FILE *out)
{
	char text[300], where[400];
	struct missing *m;
	int i, nr = missing_list(r, &m);

	for (i = 0; i < nr; i++) {
		if (!missing_lines(&m[i]))
			continue;
		snprintf(where, sizeof(where), "%s · %s", m[i].cell->target,
			 missing_cells(text, sizeof(text), &m[i]));
		wrap_put(out, "Last lines of ", 4, utf8_repair(where));
		missing_put_lines(&m[i], out);
		fputc('\n', out);
	}
	free(m);
}

/* How many loads from @from on fit a line, one at least. */
static int fitting_loads(const struct glance *g, int from)
{
	int n = MIN(TABLE_COLUMNS - 1, g->nr_loads - from);
	struct table t = { 0 };
	bool fits;

	for (; n > 1; n--) {
		glance_fill(g, from, from + n, &t);
		fits = table_total_width(&t) <= TABLE_WIDTH;
		table_free(&t);
		if (fits)
			break;
	}
	return n;
}

/* Where the table that begins with @from ends: the rest is spread evenly. */
static int end_of_table(const struct glance *g, int from)
{
	int left = g->nr_loads - from;
	int tables = (left - 1) / fitting_loads(g, from) + 1;

	return from + (left - 1) / tables + 1;
}

static int print_glance(const struct glance *g, FILE *out, bool colour)
{
	struct table t = { 0 };
	int i, to, ret = 0;

	fprintf(out, "%s%s", g->title, *g->common ? " · " : "");
	table_put_plain(out, g->common);
	fputc('\n', out);
	wrap_put(out, "  ", 2, glance_reading);
	if (*glance_warning(g))
		wrap_put(out, "  ", 2, glance_warning(g));
	for (i = 0; !ret && i < g->nr_loads; i = to) {
		to = end_of_table(g, i);
		glance_fill(g, i, to, &t);
		ret = table_print(&t, out, colour);
		fputc('\n', out);
		table_free(&t);
	}
	return ret;
}

/* What a reader must see first. */
static int print_glances(const struct report *r, FILE *out, bool colour)
{
	struct glance g;
	int i, ret;

	for (i = 0;; i++) {
		ret = glance_open(&g, r, i);
		if (ret == -ENODATA)
			continue;
		if (ret < 0)
			return ret == -ENOENT ? 0 : ret;
		ret = print_glance(&g, out, colour);
		glance_close(&g);
		if (ret < 0)
			return ret;
	}
}

static int print_comparisons(const struct report *r,
			     const struct column_set *set, const char *title,
			     FILE *out, bool colour)
{
	int i, ret = 0;

	for (i = 0; !ret && i < r->nr_comparisons; title = NULL) {
		struct table t = { 0 };

		i = report_fill_comparisons(r, set, i, &t);
		ret = print_section(out, title, &t, colour);
	}
	return ret;
}

int report_text(const struct report *r, FILE *out)
{
	struct table gaps = { 0 }, sent = { 0 };
	bool colour = use_colour(out);
	int ret, ret2, ret4, ret5 = 0, ret6 = 0;

	print_head(r, out);
	ret = print_glances(r, out, colour);
	ret2 = print_comparisons(r, &column_figures,
				 report_figures, out,
				 colour);
	if (has_stages(r)) {
		print_stages(r, out);
		gap_fill(r, &gaps);
		ret5 = print_section(out, gap_title, &gaps, colour);
	}
	if (notifications_any(r)) {
		notifications_fill(r, &sent);
		ret6 = print_section(out, "Notifications, per 1,000 requests",
				     &sent, colour);
	}
	print_missing(r, out);
	print_last_lines(r, out);
	ret4 = print_comparisons(r, &column_verdicts, "Targets side by side",
				 out, colour);
	if (has_ranges(r))
		print_range_note(out);
	print_list(out, "note", r->notes);
	print_list(out, "problem", r->problems);
	return ret ?: ret2 ?: ret4 ?: ret5 ?: ret6;
}
