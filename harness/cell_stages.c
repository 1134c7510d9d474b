/* SPDX-License-Identifier: MIT */
#include "cell_stages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hist.h"
#include "lib/record.h"
#include "lib/stages.h"
#include "lib/stamps.h"
#include "lib/util.h"

/* Stages as they are collected. share: nanoseconds a request of the whole. */
struct collected {
	json_t *list;
	struct stamps_joined joined;
	bool stamped, both; /* driver's stamps, and the device's */
	double requests, latency_ns;
	double sum_ns; /* of the shares so far */
};

static void add_stage(struct collected *c, enum stage_id id,
		      const struct hist *h, double count, const char *source)
{
	double mean = hist_mean(h);

	json_array_append_new(
		c->list,
		json_pack("{ss sf sf sf sf ss ss so}", "name",
			  stage_table[id].name, "mean_ns", mean, "median_ns",
			  hist_quantile(h, .5), "p99_ns", hist_quantile(h, .99),
			  "count", count, "per",
			  stage_per_name(stage_table[id].per), "source",
			  source, "hist", hist_to_json(h)));
	if (c->requests > 0)
		c->sum_ns += mean * count / c->requests;
}

/* A stage that is only known as a mean: the rest of something. */
static void add_rest(struct collected *c, enum stage_id id, double ns)
{
	json_array_append_new(
		c->list, json_pack("{ss sf sn sn sf ss ss}", "name",
				   stage_table[id].name, "mean_ns", ns,
				   "median_ns", "p99_ns", "count", c->requests,
				   "per",
				   stage_per_name(stage_table[id].per),
				   "source", "computed"));
	c->sum_ns += ns;
}

/* The samples stand for all requests. */
static void add_stamped(struct collected *c, enum stage_id id,
			const struct hist *h)
{
	if (h->count)
		add_stage(c, id, h, c->requests, "stamps");
}

/* Sum one stage of the tracer's rings. Returns its notifications. */
static double trace_stage(const json_t *trace, enum stage_id id,
			  struct hist *sum)
{
	json_t *rings = json_object_get(trace, "rings"), *ring, *stage;
	static struct hist one;
	double events = 0;
	size_t i;

	hist_init(sum);
	json_array_foreach(rings, i, ring) {
		stage = json_object_get(json_object_get(ring, "stages"),
					stage_table[id].name);
		if (hist_from_json(&one, json_object_get(stage, "hist")) < 0)
			continue;
		hist_merge(sum, &one);
		events += record_num(stage, "events", 0);
	}
	return events;
}

/* What a ring counts of a stage whose end may stay unseen; NULL: those end
 * where they begin. */
static const char *lost_key(enum stage_id id)
{
	switch (id) {
	case STAGE_DEVICE_WAKEUP:
	case STAGE_DEVICE_RESUME:
		return "kick_wakeups_lost";
	case STAGE_DRIVER_WAKEUP:
	case STAGE_DRIVER_RESUME:
		return "call_wakeups_lost";
	case STAGE_DEVICE_IO:
		return "io_lost";
	default:
		return NULL;
	}
}

/* The last stage: how many of its events were followed to their end, and how
 * many were not. */
static void add_events(struct collected *c, const json_t *trace,
		       enum stage_id id, double events)
{
	json_t *rings = json_object_get(trace, "rings"), *ring, *stage;
	const char *key = lost_key(id);
	double lost = 0;
	size_t i;

	if (key)
		json_array_foreach(rings, i, ring)
			lost += record_num(ring, key, 0);
	stage = json_array_get(c->list, json_array_size(c->list) - 1);
	json_object_set_new(stage, "events", json_real(events));
	json_object_set_new(stage, "lost", json_real(lost));
}

/*
 * Add a stage seen by the tracer; its share of the mean latency. Where the
 * writer said how many requests each notification carried, the histogram
 * counts them; a foreign device writes 1, and then its calls are scaled to
 * the requests that were reaped after one.
 */
static double add_traced(struct collected *c, const json_t *trace,
			 enum stage_id id, double weight)
{
	static struct hist h;
	double before = c->sum_ns, events = trace_stage(trace, id, &h);

	if (!h.count)
		return 0;
	add_stage(c, id, &h, (double)h.count * weight, "bpf");
	add_events(c, trace, id, events);
	return c->sum_ns - before;
}

