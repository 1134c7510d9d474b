/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_REPORT_TABLES_H
#define VIOPERF_REPORT_TABLES_H

#include "columns.h"
#include "report.h"
#include "table.h"

/* The tables that text and markdown share; the caller frees them. */
void report_fill_comparisons(const struct report *r,
			     const struct column_set *set, struct table *t);
void report_fill_stages(const struct report *r, struct table *t);

/* Cells that gave no figures, and why. No rows when there are none. */
void report_fill_missing(const struct report *r, struct table *t);

#endif
