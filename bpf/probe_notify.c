/* SPDX-License-Identifier: MIT */
/* The loader of notify.bpf.c: kicks, calls and the wake-ups they cause. */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <bpf/bpf.h>

#include "notify.skel.h"

#define WRITTEN	 "notification written"
#define SENT	 "wake-up sent"
#define RUNNING	 "thread running"
#define RETURNED "system call returned"

static int notify_open(struct probe *p, const struct probe_env *env)
{
	struct notify_bpf *skel = notify_bpf__open();

	if (!skel)
		return -errno;
	skel->rodata->nr_write = SYS_write;
	skel->rodata->nr_rings = env->nr_rings;
	skel->rodata->pairs_wanted = env->vm;
	skel->rodata->every_one = env->every_one;
	skel->rodata->weights = env->weights;
	skel->rodata->vm_hists = env->vm;
	skel->rodata->vcpus_watched = env->vcpus;
	skel->rodata->shared_hists = env->shared_hists;
	p->typed = skel;
	p->skel = skel->skeleton;
	return 0;
}

static volatile struct trace_control *notify_control(void *typed)
{
	return &((struct notify_bpf *)typed)->bss->control;
}

/* A driver's thread serves one ring from the start; the device's threads are
 * learned from the kicks that wake them. */
static void preset_threads(int map, const struct rings *r)
{
	struct trace_thread t = { 0 };
	unsigned int i;
	__u32 tid;

	for (i = 0; i < r->nr_rings; i++) {
		if (!r->ring[i].tid)
			continue;
		tid = (__u32)r->ring[i].tid;
		t.serves = i + 1;
		t.vcpu = r->ring[i].times != 0;
		t.times = r->ring[i].times;
		t.tsc_offset = (__u64)r->ring[i].tsc_offset;
		bpf_map_update_elem(map, &tid, &t, BPF_ANY);
	}
}

static void preset_vcpus(int map, const struct rings *r)
{
	struct trace_thread t = { .vcpu = 1 };
	unsigned int i;

	for (i = 0; i < r->nr_vcpus; i++)
		bpf_map_update_elem(map, &r->vcpu[i], &t, BPF_NOEXIST);
}

/* The same eventfds by their number. */
static int watch_ids(int map, const struct rings *r, unsigned int ring)
{
	struct trace_fd_key key = { .tgid = TRACE_BY_ID };
	struct trace_fd fd = { .ring = ring };
	int ret = 0;

	for (fd.kind = 0; !ret && fd.kind < TRACE_KINDS; fd.kind++) {
		key.fd = (__u32)r->ring[ring].id[fd.kind];
		if (r->ring[ring].has[fd.kind])
			ret = bpf_map_update_elem(map, &key, &fd, BPF_ANY);
	}
	return ret;
}

static int notify_watch(struct probe *p, const struct rings *r, struct err *e)
{
	struct notify_bpf *skel = p->typed;
	int ret = 0, map = bpf_map__fd(skel->maps.fds);
	unsigned int i;

	probe_empty_map(map);
	probe_empty_map(p->threads_fd);
	preset_threads(p->threads_fd, r);
	preset_vcpus(p->threads_fd, r);
	for (i = 0; !ret && i < r->nr_fds; i++)
		ret = bpf_map_update_elem(map, &r->fd[i].key, &r->fd[i].fd,
					  BPF_ANY);
	if (ret < 0)
		return err_set(e, ret, "cannot watch descriptor %u: %s",
			       r->fd[i - 1].key.fd, strerror(-ret));
	for (i = 0; !ret && i < r->nr_rings; i++)
		ret = watch_ids(map, r, i);
	if (ret < 0)
		return err_set(e, ret, "cannot watch eventfds: %s",
			       strerror(-ret));
	probe_watch_procs(p, r);
	return 0;
}

int probe_notify_vcpus(struct probe *p, unsigned int nr_rings,
		       struct probe_stage *out)
{
	return probe_read_hist(p, nr_rings * p->ops->nr_hists, out);
}

static int notify_read(struct probe *p, unsigned int ring,
		       struct probe_ring *out)
{
	return probe_read_hist(p, ring * p->ops->nr_hists + TRACE_REACH,
			       &out->reach[TRACE_KICK]);
}

static void notify_destroy(void *typed)
{
	notify_bpf__destroy(typed);
}

const struct probe_ops probe_notify = {
	.name = "notifications",
	.edges = {
		{ WRITTEN,
		  { "write_fentry", "sys_enter_btf", "sys_enter_raw",
		    "write_kprobe" }, false },
		{ "notification sent", { "written_fexit", "written_kretprobe" },
		  true },
		{ RETURNED, { "sys_exit_btf", "sys_exit_raw" }, false },
		{ SENT,
		  { "sched_waking_task", "sched_waking_btf",
		    "sched_waking_raw" }, false },
		{ RUNNING, { "sched_switch_btf", "sched_switch_raw" }, false },
	},
	.nr_edges = 5,
	/* kind * TRACE_STEPS + step */
	.stages = {
		{ STAGE_KICK_SIGNAL, WRITTEN, SENT },
		{ STAGE_DEVICE_WAKEUP, SENT, RUNNING },
		{ STAGE_DEVICE_RESUME, RUNNING, RETURNED },
		{ STAGE_CALL_SIGNAL, WRITTEN, SENT },
		{ STAGE_DRIVER_WAKEUP, SENT, RUNNING },
		{ STAGE_DRIVER_RESUME, RUNNING, RETURNED },
	},
	.nr_stages = TRACE_RING_HISTS,
	.nr_hists = TRACE_NOTIFY_HISTS,
	.open = notify_open,
	.control = notify_control,
	.watch = notify_watch,
	.read = notify_read,
	.destroy = notify_destroy,
};
