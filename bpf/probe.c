/* SPDX-License-Identifier: MIT */
/* Choosing, loading and attaching: the same for every probe. */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "../lib/util.h"

const struct probe_ops *const probe_table[PROBE_COUNT] = {
	&probe_notify,
	&probe_io_uring,
	&probe_kvm,
};

/* The last line that libbpf warned with: the reason of a refusal. */
static char last_warning[160];

static int note_warning(enum libbpf_print_level level, const char *fmt,
			va_list ap)
{
	char line[512];
	size_t n;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), fmt, ap);
	n = strcspn(line, "\n");
	line[n] = '\0';
	if (!strncmp(line, "libbpf: prog ", 13) && strstr(line, "BEGIN"))
		return 0;
	snprintf(last_warning, sizeof(last_warning), "%.150s",
		 strncmp(line, "libbpf: ", 8) ? line : line + 8);
	return 0;
}

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

static int try_attach(struct probe *p, const struct probe_env *env)
{
	int ret = p->ops->open(p, env);

	if (ret < 0)
		return ret;
	select_programs(p);
	ret = bpf_object__load_skeleton(p->skel);
	if (!ret)
		ret = bpf_object__attach_skeleton(p->skel);
	if (ret < 0)
		probe_close(p);
	return ret;
}

/* Name the way a program attaches: its section. */
static void name_way(struct probe *p, unsigned int edge)
{
	struct probe_edge_state *s = &p->edge[edge];
	const char *name = program_name(p->ops, edge, s->program);
	struct bpf_program *prog =
		bpf_object__find_program_by_name(*p->skel->obj, name);

	snprintf(s->attach, sizeof(s->attach), "%s",
		 bpf_program__section_name(prog));
}

static void explain(struct probe_edge_state *s, int ret)
{
	if (ret == -EPERM || ret == -EACCES)
		snprintf(s->reason, sizeof(s->reason),
			 "refused by the kernel: %s", strerror(-ret));
	else if (ret == -ESRCH)
		snprintf(s->reason, sizeof(s->reason),
			 "this kernel has no such tracepoint");
	else
		snprintf(s->reason, sizeof(s->reason), "%s%s%.100s",
			 strerror(-ret), last_warning[0] ? ": " : "",
			 last_warning);
}

/* Is the program allowed by --attach? Its suffix names the way. */
static bool is_wanted(const struct probe_env *env, const char *program)
{
	const char *suffix = strrchr(program, '_');

	if (!env->way || !suffix)
		return true;
	return !strcmp(env->way, "raw_tp") == !strcmp(suffix, "_raw");
}

/* Take the first program of @edge that loads and attaches on its own. */
static int choose_program(struct probe *p, const struct probe_env *env,
			  unsigned int edge)
{
	const struct probe_edge *x = &p->ops->edges[edge];
	struct probe trial = { .ops = p->ops };
	int i, ret = -ENOTSUP;

	for (i = 0; x->programs[i]; i++) {
		if (!is_wanted(env, x->programs[i]))
			continue;
		memset(trial.edge, -1, sizeof(trial.edge));
		trial.edge[edge].program = i;
		last_warning[0] = '\0';
		ret = try_attach(&trial, env);
		if (!ret) {
			probe_close(&trial);
			p->edge[edge].program = i;
			return 0;
		}
		explain(&p->edge[edge], ret);
	}
	p->edge[edge].program = -1;
	return ret;
}

int probe_attach(struct probe *p, const struct probe_ops *ops,
		 const struct probe_env *env, struct err *e)
{
	struct probe_env small = *env;
	unsigned int i;
	int ret, bad = -1;

	*p = (struct probe){ .ops = ops, .threads_fd = -1, .hists_fd = -1 };
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(note_warning);
	small.nr_rings = 1;
	for (i = 0; i < ops->nr_edges; i++)
		if (choose_program(p, &small, i) < 0 && bad < 0)
			bad = (int)i;
	if (bad >= 0)
		return err_set(e, -ENOTSUP, "%s: %s", ops->edges[bad].name,
			       p->edge[bad].reason);
	ret = try_attach(p, env);
	if (ret < 0)
		return err_set(e, ret, "%s: %s%s%s", ops->name, strerror(-ret),
			       last_warning[0] ? ": " : "", last_warning);
	for (i = 0; i < ops->nr_edges; i++) {
		name_way(p, i);
		p->edge[i].reason[0] = '\0';
	}
	ops->loaded(p);
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
	for (i = 0; i < r->nr_procs; i++)
		p->control->proc[i] = r->proc[i];
	__sync_synchronize();
	p->control->nr_procs = r->nr_procs;
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
	int cpu, nr = libbpf_num_possible_cpus(), ret;
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
	}
	for (i = 0; i < TRACE_ROLES; i++)
		into->other[i] += c->other[i];
	into->lost += c->lost;
	into->inversions += c->inversions;
}

int probe_read_counters(int map, uint32_t ring, struct trace_counters *into)
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
