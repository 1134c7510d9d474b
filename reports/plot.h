/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PLOT_H
#define VIOPERF_PLOT_H

#include <stddef.h>
#include <stdio.h>

#include "../lib/err.h"

/*
 * SVG by gnuplot. A script is collected in memory, given to a gnuplot process
 * and its output read back, with a deadline: a report never hangs on it.
 */
struct plot {
	FILE *script; /* write commands here */
	char *text;
	size_t len;
};

#define PLOT_DEADLINE_S 5
#define PLOT_WIDTH	480 /* fits a phone; scaled up elsewhere */

#define PLOT_WIDE 900 /* on a line of its own */

/* Begin a plot. @name keeps the ids of one page apart. */
int plot_open(struct plot *p, const char *name, int width, int height,
	      struct err *e);

/* Run the script; *@svg is the <svg> element, the caller frees. Closes @p.
 * -ENOENT: no gnuplot here; -ETIMEDOUT; -EIO: it failed. */
int plot_finish(struct plot *p, char **svg, struct err *e);

/* Print @text as a quoted string of gnuplot's: what it would expand or end
 * the string with is replaced, as names come from files. */
void plot_put_string(FILE *out, const char *text);

#endif
