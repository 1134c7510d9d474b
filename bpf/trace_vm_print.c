/* SPDX-License-Identifier: MIT */
/* A traced VM as text: its vCPUs, its exits, its queues. */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/units.h"
#include "lib/util.h"

static double seconds(const struct trace_session *s)
{
	return MAX(1e-9, (double)(s->window.end_ns - s->window.start_ns) /
				 1e9);
}

static const char *rate(const struct trace_session *s, char *buf, double n)
{
	return units_count(buf, 16, n / seconds(s));
}

/* Of what KVM counts, which is read a little before and after the window. */
static const char *kvm_rate(const struct trace_session *s, char *buf, double n)
{
	return units_count(buf, 16, n * 1e9 /
			   MAX(1.0, (double)s->vm_counted_ns));
}

static void print_vcpus(const struct trace_session *s, const json_t *vcpus,
			FILE *out)
{
	const json_t *v, *c;
	char t[6][16];
	double halts;
	size_t i;

	fprintf(out, "%-16s %9s %9s %9s %9s %9s %8s\n", "vCPU (thread)",
		"exits/s", "mmio/s", "port/s", "halts/s", "irqs/s", "polled");
	json_array_foreach(vcpus, i, v) {
		c = json_object_get(v, "counters");
		halts = record_num(c, "halt_exits", 0);
		snprintf(t[0], sizeof(t[0]), "%.0f (%.0f)",
			 record_num(v, "vcpu", 0), record_num(v, "tid", 0));
		fprintf(out, "%-16s %9s", t[0],
			kvm_rate(s, t[1], record_num(c, "exits", 0)));
		fprintf(out, " %9s %9s %9s %9s",
			kvm_rate(s, t[1], record_num(c, "mmio_exits", 0)),
			kvm_rate(s, t[2], record_num(c, "io_exits", 0)),
			kvm_rate(s, t[3], halts),
			kvm_rate(s, t[4], record_num(c, "irq_injections", 0)));
		if (halts)
			fprintf(out, " %6.0f %%\n",
				record_num(c, "halt_successful_poll", 0) /
					halts * 100);
		else
			fprintf(out, " %8s\n", "-");
	}
}

static int by_count(const void *a, const void *b)
{
	json_int_t x = json_integer_value(*(json_t *const *)a);
	json_int_t y = json_integer_value(*(json_t *const *)b);

	return x < y ? 1 : -(x > y);
}

/* The commonest first. */
static void print_reasons(const struct trace_session *s, json_t *reasons,
			  FILE *out)
{
	size_t i, n = 0, room = json_object_size(reasons);
	json_t **value = calloc(room + 1, sizeof(*value)), *v;
	const char *key;
	char t[16];

	json_object_foreach(reasons, key, v)
		if (value)
			value[n++] = v;
	if (value)
		qsort(value, n, sizeof(*value), by_count);
	for (i = 0; i < n; i++)
		json_object_foreach(reasons, key, v)
			if (v == value[i])
				fprintf(out, "%s %s %s", i ? "," : "exits/s:",
					key, rate(s, t, (double)
						  json_integer_value(v)));
	if (n)
		fputc('\n', out);
	free(value);
}

static void print_wakeup(const json_t *wakeup, FILE *out)
{
	struct hist *h = malloc(sizeof(*h));
	char t[3][32];

	if (h && !hist_from_json(h, wakeup) && h->count)
		fprintf(out, "vCPU woken -> running: %llu times, mean %s, "
			"p50 %s, p99 %s\n", (unsigned long long)h->count,
			units_time(t[0], sizeof(t[0]), hist_mean(h)),
			units_time(t[1], sizeof(t[1]), hist_quantile(h, .5)),
			units_time(t[2], sizeof(t[2]), hist_quantile(h, .99)));
	free(h);
}

/* Two columns of a way's time, or what stands for none. */
static void print_span(const struct probe_stage *w, FILE *out)
{
	char t[2][32];

	if (!w || !w->hist.count)
		fprintf(out, " %9s %9s", "-", "-");
	else
		fprintf(out, " %9s %9s",
			units_time(t[0], sizeof(t[0]),
				   hist_quantile(&w->hist, .5)),
			units_time(t[1], sizeof(t[1]),
				   hist_quantile(&w->hist, .99)));
}

