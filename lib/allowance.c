/* SPDX-License-Identifier: MIT */
#include "allowance.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

int allowance_parse(const char *text, struct allowance *a)
{
	struct allowance got = { 0 };

	if (!strchr(text, '%')) {
		if (units_parse(UNITS_COUNT, text, &got.count) < 0)
			return -EINVAL;
	} else if (units_parse_percent(text, &got.percent) < 0 ||
		   got.percent > 100) {
		return -EINVAL;
	}
	*a = got;
	return 0;
}

bool allowance_holds(const struct allowance *a, uint64_t failed, uint64_t all)
{
	if (a->percent > 0)
		return (double)failed * 100 <= a->percent * (double)all;
	return failed <= a->count;
}

char *allowance_text(char *buf, size_t len, const struct allowance *a)
{
	if (a->percent > 0)
		snprintf(buf, len, "%.10g%%", a->percent);
	else
		snprintf(buf, len, "%" PRIu64, a->count);
	return buf;
}
