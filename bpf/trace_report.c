/* SPDX-License-Identifier: MIT */
/* What the tracer found, as a record and as a table. */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/units.h"
#include "lib/util.h"

static json_t *refused_to_json(const struct probe_edge_state *s)
{
	json_t *all = json_array();
	unsigned int i;

	for (i = 0; i < s->nr_refused; i++)
		json_array_append_new(
			all, json_pack("{ss ss}", "attach",
				       s->refused[i].attach, "reason",
				       s->refused[i].reason));
	return all;
}

json_t *trace_probes_to_json(const struct probe *p, bool attached)
{
	const struct probe_edge_state *s;
	json_t *all = json_array(), *j;
	unsigned int i;

	for (i = 0; i < p->ops->nr_edges; i++) {
		s = &p->edge[i];
		j = json_pack("{ss ss ss}", "probe", p->ops->name, "edge",
			      p->ops->edges[i].name, "status",
			      s->program < 0 ? "unavailable"
			      : attached     ? "attached"
					     : "usable");
		if (s->program >= 0)
			json_object_set_new(j, "attach",
					    json_string(s->taken.attach));
		if (s->nr_refused)
			json_object_set_new(j, "refused", refused_to_json(s));
		json_array_append_new(all, j);
	}
	return all;
}

static json_t *probes_to_json(const struct trace_session *s)
{
	json_t *all = json_array(), *part;
	unsigned int i;

	for (i = 0; i < PROBE_COUNT; i++) {
		if (!s->probe[i].ops)
			continue;
		part = trace_probes_to_json(&s->probe[i], s->attached[i]);
		json_array_extend(all, part);
		json_decref(part);
	}
	return all;
}

int trace_read_ring(struct trace_session *s, unsigned int ring,
		    struct probe_ring *out)
{
	unsigned int i;
	int ret = 0;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < STAGE_COUNT; i++)
		hist_init(&out->stage[i].hist);
	for (i = 0; i < TRACE_KINDS; i++)
		hist_init(&out->reach[i].hist);
	for (i = 0; !ret && i < PROBE_COUNT; i++)
		if (s->attached[i])
			ret = probe_read_ring(&s->probe[i], ring, out);
	return ret;
}

bool trace_saw_any(struct trace_session *s)
{
	struct probe_ring *r = malloc(sizeof(*r));
	bool any = !r;
	unsigned int i;

	for (i = 0; r && !any && i < s->rings->nr_rings; i++)
		any = trace_read_ring(s, i, r) < 0 ||
		      r->counters.signals[TRACE_KICK] ||
		      r->counters.signals[TRACE_CALL];
	free(r);
	return any;
}

/* --pid knows no kicks and calls, just signals. */
static const char *stage_label(const struct trace_session *s,
			       enum stage_id stage)
{
	if (!s->rings->by_pid)
		return stage_table[stage].name;
	switch (stage) {
	case STAGE_KICK_SIGNAL:
		return "signal";
	case STAGE_DEVICE_WAKEUP:
		return "wakeup";
	case STAGE_DEVICE_RESUME:
		return "resume";
	default:
		return stage_table[stage].name;
	}
}

static bool stage_shown(const struct trace_session *s,
			const struct probe_ring *r, enum stage_id stage)
{
	if (!r->stage[stage].seen)
		return false;
	/* No event: say so for what always can be, be silent on what a device
	 * or a driver may simply not do. */
	if (r->stage[stage].events)
		return true;
	return stage != STAGE_DEVICE_IO && !s->rings->by_pid &&
	       !s->rings->ring[0].name[0];
}

json_t *trace_stages_to_json(const struct trace_session *s,
			     const struct probe_ring *r)
{
	json_t *all = json_object();
	enum stage_id i;

	for (i = 0; i < STAGE_COUNT; i++)
		if (stage_shown(s, r, i))
			json_object_set_new(
				all, stage_label(s, i),
				json_pack("{sI so}", "events",
					  (json_int_t)r->stage[i].events,
					  "hist",
					  hist_to_json(&r->stage[i].hist)));
	return all;
}

