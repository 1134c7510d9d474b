/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CELL_NAME_H
#define VIOPERF_CELL_NAME_H

#include "matrix.h"

/*
 * A cell's names. Its id holds every pair KEY=VALUE that tells cells apart,
 * sorted by key, and only those that mean something to its target and driver;
 * its group those that cells in one table share; its file name is short.
 * Sets all three. 0 or -ENOMEM.
 */
int cell_name(struct cell *c, const struct scenario *s);

/* Does @key mean something to this target under this driver? */
bool cell_has_key(const struct cell *c, const struct scenario *s,
		  enum scenario_key key);

#endif
