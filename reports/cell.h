/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CELL_H
#define VIOPERF_CELL_H

#include "lib/stages.h"
#include "errors.h"
#include "hist_sum.h"
#include "metric.h"
#include "notifications.h"
#include "run.h"

/*
 * A stage over all blocks: histograms are added up, means weighted by count.
 * share: mean × count ÷ (requests × mean latency), so shares add up to 1.
 */
struct report_member;

struct cell_stage {
	bool present;
	double events, lost; /* probes': followed to their end, and not */
	bool bad_hist;	 /* a record's histogram could not be read */
	double sum_ns;	 /* mean × count, over blocks */
	double requests; /* count: requests that the stage applies to */
	double mean_ns;
	double median_ns; /* NAN where there is no histogram */
	double p99_ns;
	double share;
	const char *source;
	struct hist_sum *hist;
};

/* How many of a stage's events have no end that was seen, as a share; 0: too
 * few to mention. */
double cell_stage_incomplete(const struct cell_stage *s);

/* What else went on while one block was measured; NAN: not in its record. */
struct cell_block {
	int block;
	bool ok;
	double steal_share; /* CPUs that the hypervisor gave to others */
	double load1;
	double preempted;
	double elapsed_ns; /* of all that the block took */
	double window_ns;  /* of what was measured of it */
};

/*
 * A cell over all its blocks. Untraced cells give the headline figures; a
 * traced one has stages, and `twin` joins the two.
 */
struct cell {
	const json_t *spec;
	const char *id;
	const char *type; /* of its load: "blk", "net" … */
	const char *target;
	const char *driver;
	const char *accelerator;
	const char *idle;
	const char *backing;
	bool traced;
	struct cell *twin;
	/* Its place in a comparison; NULL: it is in none, as traced ones are */
	const struct report_member *member;
	char *key; /* what cells of one table have in common */
	char label[160];
	char cpu[64];	   /* the guest's: "2 vCPUs · TCG (…)", or "no VM" */
	char heading[240]; /* label, and cpu unless there is no VM */
	const char *status;  /* "ok", "failed", "skipped", "excluded" */
	char reason[1200];   /* may hold a guest's last lines */
	json_t *guest;	     /* of its last good record; NULL: no VM */
	int nr_blocks;
	struct cell_block *block; /* those that have a record, in order */
	int blocks_ok;
	int blocks_failed;
	struct metric metric[METRIC_COUNT];
	struct hist_sum *latency; /* all blocks; NULL: none */
	struct notifications notifications;
	struct errors errors;
	struct cell_stage stage[STAGE_COUNT];
	bool has_stages;
	double stages_off; /* sum of the means ÷ mean latency, less 1 */
};

/* Set @c up from the CELL @spec. 0 or -ENOMEM. */
int cell_init(struct cell *c, const json_t *spec);

/* Where what a record says is kept, once the record is gone. */
struct cell_texts {
	json_t *texts;	  /* names.h: strings that cells borrow */
	json_t *problems; /* array of strings */
};

/* Add one record; @block is unique over all runs. 0; -EEXIST: the cell has one
 * of that block; or -ENOMEM. */
int cell_add(struct cell *c, int block, const json_t *record,
	     const struct cell_texts *t);

/* All records are in: medians, quantiles, status. */
int cell_finish(struct cell *c);
void cell_free(struct cell *c);

/* The metric by which cells like this one are judged. */
enum metric_id cell_primary(const struct cell *c);

/* Only such cells are ever put into a ratio: driver, accelerator and number of
 * vCPUs are the same. */
bool cell_same_driver(const struct cell *a, const struct cell *b);

/* The load is a closed loop with one request at a time. */
bool cell_is_depth_one(const struct cell *c);

#endif
