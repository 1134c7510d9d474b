/* SPDX-License-Identifier: MIT */
/* For issues and merge requests. */
#include <errno.h>

#include "../lib/record.h"
#include "../lib/util.h"
#include "glance.h"
#include "report.h"
#include "report_tables.h"

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

static int put_glance(const struct report *r, FILE *out)
{
	struct table t = { 0 };
	struct glance g;
	int ret = glance_open(&g, r);

	if (ret < 0)
		return ret == -ENODATA ? 0 : ret;
	fputs("## At a glance\n\n", out);
	table_put_markdown(out, g.common);
	fputs("\n\n", out);
	glance_fill(&g, r, 0, MIN(r->nr_comparisons, TABLE_COLUMNS - 1), &t);
	ret = table_markdown(&t, out);
	fputc('\n', out);
	table_free(&t);
	glance_close(&g);
	return ret;
}

int report_markdown(const struct report *r, FILE *out)
{
	struct table verdicts = { 0 }, figures = { 0 };
	struct table stages = { 0 }, missing = { 0 };
	const json_t *host = json_object_get(r->run->json, "host");
	int i, ret, ret2, ret3, ret4;

	fputs("# vioperf: ", out);
	table_put_markdown(out, record_str(r->run->json, "id", r->run->path));
	fputs("\n\nOn ", out);
	table_put_markdown(out, record_str(host, "cpu_model", "?"));
	fprintf(out, ", %.0f CPUs, seed %.0f.\n\n", record_num(host, "cpus", 0),
		record_num(r->run->json, "seed", 0));
	ret = put_glance(r, out);
	if (ret < 0)
		return ret;
	put_sentences(r, out);
	report_fill_comparisons(r, &column_verdicts, &verdicts);
	report_fill_comparisons(r, &column_figures, &figures);
	report_fill_stages(r, &stages);
	report_fill_missing(r, &missing);
	ret = put_section(out, "Targets side by side", &verdicts);
	ret4 = put_section(out, "Figures, per request where they can be",
			   &figures);
	ret2 = put_section(out, "Stages of a request", &stages);
	ret3 = put_section(out, "Without figures", &missing);
	put_list(out, "Notes", r->notes);
	put_list(out, "Problems", r->problems);
	fputs("## How to read this\n\n", out);
	for (i = 0; report_reading[i]; i++)
		fprintf(out, "- %s\n", report_reading[i]);
	return ret ? ret : ret2 ? ret2 : ret3 ? ret3 : ret4;
}
