/* SPDX-License-Identifier: MIT */
/* For issues and merge requests. */
#include <errno.h>
#include <stdlib.h>

#include "lib/record.h"
#include "lib/util.h"
#include "gap.h"
#include "glance.h"
#include "guest_notes.h"
#include "missing.h"
#include "report.h"
#include "report_tables.h"
#include "target_list.h"

static void put_sentences(const struct report *r, FILE *out)
{
	const struct report_comparison *k;
	char text[700];
	int i, j;

	for (i = 0; i < r->nr_comparisons; i++) {
		k = &r->comparison[i];
		for (j = 0; j < k->nr; j++) {
			if (report_is_reference(&k->member[j]))
				continue;
			fputs("- ", out);
			table_put_markdown(out, k->heading);
			fputs(": ", out);
			report_sentence(text, sizeof(text), k, &k->member[j]);
			table_put_markdown(out, text);
			fputc('\n', out);
		}
	}
	fputc('\n', out);
}

static int put_section(FILE *out, const char *title, struct table *t)
{
	int ret = t->failed ? -ENOMEM : 0;

	if (t->nr_rows) {
		if (title)
			fprintf(out, "## %s\n\n", title);
		ret = table_markdown(t, out);
		fputc('\n', out);
	}
	table_free(t);
	return ret;
}

static void put_list(FILE *out, const char *title, const json_t *list)
{
	const json_t *item;
	size_t i;

	if (!json_array_size(list))
		return;
	fprintf(out, "## %s\n\n", title);
	json_array_foreach(list, i, item) {
		fputs("- ", out);
		table_put_markdown(out, json_string_value(item));
		fputc('\n', out);
	}
	fputc('\n', out);
}

static void put_targets(const struct report *r, FILE *out)
{
	struct target_line *t;
	int i, nr = target_list(r, &t);

	for (i = 0; i < nr; i++) {
		fputs("- **", out);
		table_put_markdown(out, t[i].name);
		fputs("**: ", out);
		table_put_markdown(out, t[i].what);
		fputs(i + 1 == nr ? "\n\n" : "\n", out);
	}
	free(t);
}

static int put_glance(const struct glance *g, FILE *out)
{
	struct table t = { 0 };
	int i, to, ret = 0;

	fprintf(out, "## %s\n\n", g->title);
	table_put_markdown(out, g->common);
	fprintf(out, "%s%s%s%s\n\n", *g->common ? "; " : "", glance_reading,
		*glance_warning(g) ? "; " : "", glance_warning(g));
	for (i = 0; !ret && i < g->nr_loads; i = to) {
		to = MIN(i + TABLE_COLUMNS - 1, g->nr_loads);
		glance_fill(g, i, to, &t);
		ret = table_markdown(&t, out);
		fputc('\n', out);
		table_free(&t);
	}
	return ret;
}

/* How many there were, or -errno. */
static int put_glances(const struct report *r, FILE *out)
{
	struct glance g;
	int i, ret, n = 0;

	for (i = 0;; i++) {
		ret = glance_open(&g, r, i);
		if (ret == -ENODATA)
			continue;
		if (ret < 0)
			return ret == -ENOENT ? n : ret;
		ret = put_glance(&g, out);
		glance_close(&g);
		if (ret < 0)
			return ret;
		n++;
	}
}

static int put_comparisons(const struct report *r, const struct column_set *set,
			   const char *title, FILE *out)
{
	int i, ret = 0;

	for (i = 0; !ret && i < r->nr_comparisons; title = NULL) {
		struct table t = { 0 };

		i = report_fill_comparisons(r, set, i, &t);
		ret = put_section(out, title, &t);
	}
	return ret;
}

static void put_last_lines(const struct report *r, FILE *out)
{
	char text[300];
	struct missing *m;
	int i, nr = missing_list(r, &m);

	for (i = 0; i < nr; i++) {
		if (!missing_lines(&m[i]))
			continue;
		fputs("Last lines of ", out);
		table_put_markdown(out, m[i].cell->target);
		fputs(" · ", out);
		table_put_markdown(out,
				   missing_cells(text, sizeof(text), &m[i]));
		fputs(":\n\n", out);
		missing_put_lines(&m[i], out);
		fputc('\n', out);
	}
	free(m);
}

int report_markdown(const struct report *r, FILE *out)
{
	struct table stages = { 0 }, missing = { 0 }, sent = { 0 }, gaps = { 0 };
	const json_t *host = json_object_get(r->run->json, "host");
	const char *accelerator = guest_accelerator(r);
	char text[400];
	int i, ret, ret2, ret3, ret4, ret5 = 0, ret6;

	fputs("# vioperf: ", out);
	table_put_markdown(out, record_str(r->run->json, "id", r->run->path));
	fputs("\n\nOn ", out);
	table_put_markdown(out, record_str(host, "cpu_model", "?"));
	fprintf(out, ", %.0f CPUs, seed %.0f; ratios against ",
		record_num(host, "cpus", 0),
		record_num(r->run->json, "seed", 0));
	table_put_markdown(out, report_references(text, sizeof(text), r));
	fputs(".\n\n", out);
	if (accelerator)
		fprintf(out, "**%s.**\n\n", accelerator);
	put_targets(r, out);
	put_list(out, "Noise", r->noise);
	ret = put_glances(r, out);
	if (ret < 0)
		return ret;
	if (!ret) /* nobody reads the same in words */
		put_sentences(r, out);
	report_fill_stages(r, &stages);
	missing_fill(r, &missing);
	ret = put_comparisons(r, &column_verdicts, "Targets side by side", out);
	ret4 = put_comparisons(r, &column_figures,
			       report_figures, out);
	ret2 = put_section(out, "Stages of a request", &stages);
	gap_fill(r, &gaps);
	ret6 = put_section(out, gap_title, &gaps);
	if (notifications_any(r)) {
		notifications_fill(r, &sent);
		ret5 = put_section(out, "Notifications, per 1,000 requests",
				   &sent);
	}
	ret3 = put_section(out, "Without figures", &missing);
	put_last_lines(r, out);
	put_list(out, "Notes", r->notes);
	put_list(out, "Problems", r->problems);
	fputs("## How to read this\n\n", out);
	for (i = 0; report_reading[i]; i++)
		fprintf(out, "- %s\n", report_reading[i]);
	return ret ?: ret2 ?: ret3 ?: ret4 ?: ret5 ?: ret6;
}
