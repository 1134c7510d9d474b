/* SPDX-License-Identifier: MIT */
/* For spreadsheets: one line per cell and metric, RFC 4180. */
#include <math.h>
#include <string.h>

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

static void put_line(const struct cell *c, int i, FILE *out)
{
	const struct metric *m = &c->metric[i];
	const struct ratio *ratio = c->member ? &c->member->ratio[i] : NULL;
	bool has = ratio && ratio->valid;

	put_field(out, c->id);
	fputc(',', out);
	put_field(out, c->target);
	fputc(',', out);
	put_field(out, c->driver);
	fputc(',', out);
	put_field(out, c->accelerator);
	fprintf(out, ",%s,%d,%d,", c->traced ? "yes" : "no", c->blocks_ok,
		c->blocks_failed);
	put_field(out, c->status);
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

int report_csv(const struct report *r, FILE *out)
{
	int i, j;

	fputs("cell,target,driver,accelerator,traced,blocks_ok,blocks_failed,"
	      "status,metric,unit,better,value,low,high,bounds,ratio,ratio_low,"
	      "ratio_high,"
	      "verdict,reason\r\n",
	      out);
	for (i = 0; i < r->nr_cells; i++)
		for (j = 0; j < METRIC_COUNT; j++)
			put_line(&r->cell[i], j, out);
	return 0;
}
