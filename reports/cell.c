/* SPDX-License-Identifier: MIT */
#include "cell.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "cell_label.h"
#include "names.h"
#include "utf8.h"

#define INCOMPLETE_FROM 0.01 /* of a stage's events */

bool cell_same_driver(const struct cell *a, const struct cell *b)
{
	return !strcmp(a->driver, b->driver) &&
	       !strcmp(a->accelerator, b->accelerator) &&
	       !strcmp(a->cpu, b->cpu);
}

int cell_init(struct cell *c, const json_t *spec)
{
	int i;

	memset(c, 0, sizeof(*c));
	c->spec = spec;
	c->id = record_str(spec, "id", "");
	c->type = record_str(json_object_get(spec, "load"), "type", "blk");
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
	cell_label(c);
	utf8_repair(c->reason);
	c->key = cell_key(c);
	return c->key ? 0 : -ENOMEM;
}

static void note_problem(const struct cell *c, int block, const char *what,
			 json_t *problems)
{
	json_t *s = json_sprintf("%s, block %d: %s", c->id,
				 block % RUN_BLOCK_MAX, what);

	if (s)
		json_array_append_new(problems, s);
}

static int add_stage(struct cell *c, int block, const json_t *j,
		     const struct cell_texts *t)
{
	int id = stage_find(record_str(j, "name", ""));
	double count = record_num(j, "count", 0);
	struct cell_stage *s;
	int ret = 0;

	if (id < 0) {
		note_problem(c, block, "a stage that is not known",
			     t->problems);
		return 0;
	}
	s = &c->stage[id];
	s->present = true;
	c->has_stages = true;
	s->source = names_keep(t->texts, record_str(j, "source", "?"));
	s->sum_ns += record_num(j, "mean_ns", 0) * count;
	s->requests += count;
	s->events += record_num(j, "events", 0);
	s->lost += record_num(j, "lost", 0);
	if (count > 0)
		ret = hist_sum_add(&s->hist, json_object_get(j, "hist"));
	s->bad_hist |= ret < 0;
	return ret == -ENOMEM || !s->source ? -ENOMEM : 0;
}

static bool is_blk(const struct cell *c)
{
	return !strcmp(c->type, "blk");
}

/* The guest as of the last block; all of them have to be alike. */
static void note_guest(struct cell *c, int block, const json_t *record,
		       json_t *problems)
{
	json_t *g = json_object_get(json_object_get(record, "load"), "guest");

	if (c->guest && (strcmp(record_str(c->guest, "kernel", ""),
				record_str(g, "kernel", "")) ||
			 strcmp(record_str(c->guest, "cmdline", ""),
				record_str(g, "cmdline", ""))))
		note_problem(c, block,
			     "another guest's kernel or boot switches than in "
			     "the blocks before",
			     problems);
	json_decref(c->guest);
	c->guest = json_incref(g);
}

/* What guests, QEMU and a back end took, in CPUs. */
static int add_busy_cpus(struct cell *c, int block, const json_t *record)
{
	json_t *busy =
		json_object_get(json_object_get(record, "load"), "busy_cpus");
	double sum = 0;
	const char *key;
	json_t *value;

	json_object_foreach(busy, key, value)
		sum += json_is_number(value) ? json_number_value(value) : 0;
	return sum > 0 ? metric_add_value(&c->metric[METRIC_BUSY_CPUS], block,
					  sum)
		       : 0;
}

static int add_latency(struct cell *c, int block, const json_t *record,
		       json_t *problems)
{
	const json_t *latency = json_object_get(record, "latency");
	int ret = 0;

	if (latency || is_blk(c))
		ret = hist_sum_add(&c->latency, latency);
	if (ret == -EINVAL)
		note_problem(c, block, "latency histogram cannot be read",
			     problems);
	return ret == -ENOMEM ? ret : 0;
}

static int add_stages(struct cell *c, int block, const json_t *record,
		      const struct cell_texts *t)
{
	const json_t *stages = json_object_get(record, "stages");
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < json_array_size(stages); i++)
		ret = add_stage(c, block, json_array_get(stages, i), t);
	return ret;
}

