/* SPDX-License-Identifier: MIT */
/*
 * One file that needs nothing else: style and plots are in it, no script.
 * Tables have one column per target and one line per metric, so that two
 * targets fit a phone.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/util.h"
#include "guest_notes.h"
#include "factor.h"
#include "gap.h"
#include "html.h"
#include "html_style.h"
#include "missing.h"
#include "page.h"
#include "plots.h"
#include "report.h"
#include "target_list.h"

static void put_targets(struct page *p)
{
	struct target_line *t;
	int i, nr = target_list(p->r, &t);

	for (i = 0; i < nr; i++) {
		fputs(i ? "<br>" : "<p class=\"dim\">", p->out);
		fputs("<b>", p->out);
		html_put(p->out, t[i].name);
		fputs("</b>: ", p->out);
		html_put(p->out, t[i].what);
	}
	fputs(nr > 0 ? "</p>\n" : "", p->out);
	free(t);
}

/* What a page uses before its end explains it. */
static void put_terms(struct page *p)
{
	html_element(p->out, "p", "dim", report_reading[0]);
}

static void put_head(struct page *p)
{
	const json_t *run = p->r->run->json;
	const json_t *host = json_object_get(run, "host");
	FILE *out = p->out;
	char text[400];

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
	html_put(out, report_references(text, sizeof(text), p->r));
	fprintf(out, "</b>, changes up to %.3g&nbsp;%% do not matter.</p>\n",
		p->r->threshold * 100);
}

/* More comparisons than these are folded, or the page is slow to open. */
#define PAGE_OPEN 8

static bool is_large(const struct report *r)
{
	int i, n = 0;

	for (i = 0; i < r->nr_comparisons; i++)
		n += r->comparison[i].nr_measured > 0;
	return n > PAGE_OPEN;
}

static void put_accelerator(struct page *p)
{
	const char *text = guest_accelerator(p->r);

	if (text)
		html_element(p->out, "p", "warn", text);
}

static void put_noise(struct page *p)
{
	const json_t *item;
	size_t i;

	json_array_foreach(p->r->noise, i, item) {
		fputs("<p class=\"warn\">Noise: ", p->out);
		html_put(p->out, json_string_value(item));
		fputs(".</p>\n", p->out);
	}
}

static void put_verdict(struct page *p, const struct report_comparison *k,
			const struct report_member *m)
{
	const struct ratio *ratio = &m->ratio[k->primary];
	char text[700];

	fprintf(p->out, "<li><span class=\"badge %s\">%s</span>",
		page_verdict_class(ratio),
		ratio->valid ? report_verdict_word(ratio->verdict) : "–");
	html_element(p->out, "b", NULL, k->heading);
	fputs("<br>", p->out);
	html_put(p->out, report_sentence(text, sizeof(text), k, m));
	fputs("</li>\n", p->out);
}

static void put_verdicts(struct page *p)
{
	const struct report_comparison *k;
	int i, j;

	fputs("<ul class=\"verdicts\">\n", p->out);
	for (i = 0; i < p->r->nr_comparisons; i++) {
		k = &p->r->comparison[i];
		for (j = 0; j < k->nr_measured; j++)
			if (!report_is_reference(&k->member[j]))
				put_verdict(p, k, &k->member[j]);
	}
	fputs("</ul>\n", p->out);
}

/* How many targets came out which way, over all comparisons. */
static void put_counts(struct page *p)
{
	int n[VERDICT_INCONCLUSIVE + 1] = { 0 }, measured = 0, i, j;
	const struct report_comparison *k;
	const struct ratio *ratio;
	const char *sep = "";
	enum verdict v;

	for (i = 0; i < p->r->nr_comparisons; i++) {
		k = &p->r->comparison[i];
		measured += k->nr_measured > 0;
		for (j = 0; j < k->nr_measured; j++) {
			ratio = &k->member[j].ratio[k->primary];
			if (!report_is_reference(&k->member[j]) && ratio->valid)
				n[ratio->verdict]++;
		}
	}
	fputs("<p><b>", p->out);
	for (v = 0; v <= VERDICT_INCONCLUSIVE; v++) {
		if (!n[v])
			continue;
		fprintf(p->out, "%s%d %s", sep, n[v], report_verdict_word(v));
		sep = ", ";
	}
	fprintf(p->out, "</b> in %d comparisons</p>\n", measured);
}

/* Where there is a table at a glance, nobody reads the same in words; nor
 * where there are many. */
static void put_overview(struct page *p, bool glanced)
{
	struct err e;

	fputs("<section><h2>In short</h2>\n", p->out);
	put_counts(p);
	if (glanced || is_large(p->r))
		fputs("<details><summary>In words</summary>\n", p->out);
	put_verdicts(p);
	if (glanced || is_large(p->r))
		fputs("</details>\n", p->out);
	if (!glanced) {
		page_figure_begin(p);
		page_figure_end(p, plots_overview(p->r, &p->plotter, p->out,
						  &e), &e);
	}
	fputs("</section>\n", p->out);
}

