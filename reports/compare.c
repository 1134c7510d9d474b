/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "compare_control.h"
#include "compare_host.h"
#include "utf8.h"

static bool is_wanted(const struct cell *c, const char *target)
{
	if (c->traced || !strcmp(c->status, "excluded"))
		return false;
	return !target || !strcmp(c->target, target);
}

/* Of the cells of @r in @c's table, the first one that is wanted and has the
 * same driver as @c, or another. */
static const struct cell *find_cell(const struct report *r,
				    const struct cell *c, const char *target,
				    bool same_driver)
{
	const struct report_comparison *k = report_find(r, c->key);
	const struct cell *x, *found = NULL;
	int i;

	for (i = 0; k && i < k->nr; i++) {
		x = k->member[i].cell;
		if (is_wanted(x, target) &&
		    cell_same_driver(x, c) == same_driver &&
		    (!found || x < found))
			found = x;
	}
	return found;
}

/* The cell of @r that stands against @c: never one of another driver or
 * accelerator, or with CPUs that idle otherwise. */
static const struct cell *find_partner(const struct report *r,
				       const struct cell *c, const char *target,
				       bool same_target)
{
	return find_cell(r, c, same_target ? c->target : target, true);
}

/* The cell of @r that would stand against @c, were it not for what the guest
 * of one of them ran under. */
static const struct cell *find_other_driver(const struct report *r,
					    const struct cell *c,
					    const char *target)
{
	return find_cell(r, c, target ? target : c->target, false);
}

static void refuse_missing(struct compare_cell *x, const struct report *r,
			   const struct cell *c, const char *target,
			   const char *side)
{
	const struct cell *other = find_other_driver(r, c, target);

	if (other)
		snprintf(x->refused, sizeof(x->refused),
			 "%s has it with %.60s, not %.60s: such figures are "
			 "never compared",
			 side, other->cpu, c->cpu);
	else
		snprintf(x->refused, sizeof(x->refused), "%s has no such cell",
			 side);
}

static bool refuse_side(struct compare_cell *x, const struct cell *c,
			const char *side, bool force)
{
	int line = (int)strcspn(c->reason, "\n");

	line = MIN(line, 180);
	if (!c->blocks_ok)
		snprintf(x->refused, sizeof(x->refused), "%s: %s, %.*s", side,
			 c->status, line, c->reason);
	else if (c->blocks_failed && !force)
		snprintf(x->refused, sizeof(x->refused),
			 "%s: %d of %d blocks failed, %.*s", side,
			 c->blocks_failed, c->blocks_ok + c->blocks_failed,
			 line, c->reason);
	return *utf8_repair(x->refused);
}

static bool refuse(const struct compare *c, struct compare_cell *x)
{
	if (!x->b)
		refuse_missing(x, c->b, x->a, c->target_b, "B");
	else if (!x->a)
		refuse_missing(x, c->a, x->b, c->target_a, "A");
	else
		return refuse_side(x, x->a, "A", c->force) ||
		       refuse_side(x, x->b, "B", c->force);
	utf8_repair(x->refused);
	return true;
}

static int judge(const struct compare *c, struct compare_cell *x)
{
	int ret;

	x->judged = cell_primary(x->a ? x->a : x->b);
	x->ratio.verdict = VERDICT_INCONCLUSIVE;
	x->p99.verdict = VERDICT_INCONCLUSIVE;
	if (refuse(c, x))
		return 0;
	ret = ratio_of(&x->a->metric[x->judged], &x->b->metric[x->judged],
		       c->paired, c->threshold, &x->ratio);
	if (!ret)
		ret = compare_control_apply(c, x);
	if (ret < 0)
		return ret;
	return ratio_of(&x->a->metric[METRIC_P99], &x->b->metric[METRIC_P99],
			c->paired, c->threshold, &x->p99);
}

/* What could be measured on neither side is no difference between them. */
static bool both_skipped(const struct cell *a, const struct cell *b)
{
	return a && b && !strcmp(a->status, "skipped") &&
	       !strcmp(b->status, "skipped");
}

/* Pair up all cells of A, then those that only B has. */
static int collect(struct compare *c)
{
	bool same = !c->target_a;
	const struct cell *x, *y;
	int i;

	c->cell = calloc((size_t)(c->a->nr_cells + c->b->nr_cells) + 1,
			 sizeof(*c->cell));
	if (!c->cell)
		return -ENOMEM;
	for (i = 0; i < c->a->nr_cells; i++) {
		x = &c->a->cell[i];
		if (!is_wanted(x, c->target_a))
			continue;
		y = find_partner(c->b, x, c->target_b, same);
		if (both_skipped(x, y))
			continue;
		c->cell[c->nr].a = x;
		c->cell[c->nr++].b = y;
	}
	for (i = 0; i < c->b->nr_cells; i++) {
		x = &c->b->cell[i];
		if (!is_wanted(x, c->target_b) ||
		    find_partner(c->a, x, c->target_a, same))
			continue;
		c->cell[c->nr++].b = x;
	}
	return 0;
}

/* One regression is enough; all have to be decided for a good end. */
static enum verdict verdict_of_all(const struct compare *c)
{
	enum verdict v, all = VERDICT_EQUIVALENT;
	int i, n = 0;

	for (i = 0; i < c->nr; i++) {
		v = c->cell[i].ratio.verdict;
		if (compare_is_control(c, &c->cell[i]) &&
		    !c->cell[i].refused[0])
			continue;
		n++;
		if (v == VERDICT_REGRESSED)
			return v;
		if (v == VERDICT_INCONCLUSIVE ||
		    (v == VERDICT_IMPROVED && all == VERDICT_EQUIVALENT))
			all = v;
	}
	return n ? all : VERDICT_INCONCLUSIVE;
}

/* Different hosts: refused as a whole, or said and gone over. */
static bool refuse_hosts(struct compare *c)
{
	const char *fact = run_host_differs(c->a->run, c->b->run);
	int i;

	if (!fact)
		return false;
	snprintf(c->warning, sizeof(c->warning),
		 "the runs are of different hosts (%s differs)%s", fact,
		 c->force ? ": compared all the same, as --force says" : "");
	for (i = 0; !c->force && i < c->nr; i++) {
		snprintf(c->cell[i].refused, sizeof(c->cell[i].refused),
			 "different hosts (%s)", fact);
		c->cell[i].judged = cell_primary(c->cell[i].a ? c->cell[i].a
							      : c->cell[i].b);
		c->cell[i].ratio.verdict = VERDICT_INCONCLUSIVE;
		c->cell[i].p99.verdict = VERDICT_INCONCLUSIVE;
	}
	return !c->force;
}

int compare_run(struct compare *c, struct err *e)
{
	int i, ret;

	c->paired = c->a == c->b;
	c->differences = compare_host_differences(c->a->run, c->b->run);
	ret = compare_control_find(c, e);
	if (!ret)
		ret = collect(c);
	if (ret < 0)
		return ret;
	if (!refuse_hosts(c)) {
		for (i = 0; i < c->nr; i++) {
			ret = judge(c, &c->cell[i]);
			if (ret < 0)
				return ret;
		}
	}
	compare_control_warn(c);
	c->verdict = verdict_of_all(c);
	return 0;
}

void compare_free(struct compare *c)
{
	json_decref(c->differences);
	c->differences = NULL;
	free(c->cell);
	c->cell = NULL;
	c->nr = 0;
}
