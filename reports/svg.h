/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SVG_H
#define VIOPERF_SVG_H

/*
 * Take out of gnuplot's @svg, in place, what a page has once for all plots (the
 * markers) or what shows nothing (empty groups, defaults, titles of its own):
 * four fifths of it. Returns what stood in its <svg> element, up to the end
 * tag; NULL: it is none.
 */
char *svg_shrink(char *svg);

#endif
