/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_REPORT_TABLES_H
#define VIOPERF_REPORT_TABLES_H

#include "columns.h"
#include "report.h"
#include "table.h"

/* Comparisons from @from on, as long as they have the same kinds of figures.
 * Returns the first that has not. */
int report_fill_comparisons(const struct report *r,
			    const struct column_set *set, int from,
			    struct table *t);
/* One of them, without its heading. */
void report_fill_comparison(const struct report_comparison *k,
			    const struct column_set *set, struct table *t);
void report_fill_stages(const struct report *r, struct table *t);

#endif
