/* SPDX-License-Identifier: MIT */
#include "compare_control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/util.h"
#include "factor.h"

static bool has_target(const struct report *r, const char *target)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (!strcmp(r->cell[i].target, target) && r->cell[i].blocks_ok)
			return true;
	return false;
}

/* What run.json says of a target's version; NULL: nothing. */
static const char *version_of(const struct report *r, const char *target)
{
	json_t *list = json_object_get(r->run->json, "targets"), *j;
	size_t i;

	json_array_foreach(list, i, j)
		if (!strcmp(record_str(j, "name", ""), target))
			return record_str(j, "version", NULL);
	return NULL;
}

/* What a run of old does not tell, or what changed, is no control. */
static bool is_unchanged(const struct compare *c, const char *target)
{
	const char *a = version_of(c->a, target), *b = version_of(c->b, target);

	return a && b && !strcmp(a, b);
}

int compare_control_find(struct compare *c, struct err *e)
{
	const char *asked = c->control, *same = c->a->reference;

	c->control = NULL;
	if (c->a == c->b || c->target_a)
		return asked && strcmp(asked, "none")
			       ? err_set(e, -EINVAL,
					 "--control is for two runs: in one, "
					 "targets are compared directly")
			       : 0;
	if (asked && !strcmp(asked, "none"))
		return 0;
	if (asked) {
		if (!has_target(c->a, asked) || !has_target(c->b, asked))
			return err_set(e, -ENOENT,
				       "--control: target '%s' was not "
				       "measured in both runs",
				       asked);
		c->control = asked;
		return 0;
	}
	if (!strcmp(same, c->b->reference) && is_unchanged(c, same) &&
	    has_target(c->a, same) && has_target(c->b, same))
		c->control = same;
	return 0;
}

bool compare_is_control(const struct compare *c, const struct compare_cell *x)
{
	return c->control && x->a && !strcmp(x->a->target, c->control);
}

static const struct cell *control_of(const struct compare *c,
				     const struct report *r,
				     const struct cell *cell)
{
	const struct report_comparison *k = report_find(r, cell->key);
	const struct cell *x;
	int i;

	for (i = 0; k && i < k->nr_measured; i++) {
		x = k->member[i].cell;
		if (!strcmp(x->target, c->control) && cell_same_driver(x, cell))
			return x;
	}
	return NULL;
}

/* @m as a multiple of @by, in the blocks that both have. 0 or -ENOMEM. */
static int divide(struct metric *to, const struct metric *m,
		  const struct metric *by)
{
	int i = 0, j = 0, ret = 0;

	*to = *m;
	to->n = 0;
	to->raw = NULL;
	to->block = NULL;
	while (!ret && i < m->n && j < by->n) {
		if (m->block[i] < by->block[j])
			i++;
		else if (m->block[i] > by->block[j])
			j++;
		else {
			ret = metric_add_value(to, m->block[i],
					       m->raw[i] / by->raw[j]);
			i++;
			j++;
		}
	}
	return ret;
}

int compare_control_apply(const struct compare *c, struct compare_cell *x)
{
	const struct cell *a, *b;
	struct metric ma = { 0 }, mb = { 0 };
	struct ratio r;
	int ret = 0;

	if (!c->control || compare_is_control(c, x))
		return 0;
	a = control_of(c, c->a, x->a);
	b = control_of(c, c->b, x->b);
	if (!a || !b)
		return 0;
	ret = ratio_of(&a->metric[x->judged], &b->metric[x->judged], false,
		       c->threshold, &r);
	if (ret < 0 || !r.valid || r.verdict == VERDICT_EQUIVALENT)
		return ret;
	ret = divide(&ma, &x->a->metric[x->judged], &a->metric[x->judged]);
	if (!ret)
		ret = divide(&mb, &x->b->metric[x->judged],
			     &b->metric[x->judged]);
	if (!ret)
		ret = ratio_of(&ma, &mb, false, c->threshold, &r);
	metric_free(&ma);
	metric_free(&mb);
	if (ret < 0 || !r.valid)
		return ret;
	x->plain = x->ratio;
	x->ratio = r;
	x->controlled = true;
	return 0;
}

void compare_control_warn(struct compare *c)
{
	const struct compare_cell *x, *worst = NULL;
	char text[80];
	int i, n = 0, all = 0;

	for (i = 0; i < c->nr; i++) {
		x = &c->cell[i];
		if (!compare_is_control(c, x) || x->refused[0])
			continue;
		all++;
		if (x->ratio.verdict != VERDICT_REGRESSED &&
		    x->ratio.verdict != VERDICT_IMPROVED)
			continue;
		n++;
		if (!worst || x->ratio.p < worst->ratio.p)
			worst = x;
	}
	if (!n)
		return;
	snprintf(c->host_changed, sizeof(c->host_changed),
		 "the host changed: %.60s, the same in both runs, came out "
		 "otherwise in %d of %d cells (%.100s: B/A %s); there, targets "
		 "are judged as multiples of it",
		 c->control, n, all, worst->a->heading,
		 report_ratio_text(text, sizeof(text), &worst->ratio));
}
