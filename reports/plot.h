/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PLOT_H
#define VIOPERF_PLOT_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib/err.h"

/*
 * One gnuplot that draws all plots of a page, started for the first of them.
 * A script and the SVG made of it are files in memory: gnuplot is told on its
 * standard input to load the one, writes the other, and says that it is done.
 * So nobody waits for two pipes at a time, and nothing in a plot passes for the
 * end of it. Each has a deadline: a report never hangs on gnuplot.
 */
struct plotter {
	pid_t pid; /* 0: not running */
	int fd;	   /* its standard input and output */
	int script, svg;
	int nr;	       /* plots that are in the page */
	json_t *drawn; /* names.h: scripts, and the number of their plot */
	char *text;    /* of the last SVG */
	size_t room;
};

void plotter_open(struct plotter *g);
void plotter_close(struct plotter *g);

/* Markers, which all plots of a page refer to. */
void plotter_put_markers(FILE *out);

/* A plot on its way: its script is collected in memory. */
struct plot {
	FILE *script; /* write commands here */
	char *text;
	size_t len;
	int width, height;
	char label[512]; /* what it shows, for who does not see it */
};

#define PLOT_DEADLINE_S 5
#define PLOT_WIDTH	480 /* fits a phone; scaled up elsewhere */
#define PLOT_WIDE	900 /* on a line of its own */

/* Begin a plot. @label, printf style, is its text alternative. */
int plot_open(struct plot *p, int width, int height, struct err *e,
	      const char *label, ...) __attribute__((format(printf, 5, 6)));

/* Draw it and print it as an <svg> element; one that the page has already is
 * referred to. Closes @p. 0; -ENOENT: no gnuplot here; -ETIMEDOUT; -EIO: it
 * failed; nothing was printed then. */
int plot_finish(struct plot *p, struct plotter *g, FILE *out, struct err *e);

/* Print @text as a quoted string of gnuplot's: what it would expand or end
 * the string with is replaced, as names come from files. */
void plot_put_string(FILE *out, const char *text);

#endif
