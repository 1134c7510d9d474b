/* SPDX-License-Identifier: MIT */
/* `vioperf trace --list`: what this kernel takes, found by trying. */
#include "trace.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#include "lib/record.h"

/* Effective capability @cap of this process, both BPF and PERFMON lie beyond
 * the first 32. */
static bool is_capable(unsigned int cap)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) < 0)
		return false;
	return d[cap / 32].effective & (1u << (cap % 32));
}

/* /proc and the kernel count processes in the first PID namespace, whose
 * inode number is fixed (PROC_PID_INIT_INO). */
static bool is_first_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) < 0 || st.st_ino == 0xeffffffc;
}

const char *trace_missing(void)
{
	if (!is_capable(CAP_SYS_ADMIN) &&
	    !(is_capable(CAP_BPF) && is_capable(CAP_PERFMON)))
		return "needs root, or CAP_BPF and CAP_PERFMON";
	if (access("/sys/kernel/btf/vmlinux", R_OK) < 0)
		return "needs a kernel with BTF (CONFIG_DEBUG_INFO_BTF): no "
		       "/sys/kernel/btf/vmlinux";
	if (!is_first_pid_namespace())
		return "needs to run outside a container, in the first PID "
		       "namespace";
	return "";
}

/* Without permission nothing is tried: every edge has the same reason. */
static void refuse_all(struct probe *p, const struct probe_ops *ops,
		       const char *reason)
{
	struct probe_edge_state *s;
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->ops = ops;
	for (i = 0; i < ops->nr_edges; i++) {
		s = &p->edge[i];
		s->program = -1;
		s->nr_refused = 1;
		snprintf(s->refused[0].attach, sizeof(s->refused[0].attach),
			 "any");
		snprintf(s->refused[0].reason, sizeof(s->refused[0].reason),
			 "%s", reason);
	}
}

static bool try_probe(struct probe *p, const struct probe_ops *ops,
		      const char *way)
{
	const char *missing = trace_missing();
	struct probe_env env = { .way = way, .nr_rings = 1,
				 .threads_fd = -1, .writers_fd = -1 };
	struct err e;
	bool usable;

	if (missing[0]) {
		refuse_all(p, ops, missing);
		return false;
	}
	usable = probe_attach(p, ops, &env, &e) == 0;
	probe_close(p);
	return usable;
}

/* Where @mark is seen: how its edge attaches, or in what words it was given
 * when it is no edge. */
static const char *place_of(const json_t *probes, const char *mark)
{
	const json_t *p;
	size_t i;

	json_array_foreach(probes, i, p)
		if (!strcmp(record_str(p, "edge", ""), mark))
			return record_str(p, "attach", "-");
	return mark;
}

/* Why the probe cannot be used: the first edge that it lacks. */
static const char *reason_of(const struct probe *p)
{
	const struct probe_edge_state *s;
	unsigned int i;

	for (i = 0; i < p->ops->nr_edges; i++) {
		s = &p->edge[i];
		if (s->program < 0 && !p->ops->edges[i].optional &&
		    s->nr_refused)
			return s->refused[s->nr_refused - 1].reason;
	}
	return "it does not attach";
}

static json_t *stage_to_json(const struct probe *p,
			     const struct probe_span *span, bool usable,
			     const json_t *probes)
{
	const char *from = place_of(probes, span->from);
	const char *to = place_of(probes, span->to);
	json_t *j;

	usable = usable && strcmp(from, "-") && strcmp(to, "-");
	j = json_pack("{ss ss ss ss ss ss ss}", "name",
		      stage_table[span->stage].name, "probe", p->ops->name,
		      "status", usable ? "usable" : "unavailable", "from",
		      span->from, "to", span->to, "from_attach", from,
		      "to_attach", to);
	if (!usable)
		json_object_set_new(j, "reason", json_string(reason_of(p)));
	return j;
}

static void add_probe(json_t *probes, json_t *stages,
		      const struct probe_ops *ops, const char *way)
{
	struct probe p;
	bool usable = try_probe(&p, ops, way);
	json_t *part = trace_probes_to_json(&p, false);
	unsigned int i;

	json_array_extend(probes, part);
	json_decref(part);
	for (i = 0; i < ops->nr_stages; i++)
		json_array_append_new(stages,
				      stage_to_json(&p, &ops->stages[i], usable,
						    probes));
}

static void print_edges(const json_t *probes, FILE *out)
{
	const json_t *p, *r;
	size_t i, k;

	fprintf(out, "%-21s %-28s %s\n", "edge", "attaches by", "status");
	json_array_foreach(probes, i, p) {
		fprintf(out, "%-21s %-28s %s\n", record_str(p, "edge", ""),
			record_str(p, "attach", "-"),
			record_str(p, "status", ""));
		json_array_foreach(json_object_get(p, "refused"), k, r)
			fprintf(out, "  not %s: %s\n",
				record_str(r, "attach", ""),
				record_str(r, "reason", ""));
	}
}

static void print_stages(const json_t *stages, FILE *out)
{
	const json_t *s;
	size_t i;

	fprintf(out, "\n%-14s %-27s %-27s %s\n", "stage", "from", "to",
		"status");
	json_array_foreach(stages, i, s)
		fprintf(out, "%-14s %-27s %-27s %s\n",
			record_str(s, "name", ""),
			record_str(s, "from_attach", ""),
			record_str(s, "to_attach", ""),
			record_str(s, "status", ""));
}

int trace_list(bool json, const char *way, struct err *e)
{
	json_t *probes = json_array(), *stages = json_array(), *all;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < PROBE_COUNT; i++)
		add_probe(probes, stages, probe_table[i], way);
	all = json_pack("{si ss so so}", "schema", RECORD_SCHEMA, "kind",
			"probes", "probes", probes, "stages", stages);
	if (json || !all) {
		ret = record_write(NULL, all, e);
	} else {
		print_edges(probes, stdout);
		print_stages(stages, stdout);
	}
	json_decref(all);
	return ret;
}
