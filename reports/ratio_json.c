/* SPDX-License-Identifier: MIT */
#include "ratio_json.h"

#include <math.h>

json_t *number_json(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

json_t *ratio_json(const struct ratio *r)
{
	json_t *j = json_pack(
		"{so so so sb si so so ss}", "value",
		number_json(r->valid ? r->value : NAN), "low",
		number_json(r->valid ? r->low : NAN), "high",
		number_json(r->valid ? r->high : NAN), "paired", r->paired,
		"blocks", r->n, "p", number_json(r->valid ? r->p : NAN),
		"smallest_visible", number_json(r->valid ? r->visible : NAN),
		"verdict", verdict_name(r->verdict));

	if (r->valid)
		json_object_set_new(
			j, "bounds",
			json_string(r->interval ? "interval" : "range"));
	if (r->interval)
		json_object_set_new(j, "confidence", json_real(r->confidence));
	if (r->reason)
		json_object_set_new(j, "reason", json_string(r->reason));
	return j;
}
