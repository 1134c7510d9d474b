/* SPDX-License-Identifier: MIT */
/* Choosing, loading and attaching: the same for every probe. */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "lib/util.h"

const struct probe_ops *const probe_table[PROBE_COUNT] = {
	&probe_notify,
	&probe_io_uring,
	&probe_kvm,
	&probe_vhost,
	&probe_exits,
};

static const char *program_name(const struct probe_ops *ops, unsigned int edge,
				int program)
{
	return program < 0 ? NULL : ops->edges[edge].programs[program];
}

/* Load only the program that each edge has chosen. */
static void select_programs(struct probe *p)
{
	struct bpf_program *prog;
	const char *name;
	unsigned int i;

	bpf_object__for_each_program(prog, *p->skel->obj)
		bpf_program__set_autoload(prog, false);
	for (i = 0; i < p->ops->nr_edges; i++) {
		name = program_name(p->ops, i, p->edge[i].program);
		if (!name)
			continue;
		prog = bpf_object__find_program_by_name(*p->skel->obj, name);
		if (prog)
			bpf_program__set_autoload(prog, true);
	}
}

static struct bpf_map *find_map(const struct probe *p, const char *name)
{
	return bpf_object__find_map_by_name(*p->skel->obj, name);
}

static void share_map(struct probe *p, const char *name, int fd)
{
	struct bpf_map *map = find_map(p, name);

	if (map && fd >= 0)
		bpf_map__reuse_fd(map, fd);
}

/* The maps that the objects have in common. One histogram more than the rings
 * need: what belongs to none. */
static void size_maps(struct probe *p, const struct probe_env *env)
{
	struct bpf_map *hists = find_map(p, "hists");
	struct bpf_map *counters = find_map(p, "counters");

	p->shared_hists = env->shared_hists;
	if (hists && env->shared_hists)
		bpf_map__set_type(hists, BPF_MAP_TYPE_ARRAY);
	if (hists)
		bpf_map__set_max_entries(hists, env->nr_rings *
							p->ops->nr_hists + 1);
	if (counters)
		bpf_map__set_max_entries(counters, env->nr_rings);
	share_map(p, "threads", env->threads_fd);
	share_map(p, "writers", env->writers_fd);
}

static int map_fd(const struct probe *p, const char *name)
{
	const struct bpf_map *map = find_map(p, name);

	return map ? bpf_map__fd(map) : -1;
}

static void note_maps(struct probe *p)
{
	p->control = p->ops->control(p->typed);
	p->threads_fd = map_fd(p, "threads");
	p->writers_fd = map_fd(p, "writers");
	p->hists_fd = map_fd(p, "hists");
	p->counters_fd = map_fd(p, "counters");
	p->pairs_fd = map_fd(p, "pairs");
}

/* Open, load and attach the programs that are chosen. */
static int open_attach(struct probe *p, const struct probe_env *env)
{
	int ret = p->ops->open(p, env);

	if (ret < 0)
		return ret;
	size_maps(p, env);
	select_programs(p);
	ret = bpf_object__load_skeleton(p->skel);
	return ret ?: bpf_object__attach_skeleton(p->skel);
}

/* Name the way a program attaches: its section. */
static void name_way(const struct bpf_object *obj, const char *program,
		     struct probe_trial *t)
{
	const struct bpf_program *prog =
		bpf_object__find_program_by_name(obj, program);

	snprintf(t->attach, sizeof(t->attach), "%s",
		 prog ? bpf_program__section_name(prog) : program);
}

/* The way that a program attaches by, as its name ends. */
static const char *way_of(const char *program)
{
	static const char *const ways[][2] = {
		{ "_raw", "raw_tp" },	 { "_fentry", "fentry" },
		{ "_fexit", "fentry" },	 { "_kprobe", "kprobe" },
		{ "_kretprobe", "kprobe" },
	};
	const char *suffix = strrchr(program, '_');
	unsigned int i;

	for (i = 0; suffix && i < ARRAY_SIZE(ways); i++)
		if (!strcmp(suffix, ways[i][0]))
			return ways[i][1];
	return "tp_btf";
}

