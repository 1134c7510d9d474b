/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_FACTOR_H
#define VIOPERF_FACTOR_H

#include "ratio.h"

/*
 * How a target stands to its reference, in one form wherever people read it:
 * "27.1× faster (1.77–39.9)". Above 1 is better, whatever the metric, unless
 * the word says that it is worse for sure; without a word it cannot be told.
 * Programs get the plain ratio, target ÷ reference (report_json.c, _csv.c).
 */
struct factor {
	double value;
	double low;
	double high;
	const char *word; /* "faster", "more", "on par"; "": cannot be told */
};

/* An interval from here on tells the direction and little else. */
#define FACTOR_WIDE 20 /* high ÷ low */

/* @r is valid. */
struct factor factor_of(const struct ratio *r, enum metric_id id);

/* The words of metric @id: "faster" and "slower", "less" and "more". */
const char *factor_better(enum metric_id id);
const char *factor_worse(enum metric_id id);

/* Three digits that mean something. Returns @buf. */
char *factor_number(char *buf, size_t len, double v);

/* "(1.77–39.9, wide)", "[1.8–40]" for a range, "" for a single block. */
char *factor_bounds(char *buf, size_t len, const struct ratio *r, double low,
		    double high);

/* "27.1× faster (1.77–39.9)"; "–" where there is no ratio. Returns @buf. */
char *factor_text(char *buf, size_t len, const struct ratio *r,
		  enum metric_id id);

/* The same, with "cannot tell" where there are blocks enough to tell. */
char *factor_verdict(char *buf, size_t len, const struct ratio *r,
		     enum metric_id id);

/* The same without bounds: "27.1× faster". */
char *factor_short(char *buf, size_t len, const struct ratio *r,
		   enum metric_id id);

#endif
