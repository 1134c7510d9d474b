/* SPDX-License-Identifier: MIT */
#include "metric.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "names.h"

const char metric_absent[] = "not in the record";

const struct metric_info metric_table[METRIC_COUNT] = {
	[METRIC_IOPS] = { "iops", "req/s", "requests/s", "1/s", false },
	[METRIC_THROUGHPUT] = { "throughput", "throughput", "throughput",
				"bit/s", false },
	[METRIC_ROUND_TRIPS] = { "round_trips", "trips/s", "round trips/s",
				 "1/s", false },
	[METRIC_INFLATE] = { "inflate_rate", "inflate", "rate of inflation",
			     "B/s", false },
	[METRIC_DEFLATE] = { "deflate_rate", "deflate", "rate of deflation",
			     "B/s", false },
	[METRIC_BANDWIDTH] = { "bandwidth", "bytes/s", "bandwidth", "B/s",
			       false },
	[METRIC_MEAN] = { "latency_mean_ns", "mean", "mean latency", "ns",
			  true },
	[METRIC_P50] = { "latency_p50_ns", "p50", "median latency", "ns",
			 true },
	[METRIC_P99] = { "latency_p99_ns", "p99", "p99 latency", "ns", true },
	[METRIC_P999] = { "latency_p999_ns", "p99.9", "p99.9 latency", "ns",
			  true },
	[METRIC_MAX] = { "latency_max_ns", "max", "longest latency", "ns",
			 true },
	[METRIC_LOSS] = { "loss", "loss", "share of lost datagrams", "1", true,
			  true },
	[METRIC_JITTER] = { "jitter_ns", "jitter", "jitter", "ns", true, true },
	[METRIC_KICKS] = { "kicks_per_request", "kicks/req",
			   "kicks per request", "1", true, true },
	[METRIC_CALLS] = { "calls_per_request", "calls/req",
			   "calls per request", "1", true, true },
	[METRIC_SPURIOUS] = { "spurious_wakeups_per_request", "spurious/req",
			      "spurious wake-ups per request", "1", true,
			      true },
	[METRIC_EXITS] = { "exits_per_request", "exits/req",
			   "VM exits per request", "1", true, true },
	[METRIC_DOORBELL] = { "doorbell_ns", "doorbell",
			      "time of a guest's doorbell", "ns", true },
	[METRIC_DRIVER_CPU] = { "driver_cpu_ns_per_request", "driver CPU/req",
				"CPU time of the driver per request", "ns",
				true, true },
	[METRIC_DEVICE_CPU] = { "device_cpu_ns_per_request", "device CPU/req",
				"CPU time of the device per request", "ns",
				true, true },
	[METRIC_BUSY_CPUS] = { "busy_cpus", "CPUs busy", "number of busy CPUs",
			       "1", true, true },
};

int metric_find(const char *name)
{
	int i;

	for (i = 0; i < METRIC_COUNT; i++)
		if (!strcmp(metric_table[i].name, name))
			return i;
	return -1;
}

void metric_init(struct metric *m, enum metric_id id)
{
	*m = (struct metric){ .name = metric_table[id].name,
			      .unit = metric_table[id].unit,
			      .lower_better = metric_table[id].lower_better,
			      .value = NAN,
			      .low = NAN,
			      .high = NAN };
}

/* Blocks mostly come in order. */
int metric_add_value(struct metric *m, int block, double value)
{
	double *raw = realloc(m->raw, (size_t)(m->n + 1) * sizeof(*raw));
	int *blocks, i;

	if (!raw)
		return -ENOMEM;
	m->raw = raw;
	blocks = realloc(m->block, (size_t)(m->n + 1) * sizeof(*blocks));
	if (!blocks)
		return -ENOMEM;
	m->block = blocks;
	for (i = m->n++; i > 0 && blocks[i - 1] > block; i--) {
		raw[i] = raw[i - 1];
		blocks[i] = blocks[i - 1];
	}
	raw[i] = value;
	blocks[i] = block;
	return 0;
}

int metric_add(struct metric *m, int block, const json_t *metrics,
	       json_t *texts)
{
	const json_t *j = json_object_get(metrics, m->name);
	const json_t *value = json_object_get(j, "value");
	const char *reason;

	if (json_is_number(value))
		return metric_add_value(m, block, json_number_value(value));
	reason = json_string_value(json_object_get(j, "reason"));
	m->reason = reason ? names_keep(texts, reason) : metric_absent;
	return m->reason ? 0 : -ENOMEM;
}

int metric_finish(struct metric *m)
{
	struct stats_estimate e;
	int ret;

	if (!m->n) {
		if (!m->reason)
			m->reason = "no block went well";
		return 0;
	}
	ret = stats_of_median(m->raw, m->n, &e);
	if (ret < 0)
		return ret;
	m->value = e.value;
	m->low = e.low;
	m->high = e.high;
	m->interval = e.interval;
	m->confidence = e.confidence;
	m->reason = NULL;
	return 0;
}

void metric_free(struct metric *m)
{
	free(m->raw);
	free(m->block);
	m->raw = NULL;
	m->block = NULL;
	m->n = 0;
}
