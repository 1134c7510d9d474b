/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RATIO_H
#define VIOPERF_RATIO_H

#include "metric.h"

/*
 * B against A in one metric. Differences are taken of logarithms, so B/A and
 * A/B say the same and a doubling weighs as much as a halving. Paired: only
 * blocks that both have, each block against itself, which takes out what
 * drifts from block to block.
 */
struct ratio {
	bool valid;	    /* else `reason` says why there is none */
	const char *reason; /* static */
	bool paired;
	int n; /* pairs, or blocks of the smaller side */
	double value;
	double low;
	double high;
	bool interval;
	double confidence;
	double p;
	double visible; /* smallest change that could be seen, as a share */
	enum verdict verdict;
};

/* @threshold: 0.05 for 5 %. 0 or -ENOMEM; everything else is in @r. */
int ratio_of(const struct metric *a, const struct metric *b, bool paired,
	     double threshold, struct ratio *r);

#endif