static int add_good(struct cell *c, int block, const json_t *record,
		    const struct cell_texts *t)
{
	const json_t *metrics = json_object_get(record, "metrics");
	size_t i;
	int ret;

	ret = add_latency(c, block, record, t->problems);
	for (i = 0; !ret && i < METRIC_COUNT; i++)
		ret = metric_add(&c->metric[i], block, metrics, t->texts);
	if (!ret)
		ret = add_busy_cpus(c, block, record);
	if (!ret)
		ret = add_stages(c, block, record, t);
	if (ret < 0)
		return ret;
	notifications_add(&c->notifications, json_object_get(record, "load"));
	errors_add(&c->errors, json_object_get(record, "load"));
	c->blocks_ok++;
	note_guest(c, block, record, t->problems);
	return 0;
}

/* Keep them in order; they mostly come in it. -EEXIST, or -ENOMEM. */
static int add_block(struct cell *c, const struct cell_block *b)
{
	struct cell_block *block = c->block;
	int i = c->nr_blocks;

	while (i > 0 && block[i - 1].block > b->block)
		i--;
	if (i > 0 && block[i - 1].block == b->block)
		return -EEXIST;
	block = realloc(block, (size_t)(c->nr_blocks + 1) * sizeof(*block));
	if (!block)
		return -ENOMEM;
	c->block = block;
	memmove(&block[i + 1], &block[i],
		(size_t)(c->nr_blocks++ - i) * sizeof(*block));
	block[i] = *b;
	return 0;
}

static struct cell_block block_of(int block, const json_t *record)
{
	const json_t *host = json_object_get(record, "host");
	const json_t *window =
		json_object_get(json_object_get(record, "load"), "window");
	double elapsed = record_num(record, "elapsed_ns", NAN);

	return (struct cell_block){
		.block = block,
		.ok = !strcmp(record_str(record, "status", ""), "ok"),
		.steal_share = record_num(host, "steal_ns", NAN) /
			       record_num(host, "window_ns", elapsed),
		.load1 = record_num(host, "load1", NAN),
		.preempted = record_num(host, "preempted", NAN),
		.elapsed_ns = elapsed,
		.window_ns = record_num(window, "end_ns", NAN) -
			     record_num(window, "start_ns", NAN),
	};
}

int cell_add(struct cell *c, int block, const json_t *record,
	     const struct cell_texts *t)
{
	const char *status = record_str(record, "status", "failed");
	const char *reason = record_str(record, "reason", "no reason recorded");
	struct cell_block b = block_of(block, record);
	int ret;

	ret = add_block(c, &b);
	if (ret < 0)
		return ret;
	if (b.ok)
		return add_good(c, block, record, t);
	if (!strcmp(status, "skipped")) {
		c->status = "skipped";
		snprintf(c->reason, sizeof(c->reason), "%s", reason);
	} else if (!c->blocks_failed++) {
		snprintf(c->reason, sizeof(c->reason), "block %d: %s",
			 block % RUN_BLOCK_MAX, reason);
	}
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
	s->median_ns = quantiles ? hist_sum_quantile(s->hist, 0.5) : NAN;
	s->p99_ns = quantiles ? hist_sum_quantile(s->hist, 0.99) : NAN;
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
		hist_sum_free(c->stage[i].hist);
	hist_sum_free(c->latency);
	json_decref(c->guest);
	free(c->block);
	free(c->key);
}

double cell_stage_incomplete(const struct cell_stage *s)
{
	double all = s->events + s->lost;

	return s->lost > all * INCOMPLETE_FROM ? s->lost / all : 0;
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

	if (!strcmp(c->type, "net"))
		return primary_of_net(load);
	if (!strcmp(c->type, "rng"))
		return METRIC_BANDWIDTH;
	if (!strcmp(c->type, "balloon"))
		return METRIC_INFLATE;
	if (record_num(load, "rate", 0) > 0)
		return METRIC_P99; /* an open loop's rate is given */
	return cell_is_depth_one(c) ? METRIC_P50 : METRIC_IOPS;
}
