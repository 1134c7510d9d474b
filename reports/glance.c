/* SPDX-License-Identifier: MIT */
#include "glance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define SEPARATOR " · "

static const struct report_member *
find_member(const struct report_comparison *k, const char *name)
{
	int i;

	for (i = 0; i < k->nr; i++)
		if (!strcmp(k->member[i].name, name))
			return &k->member[i];
	return NULL;
}

static bool is_known(const struct glance *g, const char *name)
{
	int i;

	for (i = 0; i < g->nr_names; i++)
		if (!strcmp(g->name[i], name))
			return true;
	return false;
}

/* The next part of a label, up to a separator; its length into *@n. */
static const char *next_part(const char *p, size_t *n)
{
	const char *end = strstr(p, SEPARATOR);

	*n = end ? (size_t)(end - p) : strlen(p);
	return end ? end + strlen(SEPARATOR) : p + *n;
}

static bool has_part(const char *label, const char *part, size_t n)
{
	const char *p;
	size_t len;

	while (*label) {
		p = label;
		label = next_part(p, &len);
		if (len == n && !strncmp(p, part, n))
			return true;
	}
	return false;
}

static bool is_common(const struct report *r, const char *part, size_t n)
{
	int i;

	for (i = 0; i < r->nr_comparisons; i++)
		if (!has_part(r->comparison[i].label, part, n))
			return false;
	return true;
}

/* Parts of @label that all labels share, or those that they do not. */
static void take_parts(const struct report *r, const char *label, bool common,
		       char *buf, size_t room)
{
	const char *p;
	size_t n, at = 0;

	buf[0] = '\0';
	while (*label) {
		p = label;
		label = next_part(p, &n);
		if (is_common(r, p, n) != common || at + n + 8 > room)
			continue;
		at += (size_t)sprintf(buf + at, "%s%.*s", at ? SEPARATOR : "",
				      (int)n, p);
	}
}

static void name_loads(struct glance *g, const struct report *r)
{
	int i;

	take_parts(r, r->comparison[0].label, true, g->common,
		   sizeof(g->common));
	for (i = 0; i < r->nr_comparisons; i++) {
		take_parts(r, r->comparison[i].label, false, g->label[i],
			   sizeof(g->label[i]));
		if (!g->label[i][0])
			strcpy(g->label[i], "factor");
	}
}

int glance_open(struct glance *g, const struct report *r)
{
	const struct report_comparison *k;
	bool any = false;
	int i, j;

	*g = (struct glance){ 0 };
	g->name = calloc((size_t)r->nr_cells + 1, sizeof(*g->name));
	g->label = calloc((size_t)r->nr_comparisons + 1, sizeof(*g->label));
	if (!g->name || !g->label) {
		glance_close(g);
		return -ENOMEM;
	}
	for (i = 0; i < r->nr_comparisons; i++) {
		k = &r->comparison[i];
		for (j = 0; j < k->nr_measured; j++) {
			any |= k->member[j].ratio[k->primary].valid;
			if (!is_known(g, k->member[j].name))
				g->name[g->nr_names++] = k->member[j].name;
		}
	}
	if (!any || g->nr_names < 3) {
		glance_close(g);
		return -ENODATA;
	}
	name_loads(g, r);
	return 0;
}

void glance_close(struct glance *g)
{
	free(g->name);
	free(g->label);
	*g = (struct glance){ 0 };
}

/* Digits after the point that leave three in all. */
static int digits_of(double v)
{
	return v >= 99.5 ? 0 : v >= 9.95 ? 1 : 2;
}

static void say_factor(char *buf, size_t len, const struct ratio *r,
		       bool lower_better)
{
	/* Better is above 1, whatever the metric. */
	double v = lower_better ? 1 / r->value : r->value;
	double low = lower_better ? 1 / r->high : r->low;
	double high = lower_better ? 1 / r->low : r->high, t;
	const char *word = low > 1 ? " faster" : high < 1 ? " slower" : "";
	int d;

	if (high < 1) {
		v = 1 / v;
		t = 1 / low;
		low = 1 / high;
		high = t;
	}
	if (r->verdict == VERDICT_EQUIVALENT)
		word = " on par";
	d = digits_of(v);
	snprintf(buf, len,
		 r->interval ? "%.*f×%s (%.*f–%.*f)" : "%.*f×%s [%.*f–%.*f]", d,
		 v, word, d, low, d, high);
}

char *glance_text(char *buf, size_t len, const struct report_comparison *k,
		  const char *name, const struct report_member **member)
{
	const struct report_member *m = find_member(k, name);

	*member = m;
	if (!m)
		snprintf(buf, len, "–");
	else if (!m->cell->blocks_ok)
		snprintf(buf, len, "%.20s", m->cell->status);
	else if (report_is_reference(m))
		snprintf(buf, len, "reference");
	else if (!m->ratio[k->primary].valid)
		snprintf(buf, len, "–");
	else
		say_factor(buf, len, &m->ratio[k->primary],
			   metric_table[k->primary].lower_better);
	return utf8_repair(buf);
}

void glance_fill(const struct glance *g, const struct report *r, int from,
		 int to, struct table *t)
{
	const struct report_member *m;
	char text[120];
	int i, j;

	t->nr_columns = 1 + to - from;
	t->title[0] = "target";
	t->left[0] = true;
	for (j = from; j < to; j++)
		t->title[1 + j - from] = g->label[j];
	for (i = 0; i < g->nr_names; i++) {
		table_row(t, TABLE_PLAIN);
		table_set(t, 0, g->name[i]);
		for (j = from; j < to; j++)
			table_set(t, 1 + j - from,
				  glance_text(text, sizeof(text),
					      &r->comparison[j], g->name[i],
					      &m));
	}
}
