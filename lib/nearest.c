/* SPDX-License-Identifier: MIT */
#include "nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

#define LONGEST 64 /* words beyond it are near to none */

/* What it takes to make the first @i letters of @a the first @j of @b; row i
 * of the table, from the two rows before it. */
static void next_row(const char *a, const char *b, size_t i, size_t nb,
		     unsigned int row[3][LONGEST + 1])
{
	unsigned int *now = row[i % 3];
	const unsigned int *last = row[(i + 2) % 3];
	const unsigned int *before = row[(i + 1) % 3];
	size_t j;

	now[0] = (unsigned int)i;
	for (j = 1; j <= nb; j++) {
		bool same = a[i - 1] == b[j - 1];

		now[j] = MIN(MIN(last[j], now[j - 1]) + 1, last[j - 1] + !same);
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
		    a[i - 2] == b[j - 1])
			now[j] = MIN(now[j], before[j - 2] + 1);
	}
}

unsigned int nearest_distance(const char *a, const char *b)
{
	unsigned int row[3][LONGEST + 1];
	size_t na = strlen(a), nb = strlen(b), i;

	if (na > LONGEST || nb > LONGEST)
		return ~0u;
	for (i = 0; i <= nb; i++)
		row[0][i] = (unsigned int)i;
	for (i = 1; i <= na; i++)
		next_row(a, b, i, nb, row);
	return row[na % 3][nb];
}

/* One letter in four may be wrong, and one at least; not all of them. */
void nearest_try(struct nearest *n, const char *word)
{
	unsigned int most = 1 + (unsigned int)strlen(n->text) / 4;
	unsigned int d = nearest_distance(n->text, word);

	if (d > most || d >= strlen(word) || (n->word && d >= n->distance))
		return;
	n->word = word;
	n->distance = d;
}

const char *nearest_hint(struct nearest *n)
{
	n->hint[0] = 0;
	if (n->word)
		snprintf(n->hint, sizeof(n->hint), "; did you mean '%.64s'?",
			 n->word);
	return n->hint;
}
