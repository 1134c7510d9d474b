/* SPDX-License-Identifier: MIT */
#include "report.h"
int report_html(const struct report *r, FILE *out) { return 0; }
