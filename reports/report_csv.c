/* SPDX-License-Identifier: MIT */
/* For spreadsheets: one line per cell and metric, RFC 4180. */
#include <math.h>
#include <string.h>

#include "lib/util.h"
#include "report.h"
#include "utf8.h"

/*
 * A field that begins like a formula gets an apostrophe: spreadsheets would
 * compute it.
 */
static void put_field(FILE *out, const char *text)
{
	int n;

	fputc('"', out);
	if (*text && strchr("=+-@\t\r", *text))
		fputc('\'', out);
	for (; *text; text++) {
		n = *text == '\n' ? 0 : utf8_control(text);
		if (*text == '"')
			fputc('"', out);
		fputc(n ? '?' : *text, out);
		text += n > 1;
	}
	fputc('"', out);
}

static void put_number(FILE *out, double v)
{
	if (isnan(v))
		fputc(',', out);
	else
		fprintf(out, ",%.9g", v);
}

/* What was asked of the device, as in run.json; empty where it has none. */
static const char *const load_keys[] = { "type", "rw", "bs", "depth", "queues",
					 "completion", "rate", "poisson",
					 "verify", "engine", "traffic" };
static const char *const ring_keys[] = { "size", "event_idx", "indirect",
					 "packed" };

static void put_value(FILE *out, const json_t *v)
{
	if (json_is_string(v))
		put_field(out, json_string_value(v));
	else if (json_is_boolean(v))
		fputs(json_is_true(v) ? "yes" : "no", out);
	else if (json_is_number(v))
		fprintf(out, "%.15g", json_number_value(v));
	fputc(',', out);
}

static void put_cell(const struct cell *c, FILE *out)
{
	const json_t *load = json_object_get(c->spec, "load");
	const json_t *ring = json_object_get(c->spec, "ring");
	size_t i;

	put_field(out, c->id);
	fputc(',', out);
	put_field(out, c->target);
	fputc(',', out);
	put_field(out, c->driver);
	fputc(',', out);
	put_field(out, c->accelerator);
	fputc(',', out);
	put_value(out, json_object_get(c->spec, "vcpus"));
	put_value(out, json_object_get(c->spec, "backing"));
	put_field(out, c->idle);
	fputc(',', out);
	for (i = 0; i < ARRAY_SIZE(load_keys); i++)
		put_value(out, json_object_get(load, load_keys[i]));
	for (i = 0; i < ARRAY_SIZE(ring_keys); i++)
		put_value(out, json_object_get(ring, ring_keys[i]));
	fprintf(out, "%s,%d,%d,%.0f,", c->traced ? "yes" : "no", c->blocks_ok,
		c->blocks_failed, c->errors.failed);
	put_field(out, c->status);
}

static void put_line(const struct cell *c, int i, FILE *out)
{
	const struct metric *m = &c->metric[i];
	const struct ratio *ratio = c->member ? &c->member->ratio[i] : NULL;
	bool has = ratio && ratio->valid;

	put_cell(c, out);
	fprintf(out, ",%s,%s,%s", m->name, m->unit,
		m->lower_better ? "lower" : "higher");
	put_number(out, m->value);
	put_number(out, m->low);
	put_number(out, m->high);
	fprintf(out, ",%s", !m->n ? "" : m->interval ? "interval" : "range");
	put_number(out, has ? ratio->value : NAN);
	put_number(out, has ? ratio->low : NAN);
	put_number(out, has ? ratio->high : NAN);
	fprintf(out, ",%s,", has ? verdict_name(ratio->verdict) : "");
	put_field(out, m->reason ? m->reason : c->reason);
	fputs("\r\n", out);
}

/* Networks have no requests, disks no datagrams: no line for what cannot be. A
 * cell without any figure has one, with the reason. */
static bool can_be(const struct cell *c, int i)
{
	const struct metric *m = &c->metric[i];

	if (!c->blocks_ok)
		return i == (int)cell_primary(c);
	return m->n || strcmp(m->reason, metric_absent) != 0;
}

int report_csv(const struct report *r, FILE *out)
{
	size_t n;
	int i, j;

	fputs("cell,target,driver,accelerator,vcpus,backing,idle,", out);
	for (n = 0; n < ARRAY_SIZE(load_keys); n++)
		fprintf(out, "%s,", load_keys[n]);
	for (n = 0; n < ARRAY_SIZE(ring_keys); n++)
		fprintf(out, "ring_%s,", ring_keys[n]);
	fputs("traced,blocks_ok,blocks_failed,requests_failed,status,metric,unit,better,value,"
	      "low,high,bounds,ratio,ratio_low,ratio_high,verdict,reason\r\n",
	      out);
	for (i = 0; i < r->nr_cells; i++)
		for (j = 0; j < METRIC_COUNT; j++)
			if (can_be(&r->cell[i], j))
				put_line(&r->cell[i], j, out);
	return 0;
}
