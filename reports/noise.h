/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_NOISE_H
#define VIOPERF_NOISE_H

#include "report.h"

/*
 * What is known to have disturbed a run is told where figures are first met:
 * CPU time that a hypervisor took away, pinned threads that had to make way,
 * more runnable threads than CPUs. One sentence for each kind, with how much,
 * how often, and the cells and blocks that it met most. Nothing is left out of
 * the figures for it.
 */

/* Fill r->noise, an array of strings, and say under each table (k->note) whose
 * figures a saturated driver bounded: one that sleeps when it has nothing to do
 * and never did. */
void noise_find(struct report *r);

#endif
