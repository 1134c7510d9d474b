/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_STATS_H
#define VIOPERF_STATS_H

#include <stdbool.h>

/*
 * Statistics of few, freshly started blocks. Nothing here assumes a normal
 * distribution: every test is an exact permutation test, its interval is the
 * set of shifts that the test does not reject, and its estimate is the shift
 * in the middle of it, so the three never contradict each other.
 *
 * Pairs: Wilcoxon's signed ranks (Biometrics Bulletin 1, 1945), whose null
 * distribution is that of flipping the sign of each rank; the estimate is
 * Hodges and Lehmann's median of the Walsh averages (Annals of Mathematical
 * Statistics 34, 1963). Ranks rather than means, as blocks are bimodal here
 * (a device asleep or not) and no block is ever dropped.
 * Two independent samples: the rank sum of Mann and Whitney (ibid. 18, 1947)
 * and the median of all differences.
 */
#define STATS_ALPHA 0.05

/* Below this no two-sided test can reach 5 %: 5 pairs give 2/32 = 0.0625. So
 * with fewer blocks there is a range, never an interval. */
#define STATS_MIN_BLOCKS 6

struct stats_estimate {
	double value;
	double low; /* interval, or the range of what was seen */
	double high;
	bool interval;	   /* low … high is an interval of confidence */
	double confidence; /* of the interval: at least 1 - STATS_ALPHA */
	double p;	   /* two-sided, of "no difference" */
	double visible;	   /* smallest shift seen 4 times out of 5; NAN: none */
};

/* Median of @n > 0 values. */
double stats_median(const double *v, int n);

/* Standard deviation of a sample (n - 1); 0 for n < 2. */
double stats_sd(const double *v, int n);

/* The median with its interval by order statistics (sign test). p is NAN. */
int stats_of_median(const double *v, int n, struct stats_estimate *e);

/* The shift that @n paired differences show. 0 or -ENOMEM, -EINVAL (n < 1). */
int stats_of_pairs(const double *d, int n, struct stats_estimate *e);

/* The shift from sample @a to sample @b. */
int stats_of_samples(const double *a, int na, const double *b, int nb,
		     struct stats_estimate *e);

#endif