/* Is @program of @x allowed by --attach? An edge that has nothing of that way
 * takes what it has. */
static bool is_wanted(const struct probe_env *env, const struct probe_edge *x,
		      const char *program)
{
	int i;

	for (i = 0; env->way && x->programs[i]; i++)
		if (!strcmp(way_of(x->programs[i]), env->way))
			return !strcmp(way_of(program), env->way);
	return true;
}

/* Does @program of @edge load and attach, alone? Why not is left in @t. */
static int try_program(struct probe *p, const struct probe_env *env,
		       unsigned int edge, int program, struct probe_trial *t)
{
	struct probe trial = { .ops = p->ops };
	unsigned int i;
	int ret;

	for (i = 0; i < PROBE_MAX_EDGES; i++)
		trial.edge[i].program = -1;
	trial.edge[edge].program = program;
	probe_refusal_begin();
	ret = open_attach(&trial, env);
	if (!trial.skel)
		return ret;
	name_way(*trial.skel->obj, p->ops->edges[edge].programs[program], t);
	if (ret < 0)
		probe_refusal_explain(t, ret);
	probe_close(&trial);
	return ret;
}

/* Take the first program of @edge that loads and attaches on its own. */
static int choose_program(struct probe *p, const struct probe_env *env,
			  unsigned int edge)
{
	const struct probe_edge *x = &p->ops->edges[edge];
	struct probe_edge_state *s = &p->edge[edge];
	struct probe_trial t = { "" };
	int i, ret = -ENOTSUP;

	s->program = -1;
	for (i = 0; x->programs[i]; i++) {
		if (!is_wanted(env, x, x->programs[i]))
			continue;
		t.reason[0] = '\0';
		ret = try_program(p, env, edge, i, &t);
		if (!ret) {
			s->program = i;
			s->taken = t;
			return 0;
		}
		s->refused[s->nr_refused++] = t;
	}
	return x->optional ? 0 : ret;
}

/* Why @edge has nothing: the last reason. */
static const char *reason_of(const struct probe *p, unsigned int edge)
{
	const struct probe_edge_state *s = &p->edge[edge];

	return s->nr_refused ? s->refused[s->nr_refused - 1].reason :
			       "nothing was tried";
}

/* What was chosen once holds for as long as this process lives. */
static struct {
	const struct probe_ops *ops;
	const char *way;
	struct probe_edge_state edge[PROBE_MAX_EDGES];
} chosen[PROBE_COUNT];

static void remember(const struct probe *p, const struct probe_env *env)
{
	unsigned int i;

	for (i = 0; i < PROBE_COUNT && chosen[i].ops; i++)
		if (chosen[i].ops == p->ops && chosen[i].way == env->way)
			return;
	if (i == PROBE_COUNT)
		return;
	chosen[i].ops = p->ops;
	chosen[i].way = env->way;
	memcpy(chosen[i].edge, p->edge, sizeof(p->edge));
}

static bool recall(struct probe *p, const struct probe_env *env)
{
	unsigned int i;

	for (i = 0; i < PROBE_COUNT; i++) {
		if (!chosen[i].ops || chosen[i].ops != p->ops ||
		    chosen[i].way != env->way)
			continue;
		memcpy(p->edge, chosen[i].edge, sizeof(p->edge));
		return true;
	}
	return false;
}

int probe_attach(struct probe *p, const struct probe_ops *ops,
		 const struct probe_env *env, struct err *e)
{
	struct probe_env small = *env;
	unsigned int i;
	int ret, bad = -1;
	bool known;

	*p = (struct probe){ .ops = ops };
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	small.nr_rings = 1;
	known = recall(p, env);
	for (i = 0; !known && i < ops->nr_edges; i++)
		if (choose_program(p, &small, i) < 0 && bad < 0)
			bad = (int)i;
	if (bad >= 0)
		return err_set(e, -ENOTSUP, "%s: %s", ops->edges[bad].name,
			       reason_of(p, (unsigned int)bad));
	probe_refusal_begin();
	ret = open_attach(p, env);
	if (ret < 0) {
		probe_close(p);
		return err_set(e, ret, "%s: %s%s%s", ops->name, strerror(-ret),
			       probe_refusal()[0] ? ": " : "", probe_refusal());
	}
	note_maps(p);
	remember(p, env);
	return 0;
}

