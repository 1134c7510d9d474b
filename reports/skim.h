/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SKIM_H
#define VIOPERF_SKIM_H

#include <jansson.h>

#include "lib/err.h"

/*
 * Reading many records fast. Most of a record is raw material that no report
 * shows, such as the parts' own reports and fio's output, and most of its text
 * is indentation. Both are cut out of the text before jansson makes a tree of
 * what is left, which is what takes the time. The buckets of a histogram, pairs
 * of numbers, become one string of them: "1 2 3 4 ".
 */
struct skim {
	char *text; /* of the file that was read last */
	size_t room;
};

/* As record_read() of @name in the folder @dir (@dirfd), but for what is cut:
 * that object or array is empty. */
json_t *skim_read(struct skim *s, int dirfd, const char *dir, const char *name,
		  struct err *e);
void skim_free(struct skim *s);

/* Cut the JSON text of @len bytes, in place. Returns its length then; of what
 * is not JSON something is left that is none either. */
size_t skim_cut(char *text, size_t len);

#endif
