/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/record.h"
#include "guest_notes.h"
#include "utf8.h"

static struct cell *find_cell(struct report *r, const char *id)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (!strcmp(r->cell[i].id, id))
			return &r->cell[i];
	return NULL;
}

/* Runs that are put together number their blocks one after the other. */
static int add_records(struct cell *c, const struct run_cell *from, int base,
		       json_t *problems)
{
	const json_t *record;
	size_t i;
	int ret;

	for (i = 0; i < json_array_size(from->records); i++) {
		record = json_array_get(from->records, i);
		ret = cell_add(c, base + (int)record_num(record, "block", 0),
			       record, problems);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int add_run(struct report *r, const struct run *run, int base)
{
	struct cell *c;
	int i, ret;

	json_array_extend(r->problems, run->problems);
	for (i = 0; i < run->nr_cells; i++) {
		c = find_cell(r, run->cell[i].id);
		if (!c) {
			c = &r->cell[r->nr_cells];
			ret = cell_init(c, run->cell[i].spec);
			if (ret < 0)
				return ret;
			r->nr_cells++;
		}
		ret = add_records(c, &run->cell[i], base, r->problems);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int add_runs(struct report *r, const struct run *runs, int nr_runs,
		    struct err *e)
{
	const char *fact;
	int i, ret, nr = 1;

	for (i = 0; i < nr_runs; i++)
		nr += runs[i].nr_cells;
	r->cell = calloc((size_t)nr, sizeof(*r->cell));
	if (!r->cell)
		return -ENOMEM;
	for (i = 0; i < nr_runs; i++) {
		fact = run_host_differs(&runs[0], &runs[i]);
		if (fact)
			return err_set(e, -EXDEV,
				       "%s and %s are of different hosts "
				       "(%s): report them one by one",
				       runs[0].path, runs[i].path, fact);
		ret = add_run(r, &runs[i], i * RUN_BLOCK_MAX);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* A twin names its untraced cell. */
static void join_twins(struct report *r)
{
	struct cell *c, *twin;
	int i;

	for (i = 0; i < r->nr_cells; i++) {
		c = &r->cell[i];
		twin = find_cell(r, record_str(c->spec, "twin_of", ""));
		if (!c->traced || !twin || twin->traced)
			continue;
		c->twin = twin;
		twin->twin = c;
	}
}

static struct report_comparison *find_comparison(struct report *r,
						 const struct cell *c)
{
	int i;

	for (i = 0; i < r->nr_comparisons; i++)
		if (!strcmp(r->comparison[i].member[0].cell->key, c->key))
			return &r->comparison[i];
	return NULL;
}

static int add_member(struct report *r, struct cell *c)
{
	struct report_comparison *k = find_comparison(r, c);
	struct report_member *m;

	if (!k) {
		k = &r->comparison[r->nr_comparisons++];
		k->label = c->label;
		k->primary = cell_primary(c);
	}
	m = realloc(k->member, (size_t)(k->nr + 1) * sizeof(*m));
	if (!m)
		return -ENOMEM;
	k->member = m;
	m[k->nr++] = (struct report_member){ .cell = c };
	return 0;
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

static void name_member(const struct report_comparison *k,
			struct report_member *m)
{
	const struct cell *c = m->cell;
	int i;

	snprintf(m->name, sizeof(m->name), "%.60s", c->target);
	utf8_repair(m->name);
	for (i = 0; i < k->nr; i++)
		if (!cell_same_driver(k->member[i].cell, c))
			break;
	if (i < k->nr)
		snprintf(m->name + strlen(m->name),
			 sizeof(m->name) - strlen(m->name), " · %s",
			 !strcmp(c->accelerator, "none") ? "no VM" :
			 !strcmp(c->accelerator, "tcg")	 ? "TCG" :
			 !strcmp(c->accelerator, "kvm")	 ? "KVM" :
							   c->accelerator);
}

static void sort_members(const struct report *r, struct report_comparison *k)
{
	struct report_member m;
	const struct cell *c;
	int *order = calloc((size_t)k->nr, sizeof(*order));
	int i, j, o;

	for (i = 0; order && i < k->nr; i++)
		order[i] = order_of(r, k, k->member[i].cell);
	for (i = 0; order && i < k->nr; i++) {
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
	for (i = 0; i < k->nr; i++) {
		k->nr_measured += k->member[i].cell->blocks_ok > 0;
		name_member(k, &k->member[i]);
		c = reference_of(r, k, k->member[i].cell);
		for (j = 0; c && j < k->nr; j++)
			if (k->member[j].cell == c)
				k->member[i].reference = &k->member[j];
	}
	for (i = 0; i < k->nr_measured; i++)
		if (!cell_same_driver(k->member[i].cell, k->member[0].cell))
			break;
	k->heading = i < k->nr_measured ? k->label :
					  k->member[0].cell->heading;
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
	for (i = 0; m->reference && !report_is_reference(m) &&
		    i < METRIC_COUNT; i++) {
		ret = ratio_of(&m->reference->cell->metric[i], &c->metric[i],
			       true, r->threshold, &m->ratio[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int make_comparisons(struct report *r)
{
	struct report_comparison *k;
	int i, j, ret;

	r->comparison = calloc((size_t)r->nr_cells + 1, sizeof(*r->comparison));
	if (!r->comparison)
		return -ENOMEM;
	for (i = 0; i < r->nr_cells; i++) {
		ret = r->cell[i].traced ? 0 : add_member(r, &r->cell[i]);
		if (ret < 0)
			return ret;
	}
	for (i = 0; i < r->nr_comparisons; i++) {
		k = &r->comparison[i];
		sort_members(r, k);
		for (j = 0; j < k->nr; j++) {
			ret = compute_ratios(r, k, &k->member[j]);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static void copy_notes(struct report *r, const struct run *runs, int nr_runs)
{
	json_t *notes, *note, *seen;
	size_t j, k;
	int i;

	for (i = 0; i < nr_runs; i++) {
		notes = json_object_get(runs[i].json, "notes");
		json_array_foreach(notes, j, note) {
			json_array_foreach(r->notes, k, seen)
				if (json_equal(seen, note))
					break;
			if (json_is_string(note) &&
			    k == json_array_size(r->notes))
				json_array_append(r->notes, note);
		}
		if (json_is_false(json_object_get(runs[i].json, "finished")))
			json_array_append_new(
				r->notes,
				json_string("the run did not finish; what is "
					    "missing can be measured with "
					    "vioperf run --resume"));
	}
}

/* What --reference or run.json says; else the first cell's target. */
static void choose_reference(struct report *r, const char *asked)
{
	const char *first = r->nr_cells ? r->cell[0].target : "";
	const json_t *said = json_object_get(r->run->json, "reference");

	r->reference = asked ? asked : first;
	if (asked)
		return;
	if (json_is_string(said))
		r->reference = json_string_value(said);
	if (json_array_size(said)) {
		r->references = said;
		r->reference = json_string_value(json_array_get(said, 0)) ?:
				       first;
	}
}

static int check_reference(const struct report *r, struct err *e)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (!strcmp(r->cell[i].target, r->reference))
			return 0;
	return err_set(e, -ENOENT, "no target '%s' in %s", r->reference,
		       r->run->path);
}

int report_build(struct report *r, const struct run *runs, int nr_runs,
		 const struct report_options *o, struct err *e)
{
	int i, ret;

	*r = (struct report){ .run = runs,
			      .nr_runs = nr_runs,
			      .threshold = o->threshold };
	err_set(e, 0, "no memory");
	r->problems = json_array();
	r->notes = json_array();
	ret = add_runs(r, runs, nr_runs, e);
	for (i = 0; !ret && i < r->nr_cells; i++)
		ret = cell_finish(&r->cell[i]);
	if (ret < 0)
		goto fail;
	choose_reference(r, o->reference);
	if (o->reference) {
		ret = check_reference(r, e);
		if (ret < 0)
			goto fail;
	}
	join_twins(r);
	copy_notes(r, runs, nr_runs);
	guest_notes(r);
	ret = make_comparisons(r);
	if (!ret)
		return 0;
fail:
	report_close(r);
	return ret;
}

void report_close(struct report *r)
{
	int i;

	for (i = 0; i < r->nr_comparisons; i++)
		free(r->comparison[i].member);
	free(r->comparison);
	for (i = 0; i < r->nr_cells; i++)
		cell_free(&r->cell[i]);
	free(r->cell);
	json_decref(r->problems);
	json_decref(r->notes);
	memset(r, 0, sizeof(*r));
}