static json_t *ring_to_json(const struct trace_session *s, unsigned int ring,
			    const struct probe_ring *r)
{
	const struct trace_counters *c = &r->counters;

	return json_pack(
		"{sI ss ss sI sI sI sI sI sI sI sI sI sI sI sI so}", "queue",
		(json_int_t)s->rings->ring[ring].queue, "name",
		s->rings->ring[ring].name, "server",
		s->rings->ring[ring].server, "kicks",
		(json_int_t)c->signals[TRACE_KICK], "kick_requests",
		(json_int_t)c->requests[TRACE_KICK], "kick_wakeups",
		(json_int_t)c->wakeups[TRACE_KICK], "kick_wakeups_lost",
		(json_int_t)c->lost[TRACE_KICK], "calls",
		(json_int_t)c->signals[TRACE_CALL], "call_requests",
		(json_int_t)c->requests[TRACE_CALL], "call_wakeups",
		(json_int_t)c->wakeups[TRACE_CALL], "call_wakeups_lost",
		(json_int_t)c->lost[TRACE_CALL], "other_device_wakeups",
		(json_int_t)c->other[TRACE_DEVICE], "other_driver_wakeups",
		(json_int_t)c->other[TRACE_DRIVER], "io_lost",
		(json_int_t)c->io_lost, "inversions",
		(json_int_t)c->inversions, "stages",
		trace_stages_to_json(s, r));
}

static json_t *rings_to_json(struct trace_session *s, struct err *e)
{
	struct probe_ring *r = malloc(sizeof(*r));
	json_t *all = json_array();
	unsigned int i;
	int ret = r ? 0 : -ENOMEM;

	for (i = 0; !ret && i < s->rings->nr_rings; i++) {
		ret = trace_read_ring(s, i, r);
		if (!ret)
			json_array_append_new(
				all, s->rings->by_pid ?
					     trace_pid_to_json(s, i, r) :
					     ring_to_json(s, i, r));
	}
	free(r);
	if (!ret)
		return all;
	err_set(e, ret, "cannot read the BPF maps: %s", strerror(-ret));
	json_decref(all);
	return NULL;
}

struct probe *trace_probe(struct trace_session *s, const struct probe_ops *ops)
{
	unsigned int i;

	for (i = 0; i < PROBE_COUNT; i++)
		if (probe_table[i] == ops && s->attached[i])
			return &s->probe[i];
	return NULL;
}

json_t *trace_not_seen(struct trace_session *s)
{
	const char *way = s->probe[0].edge[0].taken.attach;
	json_t *all = json_array();

	if (!strstr(way, "eventfd_write"))
		json_array_append_new(
			all, json_string("notifications that io_uring "
					 "writes"));
	if (!trace_probe(s, &probe_vhost) && (s->rings->vhost || !s->rings->vm))
		json_array_append_new(
			all, json_string("calls of devices in the kernel "
					 "(vhost)"));
	if (s->rings->vm)
		json_array_append_new(all, json_string("interrupts that the VMM "
						       "raises itself"));
	json_array_append_new(all, json_string("I/O by other ways than "
					       "io_uring"));
	return all;
}

json_t *trace_to_json(struct trace_session *s, struct err *e)
{
	json_t *rings = rings_to_json(s, e), *j;

	if (!rings)
		return NULL;
	j = json_pack("{si ss ss s{sI sI} sI so so so}", "schema",
			 RECORD_SCHEMA, "kind", "trace", "status", "ok",
			 "window", "start_ns", (json_int_t)s->window.start_ns,
			 "end_ns", (json_int_t)s->window.end_ns,
			 "resolved", (json_int_t)s->nr_resolved, "probes",
			 probes_to_json(s), "not_seen", trace_not_seen(s),
			 s->rings->by_pid ? "eventfds" : "rings", rings);
	if (s->ended)
		json_object_set_new(j, "ended", json_integer(s->ended));
	if (trace_clock_needed(s))
		json_object_set_new(j, "clock_error_ns",
				    json_integer((json_int_t)
							 s->clock_error_ns));
	if (s->rings->vm)
		trace_vm_put(s, j);
	return j;
}

