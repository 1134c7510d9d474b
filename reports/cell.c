/* SPDX-License-Identifier: MIT */
#include "cell.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/record.h"
#include "../lib/units.h"
#include "../lib/util.h"
#include "utf8.h"

/*
 * What the harness says belongs together; in runs of old, the id without its
 * target, with idle and accelerator in front, as those were never to be mixed
 * even if an id left them out.
 */
static char *comparison_key(const struct cell *c)
{
	const char *group = record_str(c->spec, "group", NULL);
	const char *p = c->id, *end;
	char *key;
	size_t at;

	if (group)
		return strdup(group);
	key = malloc(strlen(c->id) + strlen(c->idle) +
		     strlen(c->accelerator) + 4);
	if (!key)
		return NULL;
	at = (size_t)sprintf(key, "%s|%s|", c->idle, c->accelerator);
	while (*p) {
		end = strchrnul(p, ' ');
		if (strncmp(p, "target=", 7)) {
			memcpy(key + at, p, (size_t)(end - p));
			at += (size_t)(end - p);
			key[at++] = ' ';
		}
		p = *end ? end + 1 : end;
	}
	key[at] = '\0';
	return key;
}

bool cell_same_driver(const struct cell *a, const struct cell *b)
{
	return !strcmp(a->driver, b->driver) &&
	       !strcmp(a->accelerator, b->accelerator);
}

static void __attribute__((format(printf, 2, 3)))
label_add(struct cell *c, const char *fmt, ...)
{
	size_t at = strlen(c->label);
	va_list ap;

	if (at)
		at += (size_t)snprintf(c->label + at, sizeof(c->label) - at,
				       " · ");
	if (at >= sizeof(c->label))
		return;
	va_start(ap, fmt);
	vsnprintf(c->label + at, sizeof(c->label) - at, fmt, ap);
	va_end(ap);
}

static const char *size_text(char *buf, size_t len, double bytes)
{
	if (fmod(bytes, 1024) == 0 && bytes > 0 && bytes < 1048576)
		snprintf(buf, len, "%.0fk", bytes / 1024);
	else
		units_bytes(buf, len, bytes);
	return buf;
}

static void label_net(struct cell *c, const json_t *load)
{
	static const char *const names[][2] = {
		{ "tcp-g2h", "tcp guest → host" },
		{ "tcp-h2g", "tcp host → guest" },
		{ "tcp-g2g", "tcp guest → guest" },
		{ "udp-g2h", "udp guest → host" },
		{ "udp-h2g", "udp host → guest" },
		{ "trip-times", "tcp trip times guest → host" },
	};
	const char *traffic = record_str(load, "traffic", "?");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i][0], traffic))
			traffic = names[i][1];
	label_add(c, "%.40s", traffic);
}

static void label_blk(struct cell *c, const json_t *load)
{
	double queues = record_num(load, "queues", 1);
	double rate = record_num(load, "rate", 0);
	const char *engine = record_str(load, "engine", "libaio");
	char number[32];

	label_add(c, "%.40s", c->backing);
	label_add(c, "%s %.20s",
		  size_text(number, sizeof(number), record_num(load, "bs", 0)),
		  record_str(load, "rw", "?"));
	if (rate > 0)
		label_add(c, "%s/s", units_count(number, sizeof(number), rate));
	else
		label_add(c, "depth %.0f", record_num(load, "depth", 0));
	label_add(c, "%.20s", record_str(load, "completion", "?"));
	if (queues != 1)
		label_add(c, "%.0f queues", queues);
	if (strcmp(engine, "libaio"))
		label_add(c, "%.20s", engine);
}

static void label_ring(struct cell *c, const json_t *ring)
{
	if (json_is_false(json_object_get(ring, "event_idx")))
		label_add(c, "no event_idx");
	if (json_is_false(json_object_get(ring, "indirect")))
		label_add(c, "no indirect");
	if (json_is_true(json_object_get(ring, "packed")))
		label_add(c, "packed");
	if (record_num(ring, "size", 256) != 256)
		label_add(c, "ring %.0f", record_num(ring, "size", 256));
}

