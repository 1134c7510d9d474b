/* SPDX-License-Identifier: MIT */
#include "glance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "factor.h"
#include "price.h"
#include "utf8.h"

#define SEPARATOR " · "

const char glance_reading[] =
	"factors against the reference by the judged figure; without a word "
	"it cannot be told, above 1 is better; wide: take the direction, not "
	"the number; CPU: the device's time";

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

static bool is_shared(const struct glance *g, const char *part, size_t n)
{
	int i;

	for (i = 0; i < g->nr_loads; i++)
		if (!has_part(g->load[i]->label, part, n))
			return false;
	return true;
}

static void add_part(char *buf, size_t room, const char *part, size_t n)
{
	size_t at = strlen(buf);

	if (at + n + 8 <= room)
		sprintf(buf + at, "%s%.*s", at ? SEPARATOR : "", (int)n, part);
}

/* Parts of a label that all labels share. */
static void take_common(struct glance *g)
{
	const char *label = g->load[0]->label, *p;
	size_t n;

	while (*label) {
		p = label;
		label = next_part(p, &n);
		if (is_shared(g, p, n))
			add_part(g->common, sizeof(g->common), p, n);
	}
}

/* Those that they do not. */
static void take_parts(const struct glance *g, const char *label, char *buf,
		       size_t room)
{
	const char *p;
	size_t n;

	while (*label) {
		p = label;
		label = next_part(p, &n);
		if (!has_part(g->common, p, n))
			add_part(buf, room, p, n);
	}
}

const struct report_member *glance_member(const struct glance *g, int load,
					  int name)
{
	return find_member(g->load[load], g->name[name]);
}

static const char *title_of(const char *type)
{
	static const char *const titles[][2] = {
		{ "blk", "At a glance: disks" },
		{ "net", "At a glance: networks" },
		{ "rng", "At a glance: random bytes" },
		{ "balloon", "At a glance: balloons" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(titles); i++)
		if (!strcmp(titles[i][0], type))
			return titles[i][1];
	return "At a glance";
}

static void name_loads(struct glance *g)
{
	int i;

	take_common(g);
	for (i = 0; i < g->nr_loads; i++) {
		take_parts(g, g->load[i]->label, g->label[i],
			   sizeof(g->label[i]));
		if (!g->label[i][0])
			strcpy(g->label[i], "factor");
	}
}

static const char *type_of(const struct report_comparison *k)
{
	return k->member[0].cell->type;
}

/* The @n-th type of load, in order of appearance; NULL: no such. */
static const char *find_type(const struct report *r, int n)
{
	int i, j;

	for (i = 0; i < r->nr_comparisons; i++) {
		for (j = 0; j < i; j++)
			if (!strcmp(type_of(&r->comparison[i]),
				    type_of(&r->comparison[j])))
				break;
		if (j == i && !n--)
			return type_of(&r->comparison[i]);
	}
	return NULL;
}

/* Targets that could be measured stand in it, also where they failed. */
static void add_load(struct glance *g, const struct report_comparison *k)
{
	int i;

	g->load[g->nr_loads++] = k;
	for (i = 0; i < k->nr; i++)
		if (strcmp(k->member[i].cell->status, "excluded") &&
		    !is_known(g, k->member[i].name))
			g->name[g->nr_names++] = k->member[i].name;
}

/* Targets with figures under any load. */
static int measured_names(const struct glance *g)
{
	const struct report_member *m;
	int i, j, n = 0;

	for (i = 0; i < g->nr_names; i++)
		for (j = 0; j < g->nr_loads; j++) {
			m = find_member(g->load[j], g->name[i]);
			if (!m || !m->cell->blocks_ok)
				continue;
			n++;
			break;
		}
	return n;
}

/* Somebody has a factor; @ranges: one that has no interval. */
static bool has_factors(const struct glance *g, bool ranges)
{
	const struct report_comparison *k;
	const struct ratio *ratio;
	int i, j;

	for (i = 0; i < g->nr_loads; i++) {
		k = g->load[i];
		for (j = 0; j < k->nr_measured; j++) {
			ratio = &k->member[j].ratio[k->primary];
			if (ratio->valid && !(ranges && ratio->interval))
				return true;
		}
	}
	return false;
}

const char *glance_warning(const struct glance *g)
{
	return has_factors(g, true)
		       ? "fewer than 6 blocks: factors as seen, not verdicts"
		       : "";
}

int glance_open(struct glance *g, const struct report *r, int i)
{
	size_t nr = (size_t)r->nr_comparisons + 1;
	int j;

	*g = (struct glance){ .report = r, .type = find_type(r, i) };
	if (!g->type)
		return -ENOENT;
	g->name = calloc((size_t)r->nr_cells + 1, sizeof(*g->name));
	g->load = calloc(nr, sizeof(*g->load));
	g->label = calloc(nr, sizeof(*g->label));
	if (!g->name || !g->load || !g->label) {
		glance_close(g);
		return -ENOMEM;
	}
	for (j = 0; j < r->nr_comparisons; j++)
		if (!strcmp(type_of(&r->comparison[j]), g->type) &&
		    r->comparison[j].nr_measured)
			add_load(g, &r->comparison[j]);
	if (measured_names(g) < 3 || !has_factors(g, false)) {
		glance_close(g);
		return -ENODATA;
	}
	g->title = title_of(g->type);
	name_loads(g);
	return 0;
}

void glance_close(struct glance *g)
{
	free(g->name);
	free(g->load);
	free(g->label);
	*g = (struct glance){ 0 };
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
		factor_text(buf, len, &m->ratio[k->primary], k->primary);
	return utf8_repair(buf);
}

/* What @name took under each load, below its factors. */
static void add_prices(const struct glance *g, const char *name, int from,
		       int to, struct table *t)
{
	const struct report_member *m;
	bool begun = false;
	char text[80];
	int j;

	for (j = from; j < to; j++) {
		m = find_member(g->load[j], name);
		if (!m || !m->cell->blocks_ok ||
		    !*price_value(text, sizeof(text), g->load[j], m))
			continue;
		if (!begun)
			table_row(t, TABLE_DIM);
		begun = true;
		table_set(t, 1 + j - from, text);
	}
}

static void add_factors(const struct glance *g, const char *name, int from,
			int to, struct table *t)
{
	const struct report_member *m;
	char text[120];
	int j;

	table_row(t, TABLE_PLAIN);
	table_set(t, 0, name);
	for (j = from; j < to; j++)
		table_set(t, 1 + j - from,
			  glance_text(text, sizeof(text), g->load[j], name,
				      &m));
}

void glance_fill(const struct glance *g, int from, int to, struct table *t)
{
	int i, j;

	t->nr_columns = 1 + to - from;
	t->title[0] = "target";
	t->left[0] = true;
	for (j = from; j < to; j++)
		t->title[1 + j - from] = g->label[j];
	for (i = 0; i < g->nr_names; i++) {
		add_factors(g, g->name[i], from, to, t);
		add_prices(g, g->name[i], from, to, t);
	}
}
