/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PROBE_H
#define VIOPERF_PROBE_H

#include <jansson.h>
#include <stdbool.h>
#include <bpf/libbpf.h>

#include "lib/err.h"
#include "lib/hist.h"
#include "lib/stages.h"
#include "bpf/kernel/trace_types.h"
#include "rings.h"

/*
 * A probe is one BPF object and what it yields. It sees the kernel at a few
 * edges; for each there is a list of programs, best way first, and the first
 * one that this kernel loads and attaches is taken. Found by trial, because
 * neither a version nor a configuration tells. A probe runs with all of its
 * edges but the optional ones, or not at all.
 */
#define PROBE_MAX_EDGES	   8
#define PROBE_MAX_PROGRAMS 5 /* and a NULL */

struct probe_edge {
	const char *name;
	const char *programs[PROBE_MAX_PROGRAMS];
	bool optional;
};

/* From where to where a stage is measured: edges by name, or in other words
 * what else marks it. */
struct probe_span {
	enum stage_id stage;
	const char *from, *to;
};

/* A way that was tried. */
struct probe_trial {
	char attach[48]; /* the section, say "tp_btf/sys_enter" */
	char reason[160]; /* why it was refused, "": it was not */
};

/* How an edge came out: the one that is taken, and what would have come
 * before it. */
struct probe_edge_state {
	int program; /* index into programs, -1: none of them */
	struct probe_trial taken;
	struct probe_trial refused[PROBE_MAX_PROGRAMS];
	unsigned int nr_refused;
};

/* What a stage of one ring yielded. */
struct probe_stage {
	bool seen; /* a probe that sees this stage was attached */
	uint64_t events;
	struct hist hist;
};

struct probe_ring {
	struct trace_counters counters;
	struct probe_stage stage[STAGE_COUNT];
	/* Of a VM: kick sent -> device running, call written -> interrupt
	 * accepted. */
	struct probe_stage reach[TRACE_KINDS];
};

struct probe_env {
	const char *way;   /* take only programs of this way, say "raw_tp" */
	unsigned int nr_rings; /* room for so many */
	int threads_fd;	   /* maps of the first probe, or -1 */
	int writers_fd;
	bool shared_hists; /* one for all CPUs: slower, for many CPUs */
	bool every_one;	   /* follow each notification, at any rate */
	bool weights;	   /* what is written to an eventfd counts requests */
	bool vm;	   /* what is shown of a VM as a whole is wanted */
	bool vcpus;	   /* there are some */
};

struct probe {
	const struct probe_ops *ops;
	struct probe_edge_state edge[PROBE_MAX_EDGES];
	struct bpf_object_skeleton *skel; /* NULL: not attached */
	volatile struct trace_control *control;
	int threads_fd; /* -1: it has none, as all of them */
	int writers_fd;
	int hists_fd;
	int counters_fd;
	int pairs_fd; /* struct trace_pair -> how often */
	bool shared_hists;
	void *typed; /* the skeleton's own struct */
};

struct probe_ops {
	const char *name;
	struct probe_edge edges[PROBE_MAX_EDGES];
	unsigned int nr_edges;
	/* The stages that it yields, one for each histogram of a ring. */
	struct probe_span stages[TRACE_RING_HISTS];
	unsigned int nr_stages;
	unsigned int nr_hists; /* of a ring; the stages come first */

	/* Is it of use for what is to be watched? NULL: always. */
	bool (*wanted)(const struct rings *r);
	/* Open the object, set its constants, fill p->typed and p->skel. Maps
	 * that all objects have in common are sized and shared by probe.c.
	 * 0 or -errno. */
	int (*open)(struct probe *p, const struct probe_env *env);
	volatile struct trace_control *(*control)(void *typed);
	/* Watch what @r holds and nothing else; also while running. */
	int (*watch)(struct probe *p, const struct rings *r, struct err *e);
	/* What it has of ring @ring besides counters and stages, into @out;
	 * NULL: nothing. */
	int (*read)(struct probe *p, unsigned int ring, struct probe_ring *out);
	void (*destroy)(void *typed);
};

#define PROBE_COUNT 5
extern const struct probe_ops *const probe_table[PROBE_COUNT];
extern const struct probe_ops probe_notify;
extern const struct probe_ops probe_io_uring;
extern const struct probe_ops probe_kvm;
extern const struct probe_ops probe_vhost;
extern const struct probe_ops probe_exits;

/* Choose, load and attach. -ENOTSUP with the reason in @e and in p->edge when
 * an edge that is not optional has no program that this kernel takes. */
int probe_attach(struct probe *p, const struct probe_ops *ops,
		 const struct probe_env *env, struct err *e);
void probe_detach(struct probe *p); /* maps stay readable */
void probe_close(struct probe *p);

/* Why the kernel refuses what is loaded from begin on, by probe_refusal.c. */
void probe_refusal_begin(void);
void probe_refusal_explain(struct probe_trial *t, int ret);
const char *probe_refusal(void); /* "": nothing is known */

/* Common parts of watch and read. */
void probe_watch_procs(struct probe *p, const struct rings *r);
void probe_empty_map(int map); /* of keys of 16 bytes at most */
int probe_read_ring(struct probe *p, unsigned int ring,
		    struct probe_ring *out);
json_t *probe_exits_read(const struct probe *p); /* {"HLT":n,…} */
/* Of a VM: any vCPU woken -> running. */
int probe_notify_vcpus(struct probe *p, unsigned int nr_rings,
		       struct probe_stage *out);
int probe_read_hist(struct probe *p, uint32_t index, struct probe_stage *out);

#endif
