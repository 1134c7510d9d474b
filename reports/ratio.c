/* SPDX-License-Identifier: MIT */
#include "ratio.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "lib/util.h"

/* Logarithms exist of what is above zero only. */
static bool all_positive(const struct metric *m)
{
	int i;

	for (i = 0; i < m->n; i++)
		if (!(m->raw[i] > 0))
			return false;
	return true;
}

static int estimate_pairs(const struct metric *a, const struct metric *b,
			  struct stats_estimate *e, int *n)
{
	double *d = malloc((size_t)MIN(a->n, b->n) * sizeof(*d));
	int i = 0, j = 0, ret;

	*n = 0;
	if (!d)
		return -ENOMEM;
	while (i < a->n && j < b->n) {
		if (a->block[i] == b->block[j])
			d[(*n)++] = log(b->raw[j++] / a->raw[i++]);
		else if (a->block[i] < b->block[j])
			i++;
		else
			j++;
	}
	ret = stats_of_pairs(d, *n, e);
	free(d);
	return ret;
}

static double *logs_of(const struct metric *m)
{
	double *l = malloc((size_t)m->n * sizeof(*l));
	int i;

	for (i = 0; l && i < m->n; i++)
		l[i] = log(m->raw[i]);
	return l;
}

static int estimate_samples(const struct metric *a, const struct metric *b,
			    struct stats_estimate *e, int *n)
{
	double *la = logs_of(a), *lb = logs_of(b);
	int ret = -ENOMEM;

	*n = MIN(a->n, b->n);
	if (la && lb)
		ret = stats_of_samples(la, a->n, lb, b->n, e);
	free(la);
	free(lb);
	return ret;
}

static int no_ratio(struct ratio *r, const char *reason)
{
	r->reason = reason;
	return 0;
}

int ratio_of(const struct metric *a, const struct metric *b, bool paired,
	     double threshold, struct ratio *r)
{
	struct stats_estimate e;
	int ret;

	*r = (struct ratio){ .paired = paired,
			     .value = NAN,
			     .low = NAN,
			     .high = NAN,
			     .p = NAN,
			     .visible = NAN,
			     .verdict = VERDICT_INCONCLUSIVE };
	if (!a->n || !b->n)
		return no_ratio(r, "one side has no value");
	if (!all_positive(a) || !all_positive(b))
		return no_ratio(r, "a value is zero: no ratio");
	if (paired)
		ret = estimate_pairs(a, b, &e, &r->n);
	else
		ret = estimate_samples(a, b, &e, &r->n);
	if (ret == -EINVAL)
		return no_ratio(r, "no block in common");
	if (ret < 0)
		return ret;
	r->valid = true;
	r->value = exp(e.value);
	r->low = exp(e.low);
	r->high = exp(e.high);
	r->interval = e.interval;
	r->confidence = e.confidence;
	r->p = e.p;
	r->visible = exp(e.visible) - 1;
	r->verdict = verdict_of(&e, log1p(threshold), b->lower_better);
	if (!r->interval)
		r->reason = "fewer than 6 blocks: a range, not an interval";
	return 0;
}
