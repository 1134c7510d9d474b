/* SPDX-License-Identifier: MIT */
#include "columns.h"

#include <math.h>
#include <string.h>

#include "lib/util.h"
#include "lib/units.h"
#include "factor.h"
#include "price.h"
#include "utf8.h"

static void target_text(char *buf, size_t len,
			const struct report_comparison *k,
			const struct report_member *m)
{
	snprintf(buf, len, "%s", m->name);
	utf8_repair(buf);
}

/* The judged metric with its interval: "p50 85.2µs (81.0µs–90.3µs)" */
static void value_text(char *buf, size_t len, const struct report_comparison *k,
		       const struct report_member *m)
{
	const struct metric *v = &m->cell->metric[k->primary];
	char value[40], low[40], high[40];

	if (!v->n) {
		snprintf(buf, len, "%s", m->cell->status);
		return;
	}
	if (v->n == 1) {
		snprintf(buf, len, "%s %s", metric_table[k->primary].title,
			 units_value(value, sizeof(value), v->value, v->unit));
		return;
	}
	snprintf(buf, len, v->interval ? "%s %s (%s–%s)" : "%s %s [%s–%s]",
		 metric_table[k->primary].title,
		 units_value(value, sizeof(value), v->value, v->unit),
		 units_value(low, sizeof(low), v->low, v->unit),
		 units_value(high, sizeof(high), v->high, v->unit));
}

/* "27.1× faster (1.77–39.9)", "1.02× cannot tell (0.94–1.12)" */
static void verdict_text(char *buf, size_t len,
			 const struct report_comparison *k,
			 const struct report_member *m)
{
	if (report_is_reference(m))
		snprintf(buf, len, "reference");
	else
		factor_verdict(buf, len, &m->ratio[k->primary], k->primary);
}

static void visible_text(char *buf, size_t len,
			 const struct report_comparison *k,
			 const struct report_member *m)
{
	const struct ratio *r = &m->ratio[k->primary];

	buf[0] = '\0';
	if (!report_is_reference(m) && r->valid && !isnan(r->visible))
		snprintf(buf, len, r->visible < .095 ? "%.1f %%" : "%.0f %%",
			 r->visible * 100);
}

static void blocks_text(char *buf, size_t len,
			const struct report_comparison *k,
			const struct report_member *m)
{
	if (m->cell->blocks_failed)
		snprintf(buf, len, "%d (%d failed)", m->cell->blocks_ok,
			 m->cell->blocks_failed);
	else
		snprintf(buf, len, "%d", m->cell->blocks_ok);
}

static void metric_cell(char *buf, size_t len, const struct report_member *m,
			enum metric_id id)
{
	const struct metric *v = &m->cell->metric[id];

	units_value(buf, len, v->value, v->unit);
}

#define METRIC_COLUMN(name, id)                                                \
	static void name(char *buf, size_t len,                                \
			 const struct report_comparison *k,                    \
			 const struct report_member *m)                        \
	{                                                                      \
		metric_cell(buf, len, m, id);                                  \
	}

METRIC_COLUMN(iops_text, METRIC_IOPS)
METRIC_COLUMN(throughput_text, METRIC_THROUGHPUT)
METRIC_COLUMN(round_trips_text, METRIC_ROUND_TRIPS)
METRIC_COLUMN(inflate_text, METRIC_INFLATE)
METRIC_COLUMN(deflate_text, METRIC_DEFLATE)
METRIC_COLUMN(loss_text, METRIC_LOSS)
METRIC_COLUMN(jitter_text, METRIC_JITTER)
METRIC_COLUMN(p50_text, METRIC_P50)
METRIC_COLUMN(p99_text, METRIC_P99)
METRIC_COLUMN(p999_text, METRIC_P999)
METRIC_COLUMN(kicks_text, METRIC_KICKS)
METRIC_COLUMN(calls_text, METRIC_CALLS)
METRIC_COLUMN(exits_text, METRIC_EXITS)
METRIC_COLUMN(doorbell_text, METRIC_DOORBELL)
METRIC_COLUMN(driver_cpu_text, METRIC_DRIVER_CPU)
METRIC_COLUMN(device_cpu_text, METRIC_DEVICE_CPU)

/* Where there are requests, their number says it. */
static void bytes_text(char *buf, size_t len, const struct report_comparison *k,
		       const struct report_member *m)
{
	if (m->cell->metric[METRIC_IOPS].n)
		snprintf(buf, len, "–");
	else
		metric_cell(buf, len, m, METRIC_BANDWIDTH);
}

/* Where there are requests, their cost says it. */
static void busy_cpus_text(char *buf, size_t len,
			   const struct report_comparison *k,
			   const struct report_member *m)
{
	if (m->cell->metric[METRIC_DRIVER_CPU].n)
		snprintf(buf, len, "–");
	else
		metric_cell(buf, len, m, METRIC_BUSY_CPUS);
}

