/* SPDX-License-Identifier: MIT */
#include "comparison.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cell_label.h"
#include "names.h"
#include "utf8.h"

/* The comparison that @c belongs to; NULL: no memory. */
static struct report_comparison *comparison_of(struct report *r,
					       const struct cell *c)
{
	int at = names_find(r->tables, c->key);
	struct report_comparison *k;

	if (at >= 0)
		return &r->comparison[at];
	if (names_add(r->tables, c->key, r->nr_comparisons) < 0)
		return NULL;
	k = &r->comparison[r->nr_comparisons++];
	k->label = c->label;
	k->primary = cell_primary(c);
	return k;
}

static int add_member(struct report *r, struct cell *c)
{
	struct report_comparison *k = comparison_of(r, c);
	struct report_member *m;

	if (!k)
		return -ENOMEM;
	m = realloc(k->member, (size_t)(k->nr + 1) * sizeof(*m));
	if (!m)
		return -ENOMEM;
	k->member = m;
	m[k->nr++] = (struct report_member){ .cell = c };
	return 0;
}

static void label_members(struct report_comparison *k, const char *other)
{
	int i;

	for (i = 0; i < k->nr; i++) {
		cell_label_apart(k->member[i].cell, other);
		if (k->member[i].cell->twin)
			cell_label_apart(k->member[i].cell->twin, other);
	}
}

/* Two tables of one name would leave it to the reader which is which. */
static int label_apart(struct report *r)
{
	json_t *labels = json_object();
	struct report_comparison *k, *first;
	bool *told = calloc((size_t)r->nr_comparisons + 1, sizeof(*told));
	char heading[sizeof(k->member->cell->heading)];
	int i, at, ret = labels && told ? 0 : -ENOMEM;

	for (i = 0; !ret && i < r->nr_comparisons; i++) {
		k = &r->comparison[i];
		snprintf(heading, sizeof(heading), "%s",
			 k->member[0].cell->heading);
		at = names_find(labels, heading);
		if (at < 0) {
			names_add(labels, heading, i);
			continue;
		}
		first = &r->comparison[at];
		if (!told[at])
			label_members(first, k->member[0].cell->key);
		told[at] = true;
		label_members(k, first->member[0].cell->key);
	}
	json_decref(labels);
	free(told);
	return ret;
}

/* Where @target stands among the references; -1: it is none. */
static int reference_rank(const struct report *r, const char *target)
{
	const json_t *name;
	size_t i;

	json_array_foreach((json_t *)r->references, i, name)
		if (json_is_string(name) &&
		    !strcmp(json_string_value(name), target))
			return (int)i;
	return !r->references && !strcmp(target, r->reference) ? 0 : -1;
}

/* Which cell @m is compared to: of those of its driver that were measured,
 * the one that stands first among the references. */
static const struct cell *reference_of(const struct report *r,
				       const struct report_comparison *k,
				       const struct cell *c)
{
	const struct cell *best = NULL, *x;
	int i, rank, least = INT_MAX;

	for (i = 0; i < k->nr; i++) {
		x = k->member[i].cell;
		rank = reference_rank(r, x->target);
		if (rank < 0 || rank >= least || !x->blocks_ok ||
		    !cell_same_driver(x, c))
			continue;
		best = x;
		least = rank;
	}
	return best;
}

/* What was measured goes first; within a driver its reference does. */
static int order_of(const struct report *r, const struct report_comparison *k,
		    const struct cell *c)
{
	int i, driver = 0;

	if (!c->blocks_ok)
		return INT_MAX;
	for (i = 0; i < k->nr; i++, driver++)
		if (cell_same_driver(k->member[i].cell, c))
			break;
	return 2 * driver + (reference_of(r, k, c) != c);
}

/* What a target's name needs to tell it from itself. */
enum naming {
	NAME_PLAIN,
	NAME_ACCELERATOR, /* more than one was measured, in any table */
	NAME_CPU,	  /* more than one number of vCPUs, too */
};

/* Two cells of @k were measured under one accelerator, but not alike. */
static bool differs_by_cpu(const struct report_comparison *k)
{
	const struct cell *a, *b;
	int i, j;

	for (i = 0; i < k->nr; i++)
		for (j = 0; j < i; j++) {
			a = k->member[i].cell;
			b = k->member[j].cell;
			if (a->blocks_ok && b->blocks_ok &&
			    !cell_same_driver(a, b) &&
			    !strcmp(cell_accelerator(a), cell_accelerator(b)))
				return true;
		}
	return false;
}

static enum naming naming_of(const struct report *r)
{
	enum naming naming = NAME_PLAIN;
	const struct cell *c, *first = NULL;
	int i;

