/* SPDX-License-Identifier: MIT */
#include "threshold.h"

#include <errno.h>

#include "lib/units.h"

int threshold_parse(const char *text, double *share)
{
	double v;

	if (units_parse_percent(text, &v) < 0 || !(v > 0 && v <= 100))
		return -EINVAL;
	*share = v / 100;
	return 0;
}
