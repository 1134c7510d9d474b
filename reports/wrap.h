/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_WRAP_H
#define VIOPERF_WRAP_H

#include <stdio.h>

/*
 * Print @text, broken at blanks into lines of at most TABLE_WIDTH columns (a
 * longer word stays whole), and a newline. @first stands before the first line
 * and counts; the others are indented by @indent. Control characters become
 * '?'.
 */
void wrap_put(FILE *out, const char *first, int indent, const char *text);

#endif
