/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RANK_TEST_H
#define VIOPERF_RANK_TEST_H

/*
 * Null distributions of the two rank tests, exact up to RANK_TEST_EXACT
 * observations, by the normal approximation above that.
 */
#define RANK_TEST_EXACT 120

/* Two-sided p of the paired differences @d: the share of all 2^n choices of
 * signs whose rank sum is at least as far out. A zero keeps its rank and has
 * no sign (Pratt, JASA 54, 1959). 1 when all are zero; NAN: no memory. */
double rank_test_pairs(const double *d, int n);

/* Two-sided p of the rank sum of @a within @a and @b together: the share of
 * all ways to choose @na of them. */
double rank_test_samples(const double *a, int na, const double *b, int nb);

/* How many of the ordered Walsh averages (differences) lie outside a
 * two-sided interval at each end: the k-th and the k-th last are its ends.
 * 0: no interval at this @alpha. *@confidence is what the interval has. */
int rank_test_pairs_depth(int n, double alpha, double *confidence);
int rank_test_samples_depth(int na, int nb, double alpha, double *confidence);

#endif
