/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/record.h"
#include "lib/virtio/ring.h"
#include "lib/units.h"
#include "bench/kvm/kvm_worker.h"
#include "load.h"
#include "worker.h"

static void counts_add(struct worker_counts *a, const struct worker_counts *b)
{
	a->bytes += b->bytes;
	a->errors += b->errors;
	a->bad_lengths += b->bad_lengths;
	a->publishes += b->publishes;
	a->kicks += b->kicks;
	a->kicked_requests += b->kicked_requests;
	a->calls += b->calls;
	a->called_requests += b->called_requests;
	a->wakeups += b->wakeups;
	a->spurious_wakeups += b->spurious_wakeups;
	a->lost_kicks += b->lost_kicks;
	a->lost_calls += b->lost_calls;
	a->late_ticks += b->late_ticks;
	hist_merge(&a->latency, &b->latency);
}

static void set_int(json_t *j, const char *key, uint64_t v)
{
	json_object_set_new(j, key, json_integer((json_int_t)v));
}

static void set_str(json_t *j, const char *key, const char *v)
{
	json_object_set_new(j, key, v ? json_string(v) : json_null());
}

static void put_load(json_t *j, const struct load *l)
{
	const struct load_config *c = l->config;

	set_str(j, "type", c->type);
	if (load_rw(l))
		set_str(j, "rw", load_rw(l));
	set_int(j, "bs", c->bs_bytes);
	set_int(j, "depth", c->depth);
	set_int(j, "queues", c->queues);
	if (l->range_bytes)
		set_int(j, "size", l->range_bytes);
	set_str(j, "completion", c->poll ? "poll" : "interrupt");
	set_int(j, "rate", c->rate);
	json_object_set_new(j, "poisson", json_boolean(c->poisson));
	json_object_set_new(j, "verify", json_boolean(c->verify));
	set_int(j, "time_ns", c->time_ns);
	set_int(j, "warmup_ns", c->warmup_ns);
	set_int(j, "seed", c->seed);
	json_object_set_new(j, "in_process", json_boolean(c->in_process));
	json_object_set_new(j, "ring",
			    json_pack("{sb sb si}", "event_idx", l->event_idx,
				      "indirect", l->indirect, "size",
				      (int)c->ring_size));
}

static json_t *hex(uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	return json_string(text);
}

static json_t *feature_names(const struct load *l)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} ring[] = {
		{ VIRTIO_F_INDIRECT_BIT, "INDIRECT_DESC" },
		{ VIRTIO_F_EVENT_IDX_BIT, "EVENT_IDX" },
		{ VIRTIO_F_PROTOCOL_BIT, "PROTOCOL_FEATURES" },
		{ VIRTIO_F_VERSION_1_BIT, "VERSION_1" },
		{ VIRTIO_F_RING_PACKED_BIT, "RING_PACKED" },
	};
	json_t *names = json_array();
	const char *name;
	unsigned int i;

	for (i = 0; i < VIRTIO_F_INDIRECT_BIT; i++) {
		name = l->front.features >> i & 1 ? l->ops->feature_name(i)
						  : NULL;
		if (name)
			json_array_append_new(names, json_string(name));
	}
	for (i = 0; i < ARRAY_SIZE(ring); i++)
		if (l->front.features >> ring[i].bit & 1)
			json_array_append_new(names, json_string(ring[i].name));
	return names;
}

static void put_device(json_t *j, const struct load *l)
{
	const struct vhost_front *f = &l->front;

	json_object_set_new(j, "features",
			    json_pack("{so so so so sI si}", "offered",
				      hex(f->device_features), "negotiated",
				      hex(f->features), "names",
				      feature_names(l), "protocol",
				      hex(f->protocol), "capacity_bytes",
				      (json_int_t)l->capacity_bytes,
				      "device_queues", (int)f->device_queues));
	json_object_set_new(j, "device_pid",
			    f->device_pid > 0 ? json_integer(f->device_pid)
					      : json_null());
}

static void put_counts(json_t *j, const struct load *l,
		       const struct worker_counts *n)
{
	set_int(j, "requests", n->latency.count);
	set_int(j, "answered", worker_answered(n));
	set_int(j, "bytes", n->bytes);
	failures_put(j, &l->failures, &l->config->allowed);
	set_int(j, "bad_lengths", n->bad_lengths);
	set_int(j, "publishes", n->publishes);
	set_int(j, "kicks", n->kicks);
	set_int(j, "calls", n->calls);
	set_int(j, "wakeups", n->wakeups);
	set_int(j, "spurious_wakeups", n->spurious_wakeups);
	set_int(j, "lost_kicks", n->lost_kicks);
	set_int(j, "lost_calls", n->lost_calls);
	set_int(j, "kicked_requests", n->kicked_requests);
	set_int(j, "called_requests", n->called_requests);
}

