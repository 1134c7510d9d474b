/* SPDX-License-Identifier: MIT */
/* The loader of vhost.bpf.c: devices in the kernel. */
#include "probe.h"

#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>

#include "vhost.skel.h"

#define SIGNALLED "call signalled"

static int vhost_open(struct probe *p, const struct probe_env *env)
{
	struct vhost_bpf *skel = vhost_bpf__open();

	if (!skel)
		return -errno;
	skel->rodata->pairs_wanted = env->vm;
	skel->rodata->every_one = env->every_one;
	skel->rodata->shared_hists = env->shared_hists;
	p->typed = skel;
	p->skel = skel->skeleton;
	return 0;
}

static volatile struct trace_control *vhost_control(void *typed)
{
	return &((struct vhost_bpf *)typed)->bss->control;
}

static bool vhost_wanted(const struct rings *r)
{
	return r->vhost;
}

static int vhost_watch(struct probe *p, const struct rings *r, struct err *e)
{
	struct vhost_bpf *skel = p->typed;
	int ret = 0, map = bpf_map__fd(skel->maps.eventfds);
	struct trace_fd fd = { 0 };
	unsigned int i, kind;
	__u32 id;

	probe_empty_map(map);
	for (i = 0; !ret && i < r->nr_rings * TRACE_KINDS; i++) {
		kind = i % TRACE_KINDS;
		fd.ring = i / TRACE_KINDS;
		fd.kind = kind;
		id = (__u32)r->ring[fd.ring].id[kind];
		if (r->ring[fd.ring].has[kind])
			ret = bpf_map_update_elem(map, &id, &fd, BPF_ANY);
	}
	if (ret < 0)
		return err_set(e, ret, "cannot watch eventfds: %s",
			       strerror(-ret));
	probe_watch_procs(p, r);
	return 0;
}

static void vhost_destroy(void *typed)
{
	vhost_bpf__destroy(typed);
}

const struct probe_ops probe_vhost = {
	.name = "vhost",
	.edges = {
		{ SIGNALLED,
		  { "signal_fentry", "mask_fentry", "signal_kprobe",
		    "mask_kprobe" }, false },
		{ "call's signal sent",
		  { "signalled_fexit", "masked_fexit", "signalled_kretprobe",
		    "masked_kretprobe" }, false },
		{ "vhost-net sends", { "tx_fentry", "tx_kprobe" }, true },
		{ "vhost-net receives", { "rx_fentry", "rx_kprobe" }, true },
		{ "vhost-net has sent",
		  { "tx_left_fexit", "tx_left_kretprobe" }, true },
		{ "vhost-net has received",
		  { "rx_left_fexit", "rx_left_kretprobe" }, true },
	},
	.nr_edges = 6,
	/* enum trace_vhost_step */
	.stages = {
		{ STAGE_DEVICE_RESUME, "thread running", "vhost-net sends" },
		{ STAGE_VHOST_RING, "vhost-net sends", SIGNALLED },
	},
	.nr_stages = TRACE_VHOST_STEPS,
	.nr_hists = TRACE_VHOST_STEPS,
	.wanted = vhost_wanted,
	.open = vhost_open,
	.control = vhost_control,
	.watch = vhost_watch,
	.destroy = vhost_destroy,
};