	for (i = 0; i < r->nr_comparisons; i++)
		if (differs_by_cpu(&r->comparison[i]))
			return NAME_CPU;
	for (i = 0; i < r->nr_cells; i++) {
		c = &r->cell[i];
		if (!c->blocks_ok)
			continue;
		if (!first)
			first = c;
		if (strcmp(cell_accelerator(c), cell_accelerator(first)))
			naming = NAME_ACCELERATOR;
	}
	return naming;
}

static void name_member(struct report_member *m, enum naming naming)
{
	const struct cell *c = m->cell;

	if (naming == NAME_PLAIN)
		snprintf(m->name, sizeof(m->name), "%.60s", c->target);
	else
		snprintf(m->name, sizeof(m->name), "%.60s · %.30s", c->target,
			 naming == NAME_CPU ? c->cpu : cell_accelerator(c));
	utf8_repair(m->name);
}

/* The load, and all that its cells ran on: "… · TCG (emulated CPU), no VM" */
static void make_heading(struct report_comparison *k)
{
	const struct cell *first = k->member[0].cell;
	char *to = k->heading;
	size_t len = sizeof(k->heading);
	const char *cpu;
	int i, j, n = 1;

	snprintf(to, len, "%s · %s", first->label, first->cpu);
	for (i = 1; i < k->nr_measured; i++) {
		cpu = k->member[i].cell->cpu;
		for (j = 0; j < i; j++)
			if (!strcmp(k->member[j].cell->cpu, cpu))
				break;
		if (j < i)
			continue;
		snprintf(to + strlen(to), len - strlen(to), ", %s", cpu);
		n++;
	}
	if (n == 1)
		snprintf(to, len, "%s", first->heading);
	utf8_repair(to);
}

static int sort_members(const struct report *r, struct report_comparison *k)
{
	int *order = calloc((size_t)k->nr, sizeof(*order));
	struct report_member m;
	int i, j, o;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < k->nr; i++)
		order[i] = order_of(r, k, k->member[i].cell);
	for (i = 0; i < k->nr; i++) {
		m = k->member[i];
		o = order[i];
		for (j = i; j > 0 && order[j - 1] > o; j--) {
			k->member[j] = k->member[j - 1];
			order[j] = order[j - 1];
		}
		k->member[j] = m;
		order[j] = o;
	}
	free(order);
	return 0;
}

/* Once sorted, members stay where they are and may point to each other. */
static void name_members(const struct report *r, struct report_comparison *k,
			 enum naming naming)
{
	const struct cell *c;
	int i, j;

	for (i = 0; i < k->nr; i++) {
		k->nr_measured += k->member[i].cell->blocks_ok > 0;
		name_member(&k->member[i], naming);
		k->member[i].cell->member = &k->member[i];
		c = reference_of(r, k, k->member[i].cell);
		for (j = 0; c && j < k->nr; j++)
			if (k->member[j].cell == c)
				k->member[i].reference = &k->member[j];
	}
	make_heading(k);
}

static int compute_ratios(const struct report *r, struct report_comparison *k,
			  struct report_member *m)
{
	const struct cell *c = m->cell, *twin = c->twin;
	int i, ret;

	if (twin) {
		ret = ratio_of(&c->metric[METRIC_MEAN],
			       &twin->metric[METRIC_MEAN], true, r->threshold,
			       &m->tracing);
		if (ret < 0)
			return ret;
	}
	for (i = 0; m->reference && !report_is_reference(m) && i < METRIC_COUNT;
	     i++) {
		ret = ratio_of(&m->reference->cell->metric[i], &c->metric[i],
			       true, r->threshold, &m->ratio[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int comparison_make_all(struct report *r)
{
	struct report_comparison *k;
	enum naming naming;
	int i, j, ret;

	r->comparison = calloc((size_t)r->nr_cells + 1, sizeof(*r->comparison));
	if (!r->comparison)
		return -ENOMEM;
	for (i = 0; i < r->nr_cells; i++) {
		ret = r->cell[i].traced ? 0 : add_member(r, &r->cell[i]);
		if (ret < 0)
			return ret;
	}
	ret = label_apart(r);
	if (ret < 0)
		return ret;
	naming = naming_of(r);
	for (i = 0; i < r->nr_comparisons; i++) {
		k = &r->comparison[i];
		ret = sort_members(r, k);
		if (ret < 0)
			return ret;
		name_members(r, k, naming);
		for (j = 0; j < k->nr; j++) {
			ret = compute_ratios(r, k, &k->member[j]);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

void comparison_free_all(struct report *r)
{
	int i;

	for (i = 0; i < r->nr_comparisons; i++)
		free(r->comparison[i].member);
	free(r->comparison);
}
