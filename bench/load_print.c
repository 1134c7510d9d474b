/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "lib/hist.h"
#include "lib/record.h"
#include "lib/units.h"
#include "lib/util.h"
#include "load.h"

static double metric(const json_t *record, const char *name)
{
	const json_t *m = json_object_get(record, "metrics");

	return record_num(json_object_get(m, name), "value", 0);
}

static void print_head(const struct load *l, const json_t *record)
{
	const struct load_config *c = l->config;
	char bs[16], size[16], capacity[16];

	printf("%s: %s, %s%s, bs %s, depth %u x %u queue%s, by %s\n",
	       l->ops->name, c->in_process ? "in-process" : c->socket,
	       load_rw(l) ?: "random bytes",
	       c->verify ? " verified" : "",
	       units_bytes(bs, sizeof(bs), (double)c->bs_bytes), c->depth,
	       c->queues, c->queues == 1 ? "" : "s",
	       c->poll ? "polling" : "interrupt");
	printf("  ");
	if (l->range_bytes)
		printf("device: %s, %s used; ",
		       units_bytes(capacity, sizeof(capacity),
				   (double)l->capacity_bytes),
		       units_bytes(size, sizeof(size), (double)l->range_bytes));
	printf("ring of %u%s%s\n", c->ring_size, l->event_idx ? ", event-idx" : "",
	       l->indirect ? ", indirect" : "");
	(void)record;
}

static void print_latency(const json_t *record)
{
	static const double quantiles[] = { .01, .1, .5, .9, .99, .999, .9999 };
	struct hist h;
	char buf[16];
	size_t i;

	if (hist_from_json(&h, json_object_get(record, "latency")) < 0)
		return;
	printf("  latency: mean %s,",
	       units_time(buf, sizeof(buf), hist_mean(&h)));
	printf(" min %s,", units_time(buf, sizeof(buf), (double)h.min_ns));
	printf(" max %s\n", units_time(buf, sizeof(buf), (double)h.max_ns));
	printf("    ");
	for (i = 0; i < ARRAY_SIZE(quantiles); i++)
		printf("%sp%g %s", i ? ", " : "", quantiles[i] * 100,
		       units_time(buf, sizeof(buf),
				  hist_quantile(&h, quantiles[i])));
	printf("\n");
}

static void print_costs(const json_t *record)
{
	printf("  per request: %.3f kicks, %.3f calls, %.3f spurious "
	       "wake-ups\n",
	       metric(record, "kicks_per_request"),
	       metric(record, "calls_per_request"),
	       metric(record, "spurious_wakeups_per_request"));
	printf("  CPU per request: driver %.0f ns",
	       metric(record, "driver_cpu_ns_per_request"));
	if (record_num(record, "device_cpu_ns", -1) >= 0)
		printf(", device %.0f ns",
		       metric(record, "device_cpu_ns_per_request"));
	printf("\n");
}

/* What a bare guest cost, as KVM counts it. */
static void print_guest(const json_t *record)
{
	const json_t *kvm = json_object_get(record, "kvm");
	double halts = record_num(kvm, "halt_exits", 0);
	double requests = record_num(record, "answered", 1);
	char doorbell[16];

	if (!kvm)
		return;
	printf("  bare guest (%s): %.3f exits per request, doorbell %s",
	       record_str(kvm, "kind", "?"),
	       record_num(kvm, "exits", 0) / requests,
	       units_time(doorbell, sizeof(doorbell),
			  record_num(kvm, "kick_mean_ns", 0)));
	if (halts >= requests / 1000)
		printf(", %.3f halts per request, of which %.0f %% ended "
		       "while KVM polled",
		       halts / requests,
		       record_num(kvm, "halt_successful_poll", 0) / halts *
			       100);
	printf("\n");
}

static void print_oddities(const json_t *record)
{
	char late[16];

	if (json_object_get(record, "late_mean_ns"))
		printf("  sent %s after they were due, in the mean (part of "
		       "the latency)\n",
		       units_time(late, sizeof(late),
				  record_num(record, "late_mean_ns", 0)));
	if (record_num(record, "bad_lengths", 0) > 0)
		printf("  note: %.0f answers said a wrong used length\n",
		       record_num(record, "bad_lengths", 0));
	if (record_num(record, "lost_kicks", 0) +
		    record_num(record, "lost_calls", 0) > 0)
		printf("  note: %.0f kicks and %.0f calls were lost: something "
		       "was published, and the other side slept\n",
		       record_num(record, "lost_kicks", 0),
		       record_num(record, "lost_calls", 0));
	if (record_num(record, "unsent", 0) > 0)
		printf("  note: %.0f requests were due and could not be sent; "
		       "the device does not keep up with --rate\n",
		       record_num(record, "unsent", 0));
}

void load_print(const struct load *l, const json_t *record)
{
	char iops[16], bandwidth[16];

	print_head(l, record);
	if (!json_object_get(record, "metrics"))
		return;
	printf("  %s requests/s, %s/s, %.0f requests in %.3g s\n",
	       units_count(iops, sizeof(iops), metric(record, "iops")),
	       units_bytes(bandwidth, sizeof(bandwidth),
			   metric(record, "bandwidth")),
	       record_num(record, "requests", 0),
	       (double)(l->window.end_ns - l->window.start_ns) * 1e-9);
	failures_print(&l->failures, &l->config->allowed);
	print_latency(record);
	print_costs(record);
	print_guest(record);
	print_oddities(record);
}