static json_t *metrics(const struct load *l, const struct worker_counts *n,
		       uint64_t driver_cpu_ns)
{
	double seconds = (double)(l->window.end_ns - l->window.start_ns) * 1e-9;
	double answered = (double)worker_answered(n);
	json_t *m = json_object();

	record_metric(m, "iops", (double)n->latency.count / seconds, "1/s", "higher");
	record_metric(m, "bandwidth", (double)n->bytes / seconds, "B/s",
		      "higher");
	record_latency(m, &n->latency);
	record_metric(m, "kicks_per_request", (double)n->kicks / answered, "1",
		      "lower");
	record_metric(m, "calls_per_request", (double)n->calls / answered, "1",
		      "lower");
	record_metric(m, "spurious_wakeups_per_request",
		      (double)n->spurious_wakeups / answered, "1", "lower");
	record_metric(m, "driver_cpu_ns_per_request",
		      (double)driver_cpu_ns / answered, "ns", "lower");
	if (l->config->kvm)
		kvm_worker_metrics(l, m, worker_answered(n));
	if (l->device_cpu_known)
		record_metric(m, "device_cpu_ns_per_request",
			      (double)l->device_cpu_ns / answered, "ns",
			      "lower");
	else
		record_metric_null(m, "device_cpu_ns_per_request", "ns",
				   "lower",
				   "the device's process is not "
				   "known");
	return m;
}

static void put_status(json_t *j, int ret, const struct err *e)
{
	set_int(j, "schema", RECORD_SCHEMA);
	set_str(j, "kind", "load");
	set_str(j, "status", ret < 0 ? "failed" : "ok");
	if (ret < 0)
		set_str(j, "reason", e->text);
}

static void put_window(json_t *j, const struct load *l)
{
	json_object_set_new(j, "window",
			    json_pack("{sI sI}", "start_ns",
				      (json_int_t)l->window.start_ns, "end_ns",
				      (json_int_t)l->window.end_ns));
	json_object_set_new(j, "ns_per_tick", json_real(l->scale.ns_per_tick));
}

/* An open loop: what was due and never sent, and how long after it was due a
 * request was sent in the mean, for want of a slot or of a CPU. */
static void put_schedule(json_t *j, const struct load *l,
			 const struct worker_counts *n, uint64_t unsent)
{
	double late_ns = (double)n->late_ticks * l->scale.ns_per_tick;
	uint64_t answered = worker_answered(n);

	if (!l->config->rate)
		return;
	set_int(j, "unsent", unsent);
	json_object_set_new(
		j, "late_mean_ns",
		json_real(answered ? late_ns / (double)answered : 0));
}

static void put_cpu(json_t *j, const struct load *l, uint64_t driver_cpu_ns)
{
	set_int(j, "driver_cpu_ns", driver_cpu_ns);
	json_object_set_new(j, "device_cpu_ns",
			    l->device_cpu_known
				    ? json_integer((json_int_t)l->device_cpu_ns)
				    : json_null());
}

static void put_preempted(json_t *j, const struct load *l)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < l->nr_workers; i++)
		sum += (uint64_t)l->worker[i].preempted;
	set_int(j, "driver_preempted", sum);
}

json_t *load_record(const struct load *l, int ret, const struct err *e)
{
	struct worker_counts *n = calloc(1, sizeof(*n));
	uint64_t cpu_ns = 0, unsent = 0;
	json_t *j = json_object();
	unsigned int i;

	if (!n)
		return j;
	hist_init(&n->latency);
	for (i = 0; i < l->nr_workers; i++) {
		counts_add(n, &l->worker[i].result);
		cpu_ns += l->worker[i].cpu_ns;
		unsent += l->worker[i].unsent;
	}
	put_status(j, ret, e);
	put_load(j, l);
	put_device(j, l);
	put_window(j, l);
	put_counts(j, l, n);
	put_schedule(j, l, n, unsent);
	put_cpu(j, l, cpu_ns);
	put_preempted(j, l);
	if (l->config->kvm)
		json_object_set_new(j, "kvm", kvm_worker_json(l));
	l->ops->report(l, j);
	if (n->latency.count && ret >= 0) {
		json_object_set_new(j, "metrics", metrics(l, n, cpu_ns));
		json_object_set_new(j, "latency", hist_to_json(&n->latency));
	}
	free(n);
	return j;
}
