/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <string.h>

#include "output.h"

json_t *record_read(const char *path, struct err *e)
{
	json_error_t je;
	json_t *j, *schema;

	errno = 0;
	j = json_load_file(path, JSON_REJECT_DUPLICATES, &je);
	if (!j) {
		if (je.line < 1)
			err_set(e, -ENOENT, "%s: %s", path, je.text);
		else
			err_set(e, -EINVAL, "%s:%d: not a record: %s", path,
				je.line, je.text);
		return NULL;
	}
	schema = json_object_get(j, "schema");
	if (json_integer_value(schema) != RECORD_SCHEMA) {
		err_set(e, -EINVAL,
			"%s: schema %lld, this vioperf reads schema %d", path,
			(long long)json_integer_value(schema), RECORD_SCHEMA);
		json_decref(j);
		return NULL;
	}
	return j;
}

int record_write(const char *path, const json_t *j, struct err *e)
{
	struct output o;
	int ret = output_open(&o, path, e);

	if (ret < 0)
		return ret;
	if (json_dumpf(j, o.file, JSON_INDENT(1) | JSON_PRESERVE_ORDER) < 0 &&
	    !ferror(o.file))
		ret = err_set(e, -ENOMEM, "%s: no record to write: out of "
			      "memory", o.name);
	fputc('\n', o.file);
	return output_close(&o, ret, e);
}

void record_metric(json_t *metrics, const char *name, double value,
		   const char *unit, const char *better)
{
	json_object_set_new(metrics, name,
			    json_pack("{sf ss ss}", "value", value, "unit",
				      unit, "better", better));
}

void record_metric_null(json_t *metrics, const char *name, const char *unit,
			const char *better, const char *reason)
{
	json_object_set_new(metrics, name,
			    json_pack("{sn ss ss ss}", "value", "unit", unit,
				      "better", better, "reason", reason));
}

const char *record_str(const json_t *j, const char *key, const char *fallback)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : fallback;
}

double record_num(const json_t *j, const char *key, double fallback)
{
	const json_t *v = json_object_get(j, key);

	return json_is_number(v) ? json_number_value(v) : fallback;
}

void record_latency(json_t *m, const struct hist *h)
{
	record_metric(m, "latency_mean_ns", hist_mean(h), "ns", "lower");
	record_metric(m, "latency_p50_ns", hist_quantile(h, 0.5), "ns",
		      "lower");
	record_metric(m, "latency_p99_ns", hist_quantile(h, 0.99), "ns",
		      "lower");
	record_metric(m, "latency_p999_ns", hist_quantile(h, 0.999), "ns",
		      "lower");
	record_metric(m, "latency_max_ns", (double)h->max_ns, "ns", "lower");
}

char *record_plain(char *text)
{
	char *at;

	for (at = text; *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	return text;
}
