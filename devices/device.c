/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/record.h"

void device_broken(struct device *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->why_broken, sizeof(d->why_broken), fmt, ap);
	va_end(ap);
	err_printf("device", "%s", d->why_broken);
}

int device_record(struct device *d, struct err *e)
{
	struct queue_stats sum = { 0 };
	unsigned int i;
	json_t *j;
	int ret;

	if (!d->opt->record)
		return 0;
	for (i = 0; i < d->opt->nr_queues; i++) {
		sum.requests += d->queue[i].stats.requests;
		sum.errors += d->queue[i].stats.errors;
		sum.kicks += d->queue[i].stats.kicks;
		sum.calls += d->queue[i].stats.calls;
	}
	j = json_pack("{si ss ss ss sI sI sI sI sI ss? s{so so so}}", "schema",
		      RECORD_SCHEMA, "kind", "device", "type", d->ops->name,
		      "backing",
		      d->opt->backing ?: d->opt->source ?: d->ops->source,
		      "connections",
		      (json_int_t)d->connections, "requests",
		      (json_int_t)sum.requests, "errors",
		      (json_int_t)sum.errors, "kicks", (json_int_t)sum.kicks,
		      "calls", (json_int_t)sum.calls, "broken",
		      d->why_broken[0] ? d->why_broken : NULL, "stages",
		      "device_submit", hist_to_json(&d->stage_submit),
		      "device_io", hist_to_json(&d->stage_io), "device_push",
		      hist_to_json(&d->stage_push));
	ret = record_write(d->opt->record, j, e);
	json_decref(j);
	return ret;
}
