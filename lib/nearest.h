/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_NEAREST_H
#define VIOPERF_NEAREST_H

/*
 * "Did you mean": the word nearest to one that is not known. Distance is the
 * number of letters added, left out, replaced, or exchanged with their
 * neighbour (Damerau and Levenshtein's, each letter touched once).
 *
 *	struct nearest n = { .text = given };
 *	for each known word: nearest_try(&n, word);
 *	err_set(e, -EINVAL, "no such word '%s'%s", given, nearest_hint(&n));
 */
struct nearest {
	const char *text;
	const char *word; /* the nearest so far, NULL: none is near */
	unsigned int distance;
	char hint[96];
};

/* Is @word nearer than those tried before? It must live as long as @n. */
void nearest_try(struct nearest *n, const char *word);

/* "; did you mean 'word'?", or "". */
const char *nearest_hint(struct nearest *n);

/* Letters to change to come from @a to @b. */
unsigned int nearest_distance(const char *a, const char *b);

#endif
