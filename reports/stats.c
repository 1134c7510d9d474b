/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "rank_test.h"

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median_of_sorted(const double *v, int n)
{
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static double *sorted_copy(const double *v, int n)
{
	double *s = malloc((size_t)n * sizeof(*s));

	if (!s)
		return NULL;
	memcpy(s, v, (size_t)n * sizeof(*s));
	qsort(s, (size_t)n, sizeof(*s), by_value);
	return s;
}

double stats_median(const double *v, int n)
{
	double *s = sorted_copy(v, n);
	double m = s ? median_of_sorted(s, n) : NAN;

	free(s);
	return m;
}

double stats_sd(const double *v, int n)
{
	double mean = 0, square = 0;
	int i;

	if (n < 2)
		return 0;
	for (i = 0; i < n; i++)
		mean += v[i] / n;
	for (i = 0; i < n; i++)
		square += (v[i] - mean) * (v[i] - mean);
	return sqrt(square / (n - 1));
}

/*
 * The ends of @e from @n sorted values of which @depth lie outside at each
 * end; the whole range where there is no interval.
 */
static void set_ends(struct stats_estimate *e, const double *sorted, int n,
		     int depth, double confidence)
{
	e->interval = depth > 0;
	e->confidence = depth > 0 ? confidence : 0;
	e->low = sorted[depth > 0 ? depth - 1 : 0];
	e->high = sorted[depth > 0 ? n - depth : n - 1];
}

/* How many order statistics lie outside the median's interval: coin flips. */
static int median_depth(int n, double *confidence)
{
	double chance = pow(0.5, n), tail = 0;
	int k = 0;

	while (k < n / 2 && 2 * (tail + chance) <= STATS_ALPHA) {
		tail += chance;
		chance = chance * (n - k) / (k + 1);
		k++;
	}
	*confidence = 1 - 2 * tail;
	return k;
}

int stats_of_median(const double *v, int n, struct stats_estimate *e)
{
	double confidence = 0;
	double *s;
	int depth;

	*e = (struct stats_estimate){ .p = NAN, .visible = NAN };
	if (n < 1)
		return -EINVAL;
	s = sorted_copy(v, n);
	if (!s)
		return -ENOMEM;
	e->value = median_of_sorted(s, n);
	depth = n < STATS_MIN_BLOCKS ? 0 : median_depth(n, &confidence);
	set_ends(e, s, n, depth, confidence);
	free(s);
	return 0;
}

/*
 * The smallest shift, in standard deviations of one difference, that the
 * signed-rank test at 5 % sees with a chance of 80 %. For normal differences
 * and many pairs it is (z.975 + z.80) / sqrt(n x 3/pi); an exact test of few
 * pairs needs more, and these were found by simulation (tests/test_stats.c
 * simulates them again). n = 6 is 0.8^(1/6) of the normal distribution: all
 * six pairs have to agree.
 */
static double visible_of_pairs(int n)
{
	static const double factor[] = {
		1.793, 1.325, 1.260, 1.155, 1.023, 0.995, 0.935, 0.874,
		0.831, 0.800, 0.782, 0.749, 0.727, 0.693, 0.680,
	};
	const int last = STATS_MIN_BLOCKS + (int)ARRAY_SIZE(factor) - 1;

	if (n < STATS_MIN_BLOCKS)
		return NAN;
	if (n <= last)
		return factor[n - STATS_MIN_BLOCKS];
	return (1.959964 + 0.841621) / sqrt(n * 3 / M_PI);
}

/* All (d[i] + d[j]) / 2, i <= j, sorted. */
static double *walsh_averages(const double *d, int n, int *nr)
{
	double *w = malloc((size_t)n * (n + 1) / 2 * sizeof(*w));
	int i, j, k = 0;

	if (!w)
		return NULL;
	for (i = 0; i < n; i++)
		for (j = i; j < n; j++)
			w[k++] = (d[i] + d[j]) / 2;
	qsort(w, (size_t)k, sizeof(*w), by_value);
	*nr = k;
	return w;
}

int stats_of_pairs(const double *d, int n, struct stats_estimate *e)
{
	double confidence = 0;
	int depth = 0, nr;
	double *w;

	*e = (struct stats_estimate){ .p = NAN, .visible = NAN };
	if (n < 1)
		return -EINVAL;
	w = walsh_averages(d, n, &nr);
	if (!w)
		return -ENOMEM;
	if (n >= STATS_MIN_BLOCKS)
		depth = rank_test_pairs_depth(n, STATS_ALPHA, &confidence);
	e->value = median_of_sorted(w, nr);
	set_ends(e, w, nr, depth, confidence);
	e->p = rank_test_pairs(d, n);
	e->visible = visible_of_pairs(n) * stats_sd(d, n);
	free(w);
	return isnan(e->p) ? -ENOMEM : 0;
}

/* The same for two samples; 3/pi is the rank tests' efficiency against the
 * mean where the data are normal (Hodges and Lehmann 1956). */
static double visible_of_samples(const double *a, int na, const double *b,
				 int nb)
{
	double sa = stats_sd(a, na), sb = stats_sd(b, nb);

	if (MIN(na, nb) < STATS_MIN_BLOCKS)
		return NAN;
	return (1.959964 + 0.841621) *
	       sqrt((sa * sa / na + sb * sb / nb) * M_PI / 3);
}

int stats_of_samples(const double *a, int na, const double *b, int nb,
		     struct stats_estimate *e)
{
	double confidence = 0;
	int i, nr = na * nb, depth = 0;
	double *w;

	*e = (struct stats_estimate){ .p = NAN, .visible = NAN };
	if (na < 1 || nb < 1)
		return -EINVAL;
	w = malloc((size_t)nr * sizeof(*w));
	if (!w)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		w[i] = b[i % nb] - a[i / nb];
	qsort(w, (size_t)nr, sizeof(*w), by_value);
	if (MIN(na, nb) >= STATS_MIN_BLOCKS)
		depth = rank_test_samples_depth(na, nb, STATS_ALPHA,
						&confidence);
	e->value = median_of_sorted(w, nr);
	set_ends(e, w, nr, depth, confidence);
	e->p = rank_test_samples(a, na, b, nb);
	e->visible = visible_of_samples(a, na, b, nb);
	free(w);
	return isnan(e->p) ? -ENOMEM : 0;
}
