/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PLAN_H
#define VIOPERF_PLAN_H

#include <stdio.h>

#include "diskfile.h"
#include "matrix.h"

/* How long @blocks blocks of these cells will take, more or less. */
uint64_t plan_ns(const struct matrix *m, const struct scenario *s,
		 unsigned int blocks);

/* "about 2 min" */
void plan_print_time(FILE *f, uint64_t ns);

/* "28 cells (12 of them traced twins) in 6 blocks: about 2 min" */
void plan_print_size(FILE *f, const struct matrix *m, const struct scenario *s,
		     unsigned int blocks);

/* All that a run would do, and what it would not and why. */
void plan_print(FILE *f, const struct matrix *m, const struct scenario *s,
		unsigned int blocks, const struct diskfile *disk);

#endif