/* What people call the cell, its target apart; the usual goes unsaid. */
static void make_label(struct cell *c)
{
	const json_t *load = json_object_get(c->spec, "load");
	const char *type = record_str(load, "type", "blk");

	if (!strcmp(type, "net"))
		label_net(c, load);
	else if (!strcmp(type, "rng"))
		label_add(c, "random bytes");
	else if (!strcmp(type, "balloon"))
		label_add(c, "balloon");
	else
		label_blk(c, load);
	label_ring(c, json_object_get(c->spec, "ring"));
	if (strcmp(c->idle, "sleep"))
		label_add(c, "idle %.20s", c->idle);
	if (!strcmp(c->driver, "qemu") && record_num(c->spec, "vcpus", 1) != 1)
		snprintf(c->heading, sizeof(c->heading), "%s · %.0f vCPUs",
			 c->label, record_num(c->spec, "vcpus", 1));
	else
		snprintf(c->heading, sizeof(c->heading), "%s", c->label);
	if (!strcmp(c->accelerator, "none"))
		return;
	snprintf(c->heading + strlen(c->heading),
		 sizeof(c->heading) - strlen(c->heading), " · %s",
		 !strcmp(c->accelerator, "tcg") ? "TCG" :
		 !strcmp(c->accelerator, "kvm") ? "KVM" : c->accelerator);
}

int cell_init(struct cell *c, const json_t *spec)
{
	int i;

	memset(c, 0, sizeof(*c));
	c->spec = spec;
	c->id = record_str(spec, "id", "");
	c->target = record_str(spec, "target", "?");
	c->driver = record_str(spec, "driver", "?");
	c->accelerator = record_str(spec, "accelerator", "none");
	c->idle = record_str(spec, "idle", "sleep");
	c->backing = record_str(spec, "backing", "?");
	c->traced = json_is_true(json_object_get(spec, "traced"));
	c->status = record_str(spec, "status", "planned");
	snprintf(c->reason, sizeof(c->reason), "%s",
		 record_str(spec, "reason", ""));
	for (i = 0; i < METRIC_COUNT; i++)
		metric_init(&c->metric[i], (enum metric_id)i);
	make_label(c);
	utf8_repair(c->label);
	utf8_repair(c->heading);
	utf8_repair(c->reason);
	c->key = comparison_key(c);
	return c->key ? 0 : -ENOMEM;
}

/* Read @json into *@into, which is made on first use. */
static int merge_hist(struct hist **into, const json_t *json)
{
	struct hist *h = malloc(sizeof(*h));
	int ret;

	if (!h)
		return -ENOMEM;
	ret = hist_from_json(h, json);
	if (ret < 0 || !*into) {
		if (ret < 0)
			free(h);
		else
			*into = h;
		return ret;
	}
	hist_merge(*into, h);
	free(h);
	return 0;
}

static void note_problem(const struct cell *c, int block, const char *what,
			 json_t *problems)
{
	json_t *s = json_sprintf("%s, block %d: %s", c->id,
				 block % RUN_BLOCK_MAX, what);

	if (s)
		json_array_append_new(problems, s);
}

static void add_stage(struct cell *c, int block, const json_t *j,
		      json_t *problems)
{
	int id = stage_find(record_str(j, "name", ""));
	double count = record_num(j, "count", 0);
	struct cell_stage *s;

	if (id < 0) {
		note_problem(c, block, "a stage that is not known", problems);
		return;
	}
	s = &c->stage[id];
	s->present = true;
	c->has_stages = true;
	s->source = record_str(j, "source", "?");
	s->sum_ns += record_num(j, "mean_ns", 0) * count;
	s->requests += count;
	if (count > 0 && merge_hist(&s->hist, json_object_get(j, "hist")) < 0)
		s->bad_hist = true;
}

static bool is_blk(const struct cell *c)
{
	return !strcmp(record_str(json_object_get(c->spec, "load"), "type",
				  "blk"), "blk");
}

static int add_good(struct cell *c, int block, const json_t *record,
		    json_t *problems)
{
	const json_t *metrics = json_object_get(record, "metrics");
	const json_t *stages = json_object_get(record, "stages");
	size_t i;
	int ret;

	ret = json_object_get(record, "latency") || is_blk(c) ?
		      merge_hist(&c->latency,
				 json_object_get(record, "latency")) : 0;
	if (ret == -ENOMEM)
		return ret;
	if (ret < 0)
		note_problem(c, block, "latency histogram cannot be read",
			     problems);
	for (i = 0; i < METRIC_COUNT; i++) {
		ret = metric_add(&c->metric[i], block, metrics);
		if (ret < 0)
			return ret;
	}
	for (i = 0; i < json_array_size(stages); i++)
		add_stage(c, block, json_array_get(stages, i), problems);
	c->blocks_ok++;
	c->guest = json_object_get(json_object_get(record, "load"), "guest");
	return 0;
}

