/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TRACE_H
#define VIOPERF_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>

#include "lib/err.h"
#include "lib/sync.h"
#include "lib/clock.h"
#include "probe.h"
#include "rings.h"

/* What `vioperf trace` was asked for. */
struct trace_options {
	const char *rings_file; /* or pid[] */
	pid_t pid[TRACE_MAX_PROCS];
	unsigned int nr_pids;
	uint64_t time_ns;   /* 0: until a signal or the harness ends it */
	int sync_fd;	    /* -1: none */
	const char *qmp;    /* a VM's monitor, NULL: none */
	const char *record; /* NULL: print */
	bool json;
	const char *way; /* NULL: the best */
	bool shared_maps; /* histograms for all CPUs together */
	bool every_one;	 /* follow each notification, at any rate */
};

/*
 * One run of the tracer: find the rings, attach, be told the window, wait,
 * detach, read. Zeroed and then opened; close accepts any state in between.
 */
struct trace_session {
	const struct trace_options *opt;
	struct rings *rings;
	unsigned int nr_rings; /* room in the maps */
	struct probe probe[PROBE_COUNT];
	bool attached[PROBE_COUNT];
	struct sync sync;
	struct sync_window window;
	struct clock_anchor first; /* of the guests' clock */
	struct clock_scale clock;  /* the newest */
	uint64_t clock_error_ns;   /* the worst seen at an update */
	/* --pid of a VM (trace_vm.c): as it was at the window's ends */
	struct vm *vm;
	json_t *vm_before, *vm_after;
	uint64_t vm_counted_ns; /* from the one to the other */
	unsigned int nr_resolved; /* times the rings were found anew */
	bool started;
	pid_t ended; /* what ended before the window did, 0: nothing */
};

int trace_open(struct trace_session *s, const struct trace_options *opt,
	       struct err *e);
/* Until time, signal, "stop" or end of file. 0 or -errno. */
int trace_wait(struct trace_session *s, struct err *e);
void trace_stop(struct trace_session *s);
void trace_close(struct trace_session *s);

/* trace_run.c: the whole of a command: open, wait, report; or over and over,
 * until what is watched is gone. Errors are printed, and go into the record.
 * 0 or -errno. */
int trace_run(const struct trace_options *o);
int trace_watch(struct trace_options *o);
/* A record that says why nothing was begun. */
void trace_refuse(const struct trace_options *o, const struct err *e);

/* trace_clock.c: of guests that leave stamps. Begin before attaching, update
 * at once and several times a second. */
void trace_clock_begin(struct trace_session *s);
bool trace_clock_needed(const struct trace_session *s);
void trace_clock_update(struct trace_session *s);

/* trace_vm.c: a VM as a whole. Nothing is done where there is none. */
int trace_vm_begin(struct trace_session *s, struct err *e);
void trace_vm_end(struct trace_session *s);
void trace_vm_close(struct trace_session *s);
/* {"vm":…, "queues":…} into @j. */
int trace_vm_put(struct trace_session *s, json_t *j);
int trace_vm_print(struct trace_session *s, FILE *out, struct err *e);

/* trace_pid.c: an eventfd that processes share: who kicks or calls whom. */
json_t *trace_pid_to_json(const struct trace_session *s, unsigned int ring,
			  const struct probe_ring *r);
void trace_pid_print(const struct trace_session *s, unsigned int ring,
		     const struct probe_ring *r, FILE *out);

/* Was anything written that was watched? Has one of the watched processes, a
 * traced one or another that holds its eventfds, ended? */
bool trace_saw_any(struct trace_session *s);
bool trace_has_left(const struct trace_session *s);

/* The one of them that @ops is of, NULL: it is not attached. */
struct probe *trace_probe(struct trace_session *s, const struct probe_ops *ops);

/* What the probes cannot see, so that a missing count is not taken for 0: a list
 * of texts. */
json_t *trace_not_seen(struct trace_session *s);

/* What all probes have of @ring. 0 or -errno. */
int trace_read_ring(struct trace_session *s, unsigned int ring,
		    struct probe_ring *out);

/* Attach nothing for long: the probes and what this kernel takes of them. */
int trace_list(bool json, const char *way, struct err *e);

/* The record (results/README.md); NULL when the maps cannot be read. */
json_t *trace_to_json(struct trace_session *s, struct err *e);
json_t *trace_failed_to_json(const struct trace_session *s,
			     const char *reason);
json_t *trace_stages_to_json(const struct trace_session *s,
			     const struct probe_ring *r);
json_t *trace_probes_to_json(const struct probe *p, bool attached);
int trace_print(struct trace_session *s, FILE *out, struct err *e);
void trace_print_lost(const struct trace_counters *c, enum trace_kind kind,
		      FILE *out);

/* Why BPF cannot be used here at all, "" if it can. */
const char *trace_missing(void);

#endif
