/* SPDX-License-Identifier: MIT */
#include "factor.h"

#include <stdio.h>

const char *factor_better(enum metric_id id)
{
	return metric_table[id].is_amount ? "less" : "faster";
}

const char *factor_worse(enum metric_id id)
{
	return metric_table[id].is_amount ? "more" : "slower";
}

static const char *word_of(enum verdict v, enum metric_id id)
{
	switch (v) {
	case VERDICT_IMPROVED:
		return factor_better(id);
	case VERDICT_REGRESSED:
		return factor_worse(id);
	case VERDICT_EQUIVALENT:
		return "on par";
	default:
		return "";
	}
}

struct factor factor_of(const struct ratio *r, enum metric_id id)
{
	bool worse = r->verdict == VERDICT_REGRESSED;
	struct factor f = { r->value, r->low, r->high,
			    word_of(r->verdict, id) };

	if (metric_table[id].lower_better == worse)
		return f;
	f.value = 1 / r->value;
	f.low = 1 / r->high;
	f.high = 1 / r->low;
	return f;
}

char *factor_number(char *buf, size_t len, double v)
{
	int digits = v >= 99.5 ? 0 : v >= 9.95 ? 1 : v >= 0.0995 ? 2 : 3;

	if (v < 0.001)
		snprintf(buf, len, "<0.001");
	else
		snprintf(buf, len, "%.*f", digits, v);
	return buf;
}

char *factor_bounds(char *buf, size_t len, const struct ratio *r, double low,
		    double high)
{
	char a[24], b[24];

	factor_number(a, sizeof(a), low);
	factor_number(b, sizeof(b), high);
	buf[0] = '\0';
	if (r->n > 1)
		snprintf(buf, len, r->interval ? "(%s–%s%s)" : "[%s–%s%s]", a,
			 b, high >= low * FACTOR_WIDE ? ", wide" : "");
	return buf;
}

/* Say @f with the word @word, or without bounds where @bounds is NULL. */
static char *say(char *buf, size_t len, const struct factor *f,
		 const char *word, const char *bounds)
{
	char number[24];

	factor_number(number, sizeof(number), f->value);
	snprintf(buf, len, "%s×%s%s%s%s", number, *word ? " " : "", word,
		 *bounds ? " " : "", bounds);
	return buf;
}

static char *say_none(char *buf, size_t len)
{
	snprintf(buf, len, "–");
	return buf;
}

char *factor_short(char *buf, size_t len, const struct ratio *r,
		   enum metric_id id)
{
	struct factor f;

	if (!r->valid)
		return say_none(buf, len);
	f = factor_of(r, id);
	return say(buf, len, &f, f.word, "");
}

static char *say_bounded(char *buf, size_t len, const struct ratio *r,
			 enum metric_id id, const char *undecided)
{
	struct factor f;
	char bounds[64];

	if (!r->valid)
		return say_none(buf, len);
	f = factor_of(r, id);
	factor_bounds(bounds, sizeof(bounds), r, f.low, f.high);
	return say(buf, len, &f, *f.word || !r->interval ? f.word : undecided,
		   bounds);
}

char *factor_text(char *buf, size_t len, const struct ratio *r,
		  enum metric_id id)
{
	return say_bounded(buf, len, r, id, "");
}

char *factor_verdict(char *buf, size_t len, const struct ratio *r,
		     enum metric_id id)
{
	return say_bounded(buf, len, r, id, "cannot tell");
}
