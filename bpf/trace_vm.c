/* SPDX-License-Identifier: MIT */
/* A running VM as a whole: its vCPUs by KVM's own counters, read before and
 * after; its queues by what was seen of kicks and calls. */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>

#include "lib/record.h"
#include "lib/util.h"
#include "vm.h"

/* A call that follows one kick this often belongs to it. */
#define PAIR_LEAST_SHARE 0.5

int trace_vm_begin(struct trace_session *s, struct err *e)
{
	if (!s->rings->vm)
		return 0;
	s->vm = vm_open(s->rings->vm, e);
	s->vm_before = s->vm ? vm_read_vcpus(s->vm, e) : NULL;
	s->vm_counted_ns = clock_now_ns();
	return s->vm_before ? 0 : -ENODEV;
}

/* A process that holds the kick is known by its name; a thread of the VMM, or
 * of the kernel, by the wake-ups that kicks send. */
static void name_servers(struct trace_session *s)
{
	struct probe_ring *r = malloc(sizeof(*r));
	struct rings_ring *ring;
	char name[20];
	unsigned int i;

	for (i = 0; r && i < s->rings->nr_rings; i++) {
		ring = &s->rings->ring[i];
		if (ring->server[0] || trace_read_ring(s, i, r) < 0 ||
		    !r->counters.served_by)
			continue;
		vm_name_of((pid_t)r->counters.served_by, name, sizeof(name));
		snprintf(ring->server, sizeof(ring->server), "%.16s[%u]", name,
			 r->counters.served_by);
	}
	free(r);
}

/* A VM that is gone meanwhile has no counters any more. */
void trace_vm_end(struct trace_session *s)
{
	struct err e;

	if (s->vm)
		s->vm_after = vm_read_vcpus(s->vm, &e);
	s->vm_counted_ns = clock_now_ns() - s->vm_counted_ns;
	if (s->vm)
		name_servers(s);
}

void trace_vm_close(struct trace_session *s)
{
	vm_close(s->vm);
	json_decref(s->vm_before);
	json_decref(s->vm_after);
	s->vm = NULL;
	s->vm_before = s->vm_after = NULL;
}

static const json_t *find_vcpu(const json_t *vm, double number)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(vm, "vcpus"), i, v)
		if (record_num(v, "vcpu", -1) == number)
			return v;
	return NULL;
}

/* What each counter of a vCPU has gone up by. */
static json_t *vcpu_json(const json_t *before, const json_t *after)
{
	const json_t *old = json_object_get(before, "stat"), *n;
	json_t *diff = json_object();
	const char *key;

	json_object_foreach(json_object_get(after, "stat"), key, n)
		json_object_set_new(diff, key,
				    json_integer(json_integer_value(n) -
						 json_integer_value(
							 json_object_get(
								 old, key))));
	return json_pack("{sO sO so}", "vcpu", json_object_get(after, "vcpu"),
			 "tid", json_object_get(after, "tid"), "counters",
			 diff);
}

static json_t *vcpus_json(const struct trace_session *s)
{
	json_t *list = json_array();
	const json_t *after, *before;
	size_t i;

	json_array_foreach(json_object_get(s->vm_after, "vcpus"), i, after) {
		before = find_vcpu(s->vm_before, record_num(after, "vcpu", -1));
		if (before)
			json_array_append_new(list, vcpu_json(before, after));
	}
	return list;
}

static json_t *reasons_json(struct trace_session *s)
{
	const struct probe *p = trace_probe(s, &probe_exits);

	return p ? probe_exits_read(p) : json_object();
}

static json_t *wakeup_json(struct trace_session *s)
{
	struct probe *p = trace_probe(s, &probe_notify);
	struct probe_stage *w = calloc(1, sizeof(*w));
	json_t *j = NULL;

	if (w && p) {
		hist_init(&w->hist);
		probe_notify_vcpus(p, s->nr_rings, w);
		j = hist_to_json(&w->hist);
	}
	free(w);
	return j ? j : json_null();
}

/* Which kick each call has followed, and how often of all. */
struct pairing {
	int kick[TRACE_MAX_RINGS]; /* -1: none */
	double share[TRACE_MAX_RINGS];
};

static void count_pairs(int map, uint64_t n[TRACE_MAX_RINGS][TRACE_MAX_RINGS])
{
	struct trace_pair key, *at = NULL;
	uint64_t v;

	for (; !bpf_map_get_next_key(map, at, &key); at = &key)
		if (key.call < TRACE_MAX_RINGS && key.kick < TRACE_MAX_RINGS &&
		    !bpf_map_lookup_elem(map, &key, &v))
			n[key.call][key.kick] += v;
}

static void find_pairs(const struct trace_session *s, struct pairing *p)
{
	static uint64_t n[TRACE_MAX_RINGS][TRACE_MAX_RINGS];
	uint64_t sum, best;
	unsigned int i, k;

	memset(n, 0, sizeof(n));
	for (i = 0; i < PROBE_COUNT; i++)
		if (s->attached[i] && s->probe[i].pairs_fd >= 0)
			count_pairs(s->probe[i].pairs_fd, n);
	for (i = 0; i < TRACE_MAX_RINGS; i++) {
		p->kick[i] = -1;
		for (k = 0, sum = 0, best = 0; k < TRACE_MAX_RINGS; k++) {
			sum += n[i][k];
			if (n[i][k] <= best)
				continue;
			best = n[i][k];
			p->kick[i] = (int)k;
		}
		p->share[i] = sum ? (double)best / (double)sum : 0;
		if (p->share[i] < PAIR_LEAST_SHARE)
			p->kick[i] = -1;
	}
}

/* The call that belongs to @kick, or -1. */
static int call_of(const struct pairing *p, unsigned int kick)
{
	int i, best = -1;

	for (i = 0; i < TRACE_MAX_RINGS; i++)
		if (p->kick[i] == (int)kick &&
		    (best < 0 || p->share[i] > p->share[best]))
			best = i;
	return best;
}

static json_t *queues_json(const struct trace_session *s)
{
	struct pairing *p = malloc(sizeof(*p));
	json_t *list = json_array();
	unsigned int i;
	int call;

	if (p)
		find_pairs(s, p);
	for (i = 0; p && i < s->rings->nr_rings; i++) {
		call = s->rings->ring[i].has[TRACE_KICK] ? call_of(p, i) : -1;
		if (call >= 0)
			json_array_append_new(
				list, json_pack("{si si sf}", "kick", (int)i,
						"call", call, "share",
						p->share[call]));
	}
	free(p);
	return list;
}

int trace_vm_put(struct trace_session *s, json_t *j)
{
	json_object_set_new(
		j, "vm",
		json_pack("{sO sO sI so so so}", "pid",
			  json_object_get(s->vm_before, "pid"), "name",
			  json_object_get(s->vm_before, "name"), "counted_ns",
			  (json_int_t)s->vm_counted_ns, "vcpus",
			  vcpus_json(s), "exit_reasons", reasons_json(s),
			  "vcpu_wakeup", wakeup_json(s)));
	json_object_set_new(j, "queues", queues_json(s));
	return 0;
}