int cell_add(struct cell *c, int block, const json_t *record, json_t *problems)
{
	const char *status = record_str(record, "status", "failed");

	if (!strcmp(status, "ok"))
		return add_good(c, block, record, problems);
	if (!strcmp(status, "skipped")) {
		c->status = "skipped";
		snprintf(c->reason, sizeof(c->reason), "%s",
			 record_str(record, "reason", "no reason recorded"));
		return 0;
	}
	if (!c->blocks_failed++)
		snprintf(c->reason, sizeof(c->reason), "block %d: %s",
			 block % RUN_BLOCK_MAX,
			 record_str(record, "reason", "no reason recorded"));
	return 0;
}

/*
 * Good blocks make a cell ok as long as they are the majority; those that
 * failed stay counted and their reason named. Nothing measured is a failure
 * too, whatever was planned.
 */
static void set_status(struct cell *c)
{
	if (!c->blocks_ok && !c->blocks_failed) {
		if (strcmp(c->status, "planned"))
			return;
		c->status = "failed";
		snprintf(c->reason, sizeof(c->reason), "not measured");
		return;
	}
	c->status = c->blocks_ok > c->blocks_failed ? "ok" : "failed";
	if (!c->blocks_failed)
		c->reason[0] = '\0';
}

static void finish_stage(struct cell_stage *s, double latency_sum_ns)
{
	bool quantiles = s->hist && s->hist->count && !s->bad_hist;

	s->mean_ns = s->requests > 0 ? s->sum_ns / s->requests : 0;
	s->median_ns = quantiles ? hist_quantile(s->hist, 0.5) : NAN;
	s->p99_ns = quantiles ? hist_quantile(s->hist, 0.99) : NAN;
	s->share = latency_sum_ns > 0 ? s->sum_ns / latency_sum_ns : 0;
}

/* A record without the remainder gets it here, so the sum always is whole. */
static void fill_unattributed(struct cell *c, double latency_sum_ns,
			      double seen_ns)
{
	struct cell_stage *s = &c->stage[STAGE_UNATTRIBUTED];

	if (s->present)
		return;
	s->present = true;
	s->source = "computed";
	s->requests = (double)c->latency->count;
	s->sum_ns = latency_sum_ns - seen_ns;
}

static void finish_stages(struct cell *c)
{
	double all_ns = 0, seen_ns = 0;
	int i;

	if (!c->has_stages || !c->latency || !c->latency->count) {
		c->has_stages = false;
		return;
	}
	all_ns = (double)c->latency->sum_ns;
	for (i = 0; i < STAGE_COUNT; i++)
		seen_ns += c->stage[i].sum_ns;
	fill_unattributed(c, all_ns, seen_ns);
	for (i = 0, seen_ns = 0; i < STAGE_COUNT; i++) {
		finish_stage(&c->stage[i], all_ns);
		seen_ns += c->stage[i].sum_ns;
	}
	c->stages_off = all_ns > 0 ? seen_ns / all_ns - 1 : 0;
}

int cell_finish(struct cell *c)
{
	int i, ret;

	set_status(c);
	utf8_repair(c->reason);
	for (i = 0; i < METRIC_COUNT; i++) {
		ret = metric_finish(&c->metric[i]);
		if (ret < 0)
			return ret;
	}
	finish_stages(c);
	return 0;
}

void cell_free(struct cell *c)
{
	int i;

	for (i = 0; i < METRIC_COUNT; i++)
		metric_free(&c->metric[i]);
	for (i = 0; i < STAGE_COUNT; i++)
		free(c->stage[i].hist);
	free(c->latency);
	free(c->key);
}

bool cell_is_depth_one(const struct cell *c)
{
	const json_t *load = json_object_get(c->spec, "load");

	return is_blk(c) && record_num(load, "rate", 0) <= 0 &&
	       record_num(load, "depth", 0) * record_num(load, "queues", 1) <=
		       1;
}

static enum metric_id primary_of_net(const json_t *load)
{
	const char *traffic = record_str(load, "traffic", "");

	if (!strncmp(traffic, "tcp", 3) || !strncmp(traffic, "udp", 3))
		return METRIC_THROUGHPUT;
	return strcmp(traffic, "bounceback") ? METRIC_P50 : METRIC_ROUND_TRIPS;
}

enum metric_id cell_primary(const struct cell *c)
{
	const json_t *load = json_object_get(c->spec, "load");
	const char *type = record_str(load, "type", "blk");

	if (!strcmp(type, "net"))
		return primary_of_net(load);
	if (!strcmp(type, "rng"))
		return METRIC_BANDWIDTH;
	if (!strcmp(type, "balloon"))
		return METRIC_INFLATE;
	if (record_num(load, "rate", 0) > 0)
		return METRIC_P99; /* an open loop's rate is given */
	return cell_is_depth_one(c) ? METRIC_P50 : METRIC_IOPS;
}
