/* SPDX-License-Identifier: MIT */
#include "price.h"

#include <string.h>

#include "lib/util.h"
#include "lib/units.h"
#include "factor.h"

static bool is_measured(const struct report_comparison *k, enum metric_id id)
{
	int i;

	for (i = 0; i < k->nr_measured; i++)
		if (k->member[i].cell->metric[id].n)
			return true;
	return false;
}

enum metric_id price_metric(const struct report_comparison *k)
{
	if (is_measured(k, METRIC_DEVICE_CPU))
		return METRIC_DEVICE_CPU;
	return is_measured(k, METRIC_BUSY_CPUS) ? METRIC_BUSY_CPUS
						: METRIC_COUNT;
}

char *price_value(char *buf, size_t len, const struct report_comparison *k,
		  const struct report_member *m)
{
	enum metric_id id = price_metric(k);
	char text[40];

	buf[0] = '\0';
	if (id == METRIC_COUNT || !m->cell->metric[id].n)
		return buf;
	units_value(text, sizeof(text), m->cell->metric[id].value,
		    metric_table[id].unit);
	if (id == METRIC_BUSY_CPUS)
		snprintf(buf, len, "%s CPUs busy", text);
	else
		snprintf(buf, len, "CPU %s/req", text);
	return buf;
}

char *price_text(char *buf, size_t len, const struct report_member *m,
		 enum metric_id id)
{
	const struct metric *v = &m->cell->metric[id];
	const struct ratio *r = &m->ratio[id];
	char value[40], factor[48];

	units_value(value, sizeof(value), v->value, v->unit);
	if (report_is_reference(m) || !r->valid ||
	    r->verdict == VERDICT_INCONCLUSIVE)
		snprintf(buf, len, "%s", value);
	else
		snprintf(buf, len, "%s, %s", value,
			 factor_short(factor, sizeof(factor), r, id));
	return buf;
}
