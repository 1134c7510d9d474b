/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_COMPARISON_H
#define VIOPERF_COMPARISON_H

#include "report.h"

/* Sort the cells of @r into comparisons, name who is compared to whom, and
 * compute the ratios. 0 or -ENOMEM. */
int comparison_make_all(struct report *r);
void comparison_free_all(struct report *r);

#endif
