/* SPDX-License-Identifier: MIT */
/* The loader of kvm.bpf.c: the doorbells of guests. */
#include "probe.h"

#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>

#include "kvm.skel.h"

#define STORED	 "doorbell stored"
#define RAISED	 "interrupt raised"
#define ACCEPTED "interrupt accepted"

static int kvm_open(struct probe *p, const struct probe_env *env)
{
	struct kvm_bpf *skel = kvm_bpf__open();

	if (!skel)
		return -errno;
	skel->rodata->every_one = env->every_one;
	skel->rodata->shared_hists = env->shared_hists;
	p->typed = skel;
	p->skel = skel->skeleton;
	return 0;
}

static volatile struct trace_control *kvm_control(void *typed)
{
	return &((struct kvm_bpf *)typed)->bss->control;
}

static bool kvm_wanted(const struct rings *r)
{
	return r->nr_doorbells;
}

static int kvm_watch(struct probe *p, const struct rings *r, struct err *e)
{
	struct kvm_bpf *skel = p->typed;
	int ret = 0, map = bpf_map__fd(skel->maps.doorbells);
	int vcpus = bpf_map__fd(skel->maps.vcpus);
	unsigned int i;
	__u32 tid;

	probe_empty_map(map);
	probe_empty_map(vcpus);
	for (i = 0; !ret && i < r->nr_rings; i++) {
		tid = (__u32)r->ring[i].tid;
		if (r->ring[i].times)
			ret = bpf_map_update_elem(vcpus, &i, &tid, BPF_ANY);
	}
	for (i = 0; !ret && i < r->nr_doorbells; i++)
		ret = bpf_map_update_elem(map, &r->doorbell[i].key,
					  &r->doorbell[i].ring, BPF_ANY);
	if (ret < 0)
		return err_set(e, ret, "cannot watch doorbells: %s",
			       strerror(-ret));
	probe_watch_procs(p, r);
	return 0;
}

static int kvm_read(struct probe *p, unsigned int ring, struct probe_ring *out)
{
	return probe_read_hist(p, ring * TRACE_KVM_STEPS + TRACE_INTERRUPT,
			       &out->reach[TRACE_CALL]);
}

static void kvm_destroy(void *typed)
{
	kvm_bpf__destroy(typed);
}

const struct probe_ops probe_kvm = {
	.name = "kvm",
	.edges = {
		{ STORED, { "mmio_btf", "mmio_raw" }, false },
		{ "doorbell known fast", { "fast_btf", "fast_raw" }, false },
		{ "doorbell OUT", { "pio_btf", "pio_raw" }, false },
		{ RAISED, { "raised_btf", "raised_raw" }, false },
		{ ACCEPTED, { "accepted_btf", "accepted_raw" }, false },
		{ "halt ended", { "halted_btf", "halted_raw" }, true },
	},
	.nr_edges = 6,
	/* enum trace_kvm_step */
	.stages = {
		{ STAGE_KICK_EXIT, "guest's stamp", STORED },
		{ STAGE_CALL_SIGNAL, "notification written", RAISED },
		{ STAGE_IRQ_ACCEPT, RAISED, ACCEPTED },
		{ STAGE_IRQ_ENTER, "thread running", "guest's stamp" },
	},
	.nr_stages = TRACE_KVM_STAGES,
	.nr_hists = TRACE_KVM_STEPS,
	.wanted = kvm_wanted,
	.open = kvm_open,
	.control = kvm_control,
	.watch = kvm_watch,
	.read = kvm_read,
	.destroy = kvm_destroy,
};
