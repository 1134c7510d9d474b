/* SPDX-License-Identifier: MIT */
#include "verdict.h"

enum verdict verdict_of(const struct stats_estimate *e, double delta,
			bool lower_better)
{
	double low = lower_better ? e->low : -e->high;
	double high = lower_better ? e->high : -e->low;

	/* From here on more is worse. */
	if (!e->interval)
		return VERDICT_INCONCLUSIVE;
	if (low > delta)
		return VERDICT_REGRESSED;
	if (high < -delta)
		return VERDICT_IMPROVED;
	if (low > -delta && high < delta)
		return VERDICT_EQUIVALENT;
	return VERDICT_INCONCLUSIVE;
}

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_EQUIVALENT] = "equivalent",
		[VERDICT_IMPROVED] = "improved",
		[VERDICT_REGRESSED] = "regressed",
		[VERDICT_INCONCLUSIVE] = "inconclusive",
	};

	return names[v];
}
