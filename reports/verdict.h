/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_VERDICT_H
#define VIOPERF_VERDICT_H

#include <stdbool.h>

#include "stats.h"

/*
 * What an estimate of ln(B / A) says when changes up to ±delta do not matter.
 * The interval decides, never p: "no change" and "cannot tell" are not the
 * same. Without an interval nothing can be told.
 */
enum verdict {
	VERDICT_EQUIVALENT, /* whole interval inside ±delta */
	VERDICT_IMPROVED,   /* whole interval beyond delta on the good side */
	VERDICT_REGRESSED,
	VERDICT_INCONCLUSIVE,
};

/* @delta: ln(1 + threshold), so that A and B can change places. */
enum verdict verdict_of(const struct stats_estimate *e, double delta,
			bool lower_better);

const char *verdict_name(enum verdict v);

#endif
