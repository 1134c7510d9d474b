/* SPDX-License-Identifier: MIT */
/* --pid: eventfds that processes share, by what was seen of them: who writes
 * and whom that wakes; and which are kicks and which calls, where one of the
 * two is known to be a driver or a device. */
#include "trace.h"

#include <string.h>
#include <unistd.h>

/* Where a notification came from and went to; NULL: it was not seen. */
struct way {
	const struct rings_peer *from, *to;
	pid_t from_pid, to_pid;
};

static const struct rings_peer *peer_of(const struct rings *r, pid_t pid)
{
	unsigned int i;

	for (i = 0; pid && i < r->nr_procs; i++)
		if (r->proc[i].tgid == (__u32)pid)
			return &r->peer[i];
	return NULL;
}

static bool has_thread(pid_t pid, pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)pid, (int)tid);
	return !access(path, F_OK);
}

/* The process of the thread that was woken. When none was, or it is gone, there
 * is no doubt where only one other holds the eventfd. */
static pid_t waiter_of(const struct rings *r, const struct rings_ring *k,
		       const struct trace_counters *c)
{
	pid_t tid = (pid_t)c->served_by;
	unsigned int i;

	for (i = 0; tid && i < r->nr_procs; i++)
		if (has_thread((pid_t)r->proc[i].tgid, tid))
			return (pid_t)r->proc[i].tgid;
	if (k->nr_holders != 2 || !c->sent_by)
		return 0;
	return k->holder[k->holder[0] == (pid_t)c->sent_by];
}

static struct way way_of(const struct rings *r, unsigned int ring,
			 const struct trace_counters *c)
{
	struct way w = { .from_pid = (pid_t)c->sent_by,
			 .to_pid = waiter_of(r, &r->ring[ring], c) };

	w.from = peer_of(r, w.from_pid);
	w.to = peer_of(r, w.to_pid);
	return w;
}

static bool is_role(const struct rings_peer *p, enum trace_role role)
{
	return p && p->known && p->role == role;
}

/* NULL: neither is known, or they say different things. */
static const char *kind_of(const struct way *w)
{
	bool kick = is_role(w->from, TRACE_DRIVER) ||
		    is_role(w->to, TRACE_DEVICE);
	bool call = is_role(w->from, TRACE_DEVICE) ||
		    is_role(w->to, TRACE_DRIVER);

	return kick == call ? NULL : kick ? "kick" : "call";
}

static json_t *process_json(const struct rings_peer *p, pid_t pid)
{
	return p ? json_pack("{si ss}", "pid", (int)pid, "name", p->name) :
		   json_null();
}

static json_t *holders_json(const struct rings *r, const struct rings_ring *k)
{
	json_t *all = json_array();
	unsigned int i;

	for (i = 0; i < k->nr_holders; i++)
		json_array_append_new(all,
				      process_json(peer_of(r, k->holder[i]),
						   k->holder[i]));
	return all;
}

json_t *trace_pid_to_json(const struct trace_session *s, unsigned int ring,
			  const struct probe_ring *r)
{
	const struct rings_ring *k = &s->rings->ring[ring];
	const struct trace_counters *c = &r->counters;
	struct way w = way_of(s->rings, ring, c);

	return json_pack("{sI ss? so so so sI sI sI sI so}", "eventfd_id",
			 (json_int_t)k->id[TRACE_KICK], "kind", kind_of(&w),
			 "writer", process_json(w.from, w.from_pid), "waiter",
			 process_json(w.to, w.to_pid), "holders",
			 holders_json(s->rings, k), "writes",
			 (json_int_t)c->signals[TRACE_KICK], "value_sum",
			 (json_int_t)c->requests[TRACE_KICK], "wakeups",
			 (json_int_t)c->wakeups[TRACE_KICK], "wakeups_lost",
			 (json_int_t)c->lost[TRACE_KICK], "stages",
			 trace_stages_to_json(s, r));
}

static void print_process(const struct rings_peer *p, pid_t pid, FILE *out)
{
	if (p)
		fprintf(out, "%s[%d]", p->name, (int)pid);
	else
		fputc('?', out);
}

static void print_holders(const struct rings *r, const struct rings_ring *k,
			  FILE *out)
{
	unsigned int i;

	for (i = 0; i < k->nr_holders; i++) {
		fputs(i ? ", " : ": ", out);
		print_process(peer_of(r, k->holder[i]), k->holder[i], out);
	}
}

void trace_pid_print(const struct trace_session *s, unsigned int ring,
		     const struct probe_ring *r, FILE *out)
{
	const struct rings_ring *k = &s->rings->ring[ring];
	const struct trace_counters *c = &r->counters;
	struct way w = way_of(s->rings, ring, c);
	const char *kind = kind_of(&w);

	fprintf(out, "eventfd %llu", (unsigned long long)k->id[TRACE_KICK]);
	if (!c->signals[TRACE_KICK]) {
		print_holders(s->rings, k, out);
		fputs(", nothing written\n", out);
		return;
	}
	fprintf(out, ", %s: ", kind ? kind : "written");
	print_process(w.from, w.from_pid, out);
	fputs(" -> ", out);
	print_process(w.to, w.to_pid, out);
	fprintf(out, "\n  %llu writes (sum of values %llu) woke %llu times",
		(unsigned long long)c->signals[TRACE_KICK],
		(unsigned long long)c->requests[TRACE_KICK],
		(unsigned long long)c->wakeups[TRACE_KICK]);
	trace_print_lost(c, TRACE_KICK, out);
}