void probe_detach(struct probe *p)
{
	if (p->skel)
		bpf_object__detach_skeleton(p->skel);
}

void probe_close(struct probe *p)
{
	if (p->skel)
		p->ops->destroy(p->typed);
	p->skel = NULL;
	p->typed = NULL;
}

void probe_watch_procs(struct probe *p, const struct rings *r)
{
	unsigned int i;

	p->control->nr_procs = 0;
	for (i = 0; i < TRACE_MAX_PROCS; i++)
		p->control->proc[i] = i < r->nr_procs ?
					      r->proc[i] :
					      (struct trace_proc){ 0 };
	__sync_synchronize();
	p->control->nr_procs = r->nr_procs;
}

void probe_empty_map(int map)
{
	uint64_t key[2];

	while (bpf_map_get_next_key(map, NULL, key) == 0)
		bpf_map_delete_elem(map, key);
}

static void add_cpu(struct probe_stage *out, const struct trace_hist *h)
{
	unsigned int i;

	if (!h->events)
		return;
	out->events += h->events;
	out->hist.count += h->count;
	out->hist.sum_ns += h->sum_ns;
	out->hist.min_ns = MIN(out->hist.min_ns, ~h->min_ns_inverted);
	out->hist.max_ns = MAX(out->hist.max_ns, h->max_ns);
	for (i = 0; i < HIST_NBUCKETS; i++)
		out->hist.bucket[i] += h->bucket[i];
}

int probe_read_hist(struct probe *p, uint32_t index, struct probe_stage *out)
{
	int cpu, nr = p->shared_hists ? 1 : libbpf_num_possible_cpus(), ret;
	struct trace_hist *h;

	if (nr < 0)
		return nr;
	h = calloc((size_t)nr, sizeof(*h));
	if (!h)
		return -ENOMEM;
	ret = bpf_map_lookup_elem(p->hists_fd, &index, h);
	for (cpu = 0; !ret && cpu < nr; cpu++)
		add_cpu(out, &h[cpu]);
	free(h);
	out->seen = true;
	return ret;
}

static void add_counters(struct trace_counters *into,
			 const struct trace_counters *c)
{
	int i;

	for (i = 0; i < TRACE_KINDS; i++) {
		into->signals[i] += c->signals[i];
		into->requests[i] += c->requests[i];
		into->wakeups[i] += c->wakeups[i];
		into->lost[i] += c->lost[i];
	}
	for (i = 0; i < TRACE_ROLES; i++)
		into->other[i] += c->other[i];
	into->io_lost += c->io_lost;
	into->inversions += c->inversions;
	if (c->served_by)
		into->served_by = c->served_by;
	if (c->sent_by)
		into->sent_by = c->sent_by;
}

static int read_counters(int map, uint32_t ring, struct trace_counters *into)
{
	int cpu, nr = libbpf_num_possible_cpus(), ret;
	struct trace_counters *c;

	if (nr < 0)
		return nr;
	c = calloc((size_t)nr, sizeof(*c));
	if (!c)
		return -ENOMEM;
	ret = bpf_map_lookup_elem(map, &ring, c);
	for (cpu = 0; !ret && cpu < nr; cpu++)
		add_counters(into, &c[cpu]);
	free(c);
	return ret;
}

int probe_read_ring(struct probe *p, unsigned int ring, struct probe_ring *out)
{
	const struct probe_ops *ops = p->ops;
	unsigned int i;
	int ret = 0;

	if (p->counters_fd >= 0)
		ret = read_counters(p->counters_fd, ring, &out->counters);
	for (i = 0; !ret && i < ops->nr_stages; i++)
		ret = probe_read_hist(p, ring * ops->nr_hists + i,
				      &out->stage[ops->stages[i].stage]);
	return ret || !ops->read ? ret : ops->read(p, ring, out);
}