/* How many requests a call of the device stands for, beyond what it says. */
static double call_weight(const struct collected *c,
			  const struct cell_stages_input *in)
{
	json_t *rings = json_object_get(in->trace, "rings"), *ring;
	double said = 0, called;
	size_t i;

	if (c->both)
		return 1;
	json_array_foreach(rings, i, ring)
		said += record_num(ring, "call_requests", 0);
	called = record_num(in->load, "called_requests", 0);
	return said > 0 && called > 0 ? called / said : 1;
}

static void to_device(struct collected *c, const json_t *trace)
{
	double seen = 0;

	seen += add_traced(c, trace, STAGE_KICK_EXIT, 1);
	seen += add_traced(c, trace, STAGE_KICK_SIGNAL, 1);
	seen += add_traced(c, trace, STAGE_DEVICE_WAKEUP, 1);
	seen += add_traced(c, trace, STAGE_DEVICE_RESUME, 1);
	if (c->both)
		add_rest(c, STAGE_AVAIL_WAIT,
			 MAX(0., hist_mean(&c->joined.to_device) - seen));
}

static void in_device(struct collected *c, const json_t *trace)
{
	if (!c->both) {
		add_traced(c, trace, STAGE_DEVICE_IO, 1);
		return;
	}
	add_stamped(c, STAGE_DEVICE_SUBMIT, &c->joined.submit);
	add_stamped(c, STAGE_DEVICE_IO, &c->joined.io);
	add_stamped(c, STAGE_DEVICE_PUSH, &c->joined.push);
}

/* A bare guest stamps the entry of its interrupt handler. */
static double add_handler(struct collected *c, const json_t *load)
{
	static struct hist h;
	double before = c->sum_ns;
	const json_t *j = json_object_get(json_object_get(load, "kvm"),
					  "handler_to_reaped");

	if (j && !hist_from_json(&h, j) && h.count)
		add_stage(c, STAGE_DRIVER_RESUME, &h, (double)h.count,
			  "stamps");
	return c->sum_ns - before;
}

static void to_driver(struct collected *c, const struct cell_stages_input *in,
		      double weight)
{
	const json_t *trace = in->trace;
	double seen = add_handler(c, in->load);

	seen += add_traced(c, trace, STAGE_CALL_SIGNAL, weight);
	seen += add_traced(c, trace, STAGE_IRQ_ACCEPT, weight);
	seen += add_traced(c, trace, STAGE_DRIVER_WAKEUP, weight);
	seen += add_traced(c, trace, STAGE_IRQ_ENTER, weight);
	seen += add_traced(c, trace, STAGE_DRIVER_RESUME, weight);
	if (c->both)
		add_rest(c, STAGE_USED_WAIT,
			 MAX(0., hist_mean(&c->joined.to_driver) - seen));
}

static void join(struct collected *c, const struct cell_stages_input *in)
{
	const struct stamps_file *driver = NULL, *device = NULL;
	double ns_per_tick = record_num(in->load, "ns_per_tick", 1);

	if (stamps_open(in->driver_stamps, &driver, NULL) < 0)
		return;
	if (in->device_stamps)
		stamps_open(in->device_stamps, &device, NULL);
	c->stamped = !stamps_join(driver, device, ns_per_tick, &c->joined);
	c->both = c->stamped && c->joined.joined;
	stamps_close(driver);
	stamps_close(device);
}

void cell_stages(json_t *record, const struct cell_stages_input *in)
{
	struct collected *c = calloc(1, sizeof(*c));
	const json_t *metrics = json_object_get(in->load, "metrics");

	if (!c)
		return;
	c->list = json_array();
	c->requests = record_num(in->load, "requests", 0);
	c->latency_ns = record_num(json_object_get(metrics, "latency_mean_ns"),
				   "value", 0);
	join(c, in);
	if (c->stamped)
		add_stamped(c, STAGE_PUBLISH, &c->joined.publish);
	to_device(c, in->trace);
	in_device(c, in->trace);
	to_driver(c, in, call_weight(c, in));
	add_rest(c, STAGE_UNATTRIBUTED, c->latency_ns - c->sum_ns);
	json_object_set_new(record, "stages", c->list);
	json_object_set_new(
		record, "stamps",
		json_pack("{sI sI sI sI}", "joined",
			  (json_int_t)c->joined.joined, "unmatched",
			  (json_int_t)c->joined.unmatched, "overwritten",
			  (json_int_t)c->joined.overwritten, "inversions",
			  (json_int_t)c->joined.inversions));
	free(c);
}
