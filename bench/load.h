/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_LOAD_H
#define VIOPERF_BENCH_LOAD_H

#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/stamps.h"
#include "lib/sync.h"
#include "config.h"
#include "failures.h"
#include "memory.h"
#include "vhost_front.h"

struct load;
struct worker;

/*
 * A kind of device to load. In the order in which they are called:
 *   check	 of the command line alone, before anything starts
 *   features	 taken when offered, besides the rings'; their names
 *   setup	 the device is known: read its configuration, check the rest
 *   slot_bytes	 of shared memory that the requests of one queue need
 *   prepare	 a worker's slots, in shared memory
 *   run	 one pass of a worker, in its own thread
 *   report	 what is special into the record
 *   teardown	 accepts half-built state
 */
struct load_ops {
	const char *name;
	const char *mix; /* of reads and writes, by default; NULL: it has none */
	uint64_t features;
	const char *(*feature_name)(unsigned int bit); /* may be NULL */
	int (*check)(const struct load_config *c, struct err *e);
	int (*setup)(struct load *l, struct err *e);
	uint64_t (*slot_bytes)(const struct load *l);
	int (*prepare)(struct worker *w, void *shared, struct err *e);
	int (*run)(struct worker *w);
	void (*report)(const struct load *l, json_t *record);
	void (*teardown)(struct load *l);
};

extern const struct load_ops load_blk_ops, load_rng_ops;

/*
 * What a worker is told to do with its queue. A load that verifies fills the
 * device first and reads it back at the end; only PASS_MEASURE has a window.
 */
enum load_pass { PASS_FILL, PASS_MEASURE, PASS_CHECK };

struct load {
	const struct load_config *config;
	const struct load_ops *ops;
	struct vhost_front front;
	struct load_memory memory;
	uint64_t capacity_bytes;  /* of the device; 0 unknown */
	uint64_t range_bytes;	  /* what is used of it */
	uint64_t run_id;	  /* of this run and no other */
	bool event_idx, indirect; /* negotiated */
	struct stamps_file *stamps;
	struct clock_scale scale;
	struct sync_window window;
	uint64_t start_ticks, end_ticks;
	enum load_pass pass;
	bool finished;		    /* no pass more */
	bool threads;		    /* the workers' threads run */
	bool clean;		    /* ended by itself: the device answers */
	pthread_barrier_t barrier;  /* workers and main, between passes */
	volatile sig_atomic_t stop; /* a signal, or -1: a worker failed */
	struct worker *worker;	    /* config->queues of them */
	unsigned int nr_workers;    /* that run */
	struct worker *culprit;	    /* the first that met with an error */
	struct failures failures;   /* all workers' */
	bool device_cpu_known;
	uint64_t device_cpu_ns;
};

/* The mix of reads and writes, by name; NULL: there is none. */
const char *load_rw(const struct load *l);

const struct load_ops *load_find(const char *type);

/* Connect, negotiate, measure. 0, or -errno and @e; the counts in the workers
 * are valid as far as it came. */
int load_run(struct load *l, struct err *e);
void load_close(struct load *l);

/* The record of results/README.md; @ret and @e are load_run's. */
json_t *load_record(const struct load *l, int ret, const struct err *e);
void load_print(const struct load *l, const json_t *record);

#endif
