/* SPDX-License-Identifier: MIT */
#include "rank_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ranked {
	double value;
	int rank2; /* twice the midrank: an integer also when values tie */
	int index;
};

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* Sort @r and give tied values the mean of their ranks. */
static void assign_midranks(struct ranked *r, int n)
{
	int i, j, k;

	qsort(r, (size_t)n, sizeof(*r), by_value);
	for (i = 0; i < n; i = j) {
		for (j = i; j < n && r[j].value == r[i].value; j++)
			;
		for (k = i; k < j; k++)
			r[k].rank2 = i + 1 + j;
	}
}

/* P(|Z| >= z), z >= 0. */
static double normal_tails(double z)
{
	return erfc(z / sqrt(2));
}

/*
 * prob[s]: probability that ranks chosen by fair coins sum to s. @weight[i]
 * are the ranks. The caller frees. NULL: no memory.
 */
static double *coin_sums(const int *weight, int n, int total)
{
	double *prob = calloc((size_t)total + 1, sizeof(*prob));
	int i, s, top = 0;

	if (!prob)
		return NULL;
	prob[0] = 1;
	for (i = 0; i < n; i++) {
		top += weight[i];
		for (s = top; s >= 0; s--)
			prob[s] = 0.5 *
				  (prob[s] +
				   (s >= weight[i] ? prob[s - weight[i]] : 0));
	}
	return prob;
}

static double coin_tails(const int *weight, int n, int total, int sum)
{
	int s, far = abs(2 * sum - total);
	double p = 0, square = 0;
	double *prob;

	if (n > RANK_TEST_EXACT) {
		for (s = 0; s < n; s++)
			square += (double)weight[s] * weight[s];
		return normal_tails(far / sqrt(square));
	}
	prob = coin_sums(weight, n, total);
	if (!prob)
		return NAN;
	for (s = 0; s <= total; s++)
		if (abs(2 * s - total) >= far)
			p += prob[s];
	free(prob);
	return fmin(p, 1);
}

double rank_test_pairs(const double *d, int n)
{
	struct ranked *r = calloc((size_t)n, sizeof(*r));
	int *weight = calloc((size_t)n, sizeof(*weight));
	int i, total = 0, sum = 0, used = 0;
	double p = NAN;

	if (!r || !weight)
		goto out;
	for (i = 0; i < n; i++)
		r[i] = (struct ranked){ .value = fabs(d[i]), .index = i };
	assign_midranks(r, n);
	for (i = 0; i < n; i++) {
		if (d[r[i].index] == 0)
			continue;
		weight[used++] = r[i].rank2;
		total += r[i].rank2;
		sum += d[r[i].index] > 0 ? r[i].rank2 : 0;
	}
	p = used ? coin_tails(weight, used, total, sum) : 1;
out:
	free(weight);
	free(r);
	return p;
}

int rank_test_pairs_depth(int n, double alpha, double *confidence)
{
	int i, k, total = n * (n + 1) / 2;
	double tail = 0, sd;
	int *weight;
	double *prob;

	*confidence = 0;
	if (n > RANK_TEST_EXACT) {
		sd = sqrt(total * (2. * n + 1) / 12);
		*confidence = 1 - alpha;
		for (k = total / 2; k > 0; k--)
			if (normal_tails((total / 2. - k + 0.5) / sd) <= alpha)
				break;
		return k;
	}
	weight = calloc((size_t)n + 1, sizeof(*weight));
	for (i = 0; weight && i < n; i++)
		weight[i] = i + 1;
	prob = weight ? coin_sums(weight, n, total) : NULL;
	for (k = 0; prob && k < total && 2 * (tail + prob[k]) <= alpha; k++)
		tail += prob[k];
	*confidence = k ? 1 - 2 * tail : 0;
	free(prob);
	free(weight);
	return k;
}

/*
 * prob[s]: probability that @choose of the @n @weight sum to s, each choice
 * as likely as the other. The caller frees.
 */