/* A queue: @kick or @call may be NULL. */
static void print_queue(const struct trace_session *s,
			const struct rings_ring *name,
			const struct probe_ring *kick,
			const struct probe_ring *call, FILE *out)
{
	const char *server = name->server[0] ? name->server : "the VMM";
	char label[96], t[2][16];

	snprintf(label, sizeof(label), "%s, %s", name->name, server);
	fprintf(out, "%-38s %8s", label,
		kick ? rate(s, t[0], (double)kick->counters.signals[TRACE_KICK])
		     : "-");
	print_span(kick ? &kick->reach[TRACE_KICK] : NULL, out);
	fprintf(out, " %8s",
		call ? rate(s, t[1], (double)call->counters.signals[TRACE_CALL])
		     : "-");
	print_span(call ? &call->reach[TRACE_CALL] : NULL, out);
	fputc('\n', out);
}

static bool is_call_of_any(const json_t *queues, unsigned int ring)
{
	const json_t *q;
	size_t i;

	json_array_foreach(queues, i, q)
		if (record_num(q, "call", -1) == ring)
			return true;
	return false;
}

static int find_call(const json_t *queues, unsigned int kick)
{
	const json_t *q;
	size_t i;

	json_array_foreach(queues, i, q)
		if (record_num(q, "kick", -1) == kick)
			return (int)record_num(q, "call", -1);
	return -1;
}

/* Kicks with the calls that belong to them, then calls of their own. */
static int print_queues(struct trace_session *s, const json_t *queues,
			FILE *out)
{
	struct probe_ring *r = calloc(2, sizeof(*r));
	const struct rings_ring *ring;
	unsigned int i;
	int call, ret = r ? 0 : -ENOMEM;

	fprintf(out, "\n%-38s %8s %19s %8s %19s\n", "", "",
		"kick -> running", "", "call -> interrupt");
	fprintf(out, "%-38s %8s %9s %9s %8s %9s %9s\n", "queue", "kicks/s",
		"p50", "p99", "calls/s", "p50", "p99");
	for (i = 0; !ret && i < s->rings->nr_rings; i++) {
		ring = &s->rings->ring[i];
		if (is_call_of_any(queues, i))
			continue;
		call = ring->has[TRACE_KICK] ? find_call(queues, i) : (int)i;
		ret = trace_read_ring(s, i, &r[0]);
		if (!ret && call >= 0)
			ret = trace_read_ring(s, (unsigned int)call, &r[1]);
		if (!ret)
			print_queue(s, ring,
				    ring->has[TRACE_KICK] ? &r[0] : NULL,
				    call >= 0 ? &r[1] : NULL, out);
	}
	free(r);
	return ret;
}

/* What a "-" or a 0 above may hide. */
static void print_limits(struct trace_session *s, FILE *out)
{
	json_t *list = trace_not_seen(s), *text;
	size_t i;

	json_array_foreach(list, i, text)
		fprintf(out, "%s%s", i ? ", " : "\nnot seen: ",
			json_string_value(text));
	fputc('\n', out);
	json_decref(list);
}

int trace_vm_print(struct trace_session *s, FILE *out, struct err *e)
{
	json_t *j = json_object(), *vm;
	int ret;

	trace_vm_put(s, j);
	vm = json_object_get(j, "vm");
	fprintf(out, "%s[%.0f], %zu vCPU%s, %.1f s\n\n",
		record_str(vm, "name", "?"), record_num(vm, "pid", 0),
		json_array_size(json_object_get(vm, "vcpus")),
		json_array_size(json_object_get(vm, "vcpus")) == 1 ? "" : "s",
		seconds(s));
	print_vcpus(s, json_object_get(vm, "vcpus"), out);
	print_reasons(s, json_object_get(vm, "exit_reasons"), out);
	print_wakeup(json_object_get(vm, "vcpu_wakeup"), out);
	ret = print_queues(s, json_object_get(j, "queues"), out);
	print_limits(s, out);
	json_decref(j);
	return ret ? err_set(e, ret, "cannot read the BPF maps: %s",
			     strerror(-ret)) : 0;
}
