/* SPDX-License-Identifier: MIT */
/* For programs; docs/vioperf-report.1 documents the contract. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/util.h"
#include "gap.h"
#include "ratio_json.h"
#include "guest_notes.h"
#include "report.h"

static json_t *raw_json(const struct metric *m)
{
	json_t *a = json_array();
	int i;

	for (i = 0; i < m->n; i++)
		json_array_append_new(a, json_real(m->raw[i]));
	return a;
}

/* The number of the block of each raw value: what pairs them. */
static json_t *blocks_json(const struct metric *m)
{
	json_t *a = json_array();
	int i;

	for (i = 0; i < m->n; i++)
		json_array_append_new(a, json_integer(m->block[i]));
	return a;
}

static json_t *metric_json(const struct metric *m)
{
	json_t *j = json_pack("{so so so ss ss so so}", "value",
			      number_json(m->value), "low", number_json(m->low),
			      "high", number_json(m->high), "unit", m->unit,
			      "better", m->lower_better ? "lower" : "higher",
			      "raw", raw_json(m), "blocks", blocks_json(m));

	if (m->n)
		json_object_set_new(
			j, "bounds",
			json_string(m->interval ? "interval" : "range"));
	if (m->interval)
		json_object_set_new(j, "confidence", json_real(m->confidence));
	if (m->reason)
		json_object_set_new(j, "reason", json_string(m->reason));
	return j;
}

static json_t *stage_json(int id, const struct cell_stage *s)
{
	return json_pack("{ss sf so so sI ss ss sf sI sI sf}", "name",
			 stage_table[id].name, "mean_ns", s->mean_ns,
			 "median_ns", number_json(s->median_ns), "p99_ns",
			 number_json(s->p99_ns), "count",
			 (json_int_t)llround(s->requests), "per",
			 stage_per_name(stage_table[id].per), "source",
			 s->source, "share", s->share, "events",
			 (json_int_t)llround(s->events), "lost",
			 (json_int_t)llround(s->lost), "incomplete",
			 cell_stage_incomplete(s));
}

static json_t *stages_json(const struct cell *c)
{
	json_t *a = json_array();
	int i;

	for (i = 0; i < STAGE_COUNT; i++)
		if (c->has_stages && c->stage[i].present)
			json_array_append_new(a, stage_json(i, &c->stage[i]));
	return a;
}

static json_t *metrics_json(const struct cell *c)
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < METRIC_COUNT; i++)
		json_object_set_new(o, c->metric[i].name,
				    metric_json(&c->metric[i]));
	return o;
}

static void copy(json_t *to, const json_t *from, const char *key)
{
	json_t *v = json_object_get(from, key);

	json_object_set_new(to, key, v ? json_incref(v) : json_null());
}

/* Of all requests of all blocks; null where there are none. */
static json_t *latency_json(const struct hist_sum *h)
{
	static const struct {
		const char *name;
		double q;
	} quantiles[] = { { "p50_ns", .5 },    { "p90_ns", .9 },
			  { "p99_ns", .99 },   { "p999_ns", .999 },
			  { "p9999_ns", .9999 } };
	json_t *j;
	size_t i;

	if (!h || !h->count)
		return json_null();
	j = json_pack("{sI sf sI sI}", "count", (json_int_t)h->count, "mean_ns",
		      hist_sum_mean(h), "min_ns", (json_int_t)h->min_ns,
		      "max_ns", (json_int_t)h->max_ns);
	for (i = 0; i < ARRAY_SIZE(quantiles); i++)
		json_object_set_new(
			j, quantiles[i].name,
			json_real(hist_sum_quantile(h, quantiles[i].q)));
	return j;
}

static json_t *cell_json(const struct cell *c)
{
	json_t *j =
		json_pack("{ss ss ss ss}", "id", c->id, "target", c->target,
			  "driver", c->driver, "accelerator", c->accelerator);

	copy(j, c->spec, "load");
	json_object_set_new(j, "blocks_ok", json_integer(c->blocks_ok));
	json_object_set_new(j, "blocks_failed", json_integer(c->blocks_failed));
	json_object_set_new(j, "status", json_string(c->status));
	json_object_set_new(j, "reason", json_string(c->reason));
	if (c->errors.failed > 0)
		json_object_set_new(j, "failures", errors_json(&c->errors));
	json_object_set_new(j, "metrics", metrics_json(c));
	json_object_set_new(j, "latency", latency_json(c->latency));
	json_object_set_new(j, "stages", stages_json(c));
	json_object_set_new(j, "notifications",
			    notifications_json(&c->notifications));
	json_object_set_new(j, "backing", json_string(c->backing));
	json_object_set_new(j, "idle", json_string(c->idle));
	copy(j, c->spec, "ring");
	json_object_set_new(j, "traced", json_boolean(c->traced));
	if (c->traced && c->twin)
		json_object_set_new(j, "twin_of", json_string(c->twin->id));
	return j;
}

