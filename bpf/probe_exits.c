/* SPDX-License-Identifier: MIT */
/* The loader of exits.bpf.c: VM exits by reason. */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <bpf/bpf.h>

#include "lib/util.h"
#include "exits.skel.h"

#if defined(__x86_64__) || defined(__i386__)
#include <asm/svm.h>
#include <asm/vmx.h>
#else /* another tracepoint of that name, with other fields */
#define NOT_X86 1
#define VMX_EXIT_REASONS { 0, "" }
#define SVM_EXIT_REASONS { 0, "" }
#endif

/* Exceptions, which the table of SVM's reasons is made with
 * (arch/x86/include/asm/trapnr.h). */
enum {
	DE_VECTOR, DB_VECTOR, BP_VECTOR = 3, OF_VECTOR, BR_VECTOR, UD_VECTOR,
	NM_VECTOR, DF_VECTOR, TS_VECTOR = 10, NP_VECTOR, SS_VECTOR, GP_VECTOR,
	PF_VECTOR, MF_VECTOR = 16, AC_VECTOR, MC_VECTOR, XM_VECTOR
};

/* KVM_ISA_VMX, KVM_ISA_SVM (arch/x86/kvm/trace.h) */
enum { ISA_VMX = 1, ISA_SVM = 2 };

struct reason_name {
	uint32_t reason;
	const char *name;
};

static const char *name_of(const struct trace_exit_reason *r)
{
	static const struct reason_name vmx[] = { VMX_EXIT_REASONS };
	static const struct reason_name svm[] = { SVM_EXIT_REASONS };
	const struct reason_name *t = r->isa == ISA_SVM ? svm : vmx;
	size_t i, n = r->isa == ISA_SVM ? ARRAY_SIZE(svm) : ARRAY_SIZE(vmx);

	for (i = 0; (r->isa == ISA_VMX || r->isa == ISA_SVM) && i < n; i++)
		if (t[i].reason == r->reason)
			return t[i].name;
	return NULL;
}

static uint64_t sum_cpus(int map, const struct trace_exit_reason *key)
{
	int cpu, nr = libbpf_num_possible_cpus();
	uint64_t sum = 0, *n = calloc((size_t)MAX(nr, 1), sizeof(*n));

	if (n && !bpf_map_lookup_elem(map, key, n))
		for (cpu = 0; cpu < nr; cpu++)
			sum += n[cpu];
	free(n);
	return sum;
}

json_t *probe_exits_read(const struct probe *p)
{
	const struct exits_bpf *skel = p->typed;
	struct trace_exit_reason key, *at = NULL;
	int map = bpf_map__fd(skel->maps.reasons);
	json_t *all = json_object();
	const char *name;
	char number[40];

	for (; !bpf_map_get_next_key(map, at, &key); at = &key) {
		name = name_of(&key);
		snprintf(number, sizeof(number), "reason 0x%x", key.reason);
		json_object_set_new(all, name ? name : number,
				    json_integer((json_int_t)sum_cpus(map,
								      &key)));
	}
	return all;
}

static int exits_open(struct probe *p, const struct probe_env *env)
{
	struct exits_bpf *skel;

#ifdef NOT_X86
	return -ENOTSUP;
#endif
	skel = exits_bpf__open();
	if (!skel)
		return -errno;
	(void)env;
	p->typed = skel;
	p->skel = skel->skeleton;
	return 0;
}

static volatile struct trace_control *exits_control(void *typed)
{
	return &((struct exits_bpf *)typed)->bss->control;
}

static bool exits_wanted(const struct rings *r)
{
	return r->vm;
}

static int exits_watch(struct probe *p, const struct rings *r, struct err *e)
{
	(void)e;
	probe_watch_procs(p, r);
	return 0;
}

static void exits_destroy(void *typed)
{
	exits_bpf__destroy(typed);
}

const struct probe_ops probe_exits = {
	.name = "exits",
	.edges = { { "VM exit", { "exit_tp" }, false } },
	.nr_edges = 1,
	.wanted = exits_wanted,
	.open = exits_open,
	.control = exits_control,
	.watch = exits_watch,
	.destroy = exits_destroy,
};