/* A column a target is good for two; more are a line each. */
#define PAGE_COLUMNS 2

static void put_note(struct page *p, const struct report_comparison *k)
{
	if (k->note[0])
		html_element(p->out, "p", "dim", k->note);
}

/* What a folded comparison shows of each target. */
static void put_summary(struct page *p, const struct report_comparison *k)
{
	const struct report_member *m;
	const struct ratio *ratio;
	char text[80];
	int i;

	fputs("<summary>", p->out);
	html_element(p->out, "h2", NULL, k->heading);
	for (i = 0; i < k->nr_measured; i++) {
		m = &k->member[i];
		ratio = &m->ratio[k->primary];
		if (report_is_reference(m) || !ratio->valid)
			continue;
		fputs("<span class=\"brief\">", p->out);
		html_put(p->out, m->name);
		fprintf(p->out, " <span class=\"%s\">%s</span></span>\n",
			page_verdict_class(ratio),
			factor_verdict(text, sizeof(text), ratio, k->primary));
	}
	fputs("</summary>\n", p->out);
}

static void put_comparison(struct page *p, const struct report_comparison *k)
{
	bool wide = k->nr_measured > PAGE_COLUMNS;

	if (!k->nr_measured)
		return;
	fprintf(p->out, "<details class=\"card\"%s>",
		is_large(p->r) ? "" : " open");
	put_summary(p, k);
	if (wide) {
		page_targets(p, k);
		put_note(p, k);
	}
	fputs("<div class=\"grid\"><div>\n", p->out);
	if (!wide) {
		page_metrics(p, k);
		put_note(p, k);
		fputs("</div><div>\n", p->out);
	}
	page_plot(p, plots_blocks, k);
	if (wide)
		fputs("</div><div>\n", p->out);
	page_plot(p, plots_latency, k);
	fputs("</div></div>\n", p->out);
	page_stages(p, k);
	notifications_html(k, p->out);
	gap_html(k, p->out);
	fputs("</details>\n", p->out);
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

static void put_fact(FILE *out, const char *key, const json_t *value)
{
	char *text =
		json_is_string(value)
			? strdup(json_string_value(value))
			: json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	fputs("<tr>", out);
	html_element(out, "td", NULL, key);
	html_element(out, "td", "text",
		     json_is_null(value) ? "not known"
		     : text		 ? text
					 : "?");
	fputs("</tr>\n", out);
	free(text);
}

/* Guests are alike, or the report has a problem that says where not. */
static void put_guest(const struct report *r, FILE *out)
{
	static const char *const facts[][2] = {
		{ "kernel", "guest kernel" },
		{ "cmdline", "guest boot switches" },
		{ "vcpus", "guest vCPUs" },
		{ "memory_bytes", "guest memory" },
		{ "pinning", "guest pinning" },
		{ "qemu_version", "guest's QEMU" },
		{ "why_not_kvm", "guest not under KVM" },
	};
	const json_t *guest = guest_first(r), *fact;
	size_t i;

	for (i = 0; guest && i < ARRAY_SIZE(facts); i++) {
		fact = json_object_get(guest, facts[i][0]);
		if (fact && !json_is_null(fact))
			put_fact(out, facts[i][1], fact);
	}
}

static void put_host(struct page *p)
{
	json_t *host = json_object_get(p->r->run->json, "host");
	const char *key;
	json_t *value;

	fputs("<section><h2>Host</h2><div class=\"wide\" tabindex=\"0\"><table>\n", p->out);
	json_object_foreach(host, key, value)
		put_fact(p->out, key, value);
	put_guest(p->r, p->out);
	fputs("</table></div></section>\n", p->out);
}

int report_html(const struct report *r, FILE *out)
{
	struct page p = { .r = r, .out = out };
	int i;

	plotter_open(&p.plotter);
	put_head(&p);
	plotter_put_markers(out);
	put_targets(&p);
	put_terms(&p);
	put_accelerator(&p);
	put_noise(&p);
	put_overview(&p, page_glances(&p));
	for (i = 0; i < r->nr_comparisons; i++)
		put_comparison(&p, &r->comparison[i]);
	missing_html(r, out);
	put_list(&p, "Notes", r->notes);
	put_list(&p, "Problems", r->problems);
	fputs("<section><h2>How to read this, and when not to trust it</h2>"
	      "<ul>\n",
	      out);
	for (i = 1; report_reading[i]; i++)
		html_element(out, "li", NULL, report_reading[i]);
	fputs("</ul></section>\n", out);
	put_host(&p);
	fputs("</body></html>\n", out);
	plotter_close(&p.plotter);
	return 0;
}
