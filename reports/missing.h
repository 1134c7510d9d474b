/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_MISSING_H
#define VIOPERF_MISSING_H

#include "report.h"
#include "table.h"

/*
 * Cells without figures, or not in every block: those of one target that lack
 * them for the same reason are one line.
 */
struct missing {
	const struct cell *cell; /* the first of them */
	int nr;
	char status[64];
};

/* How many lines, in *@list, which the caller frees; or -ENOMEM. */
int missing_list(const struct report *r, struct missing **list);

/* "depth 1 · interrupt", or that "and 3 more" */
char *missing_cells(char *buf, size_t len, const struct missing *m);

/* The first line of the reason, which may have more: a guest's last ones. */
char *missing_reason(char *buf, size_t len, const struct missing *m);

/* The lines after the first; NULL: none. */
const char *missing_lines(const struct missing *m);

/* Print them, each indented by four, control characters as '?'. */
void missing_put_lines(const struct missing *m, FILE *out);

/* The table for text and markdown; no rows when nothing is missing. */
void missing_fill(const struct report *r, struct table *t);

/* As a section of a page. */
void missing_html(const struct report *r, FILE *out);

#endif
