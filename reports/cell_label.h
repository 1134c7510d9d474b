/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CELL_LABEL_H
#define VIOPERF_CELL_LABEL_H

#include "cell.h"

/* What people call the cell, its target apart, into its label and heading;
 * the usual goes unsaid. */
void cell_label(struct cell *c);

/* Add to them what tells @c's key from @other, another's of the same label. */
void cell_label_apart(struct cell *c, const char *other);

/* "no VM", "KVM", "TCG" */
const char *cell_accelerator(const struct cell *c);

/* What the cell shares with all others of its table; NULL: no memory. */
char *cell_key(const struct cell *c);

#endif
