/* SPDX-License-Identifier: MIT */
#include "threshold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int threshold_parse(const char *text, double *share)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || (strcmp(end, "%") && *end) || !(v > 0 && v <= 100))
		return -EINVAL;
	*share = v / 100;
	return 0;
}