static double *choice_sums(const int *weight, int n, int choose, int total)
{
	size_t width = (size_t)total + 1;
	double *ways = calloc(width * ((size_t)choose + 1), sizeof(*ways));
	double all = 0;
	int i, c, s;

	if (!ways)
		return NULL;
	ways[0] = 1;
	for (i = 0; i < n; i++)
		for (c = i < choose ? i + 1 : choose; c > 0; c--)
			for (s = total; s >= weight[i]; s--)
				ways[c * width + s] +=
					ways[(c - 1) * width + s - weight[i]];
	memmove(ways, ways + (size_t)choose * width, width * sizeof(*ways));
	for (s = 0; s <= total; s++)
		all += ways[s];
	for (s = 0; s <= total; s++)
		ways[s] /= all;
	return ways;
}

/* Standard deviation of the sum of @choose of @n weights. */
static double choice_sd(const int *weight, int n, int choose)
{
	double mean = 0, square = 0;
	int i;

	for (i = 0; i < n; i++)
		mean += weight[i] / (double)n;
	for (i = 0; i < n; i++)
		square += (weight[i] - mean) * (weight[i] - mean);
	return sqrt(square * choose * (n - choose) / ((double)n * (n - 1)));
}

/* Weights are doubled ranks, so their mean is n + 1 exactly. */
static double choice_tails(const int *weight, int n, int choose, int sum)
{
	int s, total = 0, middle = choose * (n + 1), far = abs(sum - middle);
	double p = 0, sd;
	double *prob;

	if (n > RANK_TEST_EXACT) {
		sd = choice_sd(weight, n, choose);
		return sd > 0 ? normal_tails(far / sd) : 1;
	}
	for (s = n - choose; s < n; s++)
		total += weight[s];
	prob = choice_sums(weight, n, choose, total);
	if (!prob)
		return NAN;
	for (s = 0; s <= total; s++)
		if (abs(s - middle) >= far)
			p += prob[s];
	free(prob);
	return fmin(p, 1);
}

double rank_test_samples(const double *a, int na, const double *b, int nb)
{
	int i, n = na + nb, sum = 0;
	struct ranked *r = calloc((size_t)n, sizeof(*r));
	int *weight = calloc((size_t)n, sizeof(*weight));
	double p = NAN;

	if (!r || !weight)
		goto out;
	for (i = 0; i < n; i++)
		r[i] = (struct ranked){ .value = i < na ? a[i] : b[i - na],
					.index = i };
	assign_midranks(r, n);
	for (i = 0; i < n; i++) {
		weight[i] = r[i].rank2;
		sum += r[i].index < na ? r[i].rank2 : 0;
	}
	p = choice_tails(weight, n, na, sum);
out:
	free(weight);
	free(r);
	return p;
}

int rank_test_samples_depth(int na, int nb, double alpha, double *confidence)
{
	int i, k, n = na + nb, lowest = na * (na + 1) / 2, cells = na * nb;
	double tail = 0, sd;
	int *weight;
	double *prob;

	*confidence = 0;
	if (n > RANK_TEST_EXACT) {
		sd = sqrt(cells * (n + 1.) / 12);
		*confidence = 1 - alpha;
		for (k = cells / 2; k > 0; k--)
			if (normal_tails((cells / 2. - k + 0.5) / sd) <= alpha)
				break;
		return k;
	}
	weight = calloc((size_t)n, sizeof(*weight));
	for (i = 0; weight && i < n; i++)
		weight[i] = i + 1;
	prob = weight ? choice_sums(weight, n, na, lowest + cells) : NULL;
	for (k = 0; prob && k < cells && 2 * (tail + prob[lowest + k]) <= alpha;
	     k++)
		tail += prob[lowest + k];
	*confidence = k ? 1 - 2 * tail : 0;
	free(prob);
	free(weight);
	return k;
}