static json_t *member_json(const struct report_comparison *k,
			   const struct report_member *m)
{
	json_t *ratios = json_object();
	json_t *j;
	int i;

	j = json_pack("{ss ss sb}", "target", m->cell->target, "cell",
		      m->cell->id, "reference", report_is_reference(m));
	if (!m->reference)
		json_object_set_new(
			j, "reason",
			json_string(
				"no reference was measured under this driver"));
	for (i = 0; m->reference && !report_is_reference(m) && i < METRIC_COUNT;
	     i++)
		json_object_set_new(ratios, metric_table[i].name,
				    ratio_json(&m->ratio[i]));
	json_object_set_new(j, "ratios", ratios);
	if (m->cell->twin) {
		json_object_set_new(j, "tracing", ratio_json(&m->tracing));
		json_object_set_new(j, "tracing_distorts",
				    json_boolean(report_is_distorted(m)));
	}
	return j;
}

static json_t *comparison_json(const struct report_comparison *k)
{
	json_t *targets = json_array(), *j;
	int i;

	for (i = 0; i < k->nr; i++)
		json_array_append_new(targets, member_json(k, &k->member[i]));
	j = json_pack("{ss ss so}", "label", k->heading, "judged_by",
		      metric_table[k->primary].name, "targets", targets);
	json_object_set_new(j, "gaps", gap_json(k));
	if (k->note[0])
		json_object_set_new(j, "note", json_string(k->note));
	return j;
}

#define FORMAT (JSON_INDENT(1) | JSON_PRESERVE_ORDER)

/* All but the lists of cells and comparisons, which are empty. */
static json_t *frame_json(const struct report *r)
{
	json_t *j = json_pack("{si}", "schema", RECORD_SCHEMA);
	json_t *runs = json_array();
	int i;

	copy(j, r->run->json, "seed");
	copy(j, r->run->json, "host");
	json_object_set_new(j, "cells", json_array());
	json_object_set_new(j, "comparisons", json_array());
	json_object_set_new(j, "reference", json_string(r->reference));
	json_object_set_new(j, "threshold", json_real(r->threshold));
	for (i = 0; i < r->nr_runs; i++)
		json_array_append_new(runs, json_string(record_str(
						    r->run[i].json, "id", "")));
	json_object_set_new(j, "runs", runs);
	copy(j, r->run->json, "targets");
	copy(j, r->run->json, "vioperf");
	copy(j, r->run->json, "started");
	if (guest_accelerator(r))
		json_object_set_new(j, "accelerator",
				    json_string(guest_accelerator(r)));
	json_object_set(j, "noise", r->noise);
	json_object_set(j, "notes", r->notes);
	json_object_set(j, "problems", r->problems);
	return j;
}

static json_t *cell_at(const struct report *r, int i)
{
	return cell_json(&r->cell[i]);
}

static json_t *comparison_at(const struct report *r, int i)
{
	return comparison_json(&r->comparison[i]);
}

/* @j as an item of a list of the frame. Frees @j. */
static int put_item(FILE *out, json_t *j, bool first)
{
	char *text = json_dumps(j, FORMAT), *line, *end;

	json_decref(j);
	if (!text)
		return -ENOMEM;
	fputs(first ? "" : ",", out);
	for (line = text; line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		fprintf(out, "\n  %s", line);
	}
	free(text);
	return 0;
}

/*
 * One item after the other, as the trees of all of them take a lot of memory.
 * @frame: where @head, an empty list, stands in it; past that is returned. No
 * string has a line's end in it, so that nothing else looks like @head.
 */
static const char *put_list(const struct report *r, const char *frame,
			    const char *head, int nr,
			    json_t *(*at)(const struct report *r, int i),
			    FILE *out, int *ret)
{
	const char *p = strstr(frame, head);
	int i;

	fwrite(frame, 1, (size_t)(p - frame) + strlen(head) - 1, out);
	for (i = 0; !*ret && i < nr; i++)
		*ret = put_item(out, at(r, i), !i);
	fputs(nr ? "\n ]" : "]", out);
	return p + strlen(head);
}

int report_json(const struct report *r, FILE *out)
{
	json_t *j = frame_json(r);
	char *frame = json_dumps(j, FORMAT);
	const char *p = frame;
	int ret = 0;

	json_decref(j);
	if (!frame)
		return -ENOMEM;
	p = put_list(r, p, "\n \"cells\": []", r->nr_cells, cell_at, out, &ret);
	p = put_list(r, p, "\n \"comparisons\": []", r->nr_comparisons,
		     comparison_at, out, &ret);
	fprintf(out, "%s\n", p);
	free(frame);
	return ret;
}