#define PRICE_COLUMN(name, id)                                                 \
	static void name(char *buf, size_t len,                                \
			 const struct report_comparison *k,                    \
			 const struct report_member *m)                        \
	{                                                                      \
		if (price_metric(k) == id)                                     \
			price_text(buf, len, m, id);                           \
		else                                                           \
			snprintf(buf, len, "–");                               \
	}

PRICE_COLUMN(device_price_text, METRIC_DEVICE_CPU)
PRICE_COLUMN(busy_price_text, METRIC_BUSY_CPUS)

static const struct column verdict_columns[] = {
	{ "target", true, target_text },
	{ "judged by (95 %)", true, value_text },
	{ "verdict (95 %)", true, verdict_text },
	{ "device CPU/req", true, device_price_text },
	{ "CPUs busy", true, busy_price_text },
	{ "visible", false, visible_text },
};

static const struct column figure_columns[] = {
	{ "target", true, target_text },
	{ "req/s", false, iops_text },
	{ "throughput", false, throughput_text },
	{ "trips/s", false, round_trips_text },
	{ "inflate", false, inflate_text },
	{ "deflate", false, deflate_text },
	{ "bytes/s", false, bytes_text },
	{ "p50", false, p50_text },
	{ "p99", false, p99_text },
	{ "p99.9", false, p999_text },
	{ "loss", false, loss_text },
	{ "jitter", false, jitter_text },
	{ "kicks", false, kicks_text },
	{ "calls", false, calls_text },
	{ "exits", false, exits_text },
	{ "doorbell", false, doorbell_text },
	{ "driver CPU", false, driver_cpu_text },
	{ "device CPU", false, device_cpu_text },
	{ "CPUs busy", false, busy_cpus_text },
	{ "blocks", false, blocks_text },
};

static const struct column factor_columns[] = {
	{ "target", true, target_text },
	{ "verdict", false, verdict_text },
};

const struct column_set column_verdicts = { verdict_columns,
					    ARRAY_SIZE(verdict_columns) };
const struct column_set column_factors = { factor_columns,
					   ARRAY_SIZE(factor_columns) };
const struct column_set column_figures = { figure_columns,
					   ARRAY_SIZE(figure_columns) };

char *column_incomplete_text(char *buf, size_t len, const struct cell_stage *s)
{
	double share = cell_stage_incomplete(s);

	buf[0] = '\0';
	if (share > 0)
		snprintf(buf, len, " (incomplete: %.0f %% not seen)",
			 fmax(1, share * 100));
	return buf;
}

static void stage_name(char *buf, size_t len, int id,
		       const struct cell_stage *s)
{
	char note[60];

	snprintf(buf, len, "%s%s", stage_table[id].name,
		 column_incomplete_text(note, sizeof(note), s));
}

char *column_share_text(char *buf, size_t len, const struct cell_stage *s)
{
	double percent = s->share * 100;

	snprintf(buf, len, "%s%.1f %%", percent <= -0.05 ? "−" : "",
		 fabs(percent));
	return buf;
}

static void stage_share(char *buf, size_t len, int id,
			const struct cell_stage *s)
{
	column_share_text(buf, len, s);
}

static void stage_mean(char *buf, size_t len, int id,
		       const struct cell_stage *s)
{
	units_value(buf, len, s->mean_ns, "ns");
}

static void stage_median(char *buf, size_t len, int id,
			 const struct cell_stage *s)
{
	units_value(buf, len, s->median_ns, "ns");
}

static void stage_p99(char *buf, size_t len, int id, const struct cell_stage *s)
{
	units_value(buf, len, s->p99_ns, "ns");
}

static void stage_count(char *buf, size_t len, int id,
			const struct cell_stage *s)
{
	units_value(buf, len, s->requests, "1/s");
}

static void stage_per(char *buf, size_t len, int id, const struct cell_stage *s)
{
	snprintf(buf, len, "%s", stage_per_name(stage_table[id].per));
}

static void stage_source(char *buf, size_t len, int id,
			 const struct cell_stage *s)
{
	snprintf(buf, len, "%.20s", s->source);
}

const struct column_stage column_stage_table[COLUMN_STAGE_COUNT] = {
	{ "stage", true, stage_name }, { "share", false, stage_share },
	{ "mean", false, stage_mean }, { "p50", false, stage_median },
	{ "p99", false, stage_p99 },   { "requests", false, stage_count },
	{ "per", true, stage_per },    { "source", true, stage_source },
};

char *column_tracing_text(char *buf, size_t len, const struct report_member *m)
{
	char ratio[80];

	if (!m->tracing.valid)
		snprintf(buf, len, "what tracing costs is not known");
	else
		snprintf(buf, len, "traced it takes %s the mean latency%s",
			 report_ratio_text(ratio, sizeof(ratio), &m->tracing),
			 report_is_distorted(m)
				 ? ": its stages do not describe it"
				 : "");
	return buf;
}