json_t *trace_failed_to_json(const struct trace_session *s,
			     const char *reason)
{
	return json_pack("{si ss ss ss so so}", "schema", RECORD_SCHEMA,
			 "kind", "trace", "status", "failed", "reason", reason,
			 "probes", probes_to_json(s), "rings", json_array());
}

static void print_stages(const struct trace_session *s,
			 const struct probe_ring *r, FILE *out)
{
	const struct hist *h;
	unsigned int shown = 0;
	char t[4][32];
	enum stage_id i;

	for (i = 0; i < STAGE_COUNT; i++) {
		if (!stage_shown(s, r, i))
			continue;
		if (!shown++)
			fprintf(out, "  %-14s %10s %9s %9s %9s %9s\n", "stage",
				"events", "mean", "p50", "p99", "max");
		h = &r->stage[i].hist;
		if (!h->count) {
			fprintf(out, "  %-14s %10d\n", stage_label(s, i), 0);
			continue;
		}
		fprintf(out, "  %-14s %10llu %9s %9s %9s %9s\n",
			stage_label(s, i),
			(unsigned long long)r->stage[i].events,
			units_time(t[0], sizeof(t[0]), hist_mean(h)),
			units_time(t[1], sizeof(t[1]), hist_quantile(h, .5)),
			units_time(t[2], sizeof(t[2]), hist_quantile(h, .99)),
			units_time(t[3], sizeof(t[3]), (double)h->max_ns));
	}
}

void trace_print_lost(const struct trace_counters *c, enum trace_kind kind,
		      FILE *out)
{
	if (c->lost[kind])
		fprintf(out, "; the end of %llu was not seen",
			(unsigned long long)c->lost[kind]);
	fputc('\n', out);
}

static void print_signals(const char *what, const struct trace_counters *c,
			  enum trace_kind kind, FILE *out)
{
	fprintf(out, "  %llu %s for %llu requests woke %llu times",
		(unsigned long long)c->signals[kind], what,
		(unsigned long long)c->requests[kind],
		(unsigned long long)c->wakeups[kind]);
	trace_print_lost(c, kind, out);
}

static void print_ring(const struct trace_session *s, unsigned int ring,
		       const struct probe_ring *r, FILE *out)
{
	const struct rings_ring *k = &s->rings->ring[ring];
	const struct trace_counters *c = &r->counters;

	fprintf(out, "queue %u\n", k->queue);
	print_signals("kicks", c, TRACE_KICK, out);
	print_signals("calls", c, TRACE_CALL, out);
	fprintf(out, "  other wake-ups: device %llu, driver %llu\n",
		(unsigned long long)c->other[TRACE_DEVICE],
		(unsigned long long)c->other[TRACE_DRIVER]);
	if (c->io_lost)
		fprintf(out, "  %llu I/O requests were not followed: too many "
			     "at a time\n",
			(unsigned long long)c->io_lost);
}

static int print_rings(struct trace_session *s, FILE *out, struct err *e)
{
	struct probe_ring *r = malloc(sizeof(*r));
	unsigned int i;
	int ret = r ? 0 : -ENOMEM;

	for (i = 0; !ret && i < s->rings->nr_rings; i++) {
		ret = trace_read_ring(s, i, r);
		if (ret)
			break;
		if (s->rings->by_pid)
			trace_pid_print(s, i, r, out);
		else
			print_ring(s, i, r, out);
		print_stages(s, r, out);
	}
	free(r);
	return ret ? err_set(e, ret, "cannot read the BPF maps: %s",
			     strerror(-ret))
		   : 0;
}

int trace_print(struct trace_session *s, FILE *out, struct err *e)
{
	return s->rings->vm ? trace_vm_print(s, out, e) :
			      print_rings(s, out, e);
}
