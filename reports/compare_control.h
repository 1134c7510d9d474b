/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_COMPARE_CONTROL_H
#define VIOPERF_COMPARE_CONTROL_H

#include "compare.h"

/*
 * Two runs at different times: did the device change, or the host under it? A
 * target that is the same in both runs is the control. Where it is not shown to
 * have stayed within the threshold, what is judged is the target as a multiple
 * of it, block by block in each run. Where it is, the plain ratio has less
 * noise.
 */

/* Which target: the one that was asked for; else the reference of both runs,
 * if both say that it is of one version. NULL: none. -ENOENT and @e when the
 * one asked for is not in both. */
int compare_control_find(struct compare *c, struct err *e);

/* Is @x the control, not judged itself? */
bool compare_is_control(const struct compare *c, const struct compare_cell *x);

/* x->ratio by the control into x->ratio, the plain one into x->plain; without a
 * control that measured the same load, nothing changes. 0 or -ENOMEM. */
int compare_control_apply(const struct compare *c, struct compare_cell *x);

/* Say in c->warning where the host changed: where the control did. */
void compare_control_warn(struct compare *c);

#endif
