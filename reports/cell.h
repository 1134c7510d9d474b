/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CELL_H
#define VIOPERF_CELL_H

#include "../lib/hist.h"
#include "../lib/stages.h"
#include "metric.h"
#include "notifications.h"
#include "run.h"

/*
 * A stage over all blocks: histograms are added up, means weighted by count.
 * share: mean × count ÷ (requests × mean latency), so shares add up to 1.
 */
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
	struct hist *hist;
};

/* How many of a stage's events have no end that was seen, as a share; 0: too
 * few to mention. */
double cell_stage_incomplete(const struct cell_stage *s);

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
	char *key; /* what cells of one table have in common */
	char label[160];
	char cpu[64];	   /* the guest's: "2 vCPUs · TCG (…)", or "no VM" */
	char heading[240]; /* label, and cpu unless there is no VM */
	const char *status;  /* "ok", "failed", "skipped", "excluded" */
	char reason[1200];   /* may hold a guest's last lines */
	const json_t *guest; /* of its last good record; NULL: no VM */
	int blocks_ok;
	int blocks_failed;
	struct metric metric[METRIC_COUNT];
	struct hist *latency; /* all blocks; NULL: none */
	struct notifications notifications;
	struct cell_stage stage[STAGE_COUNT];
	bool has_stages;
	double stages_off; /* sum of the means ÷ mean latency, less 1 */
};

/* Set @c up from the CELL @spec. 0 or -ENOMEM. */
int cell_init(struct cell *c, const json_t *spec);

/* Add one record; @block is unique over all runs, and grows. */
int cell_add(struct cell *c, int block, const json_t *record, json_t *problems);

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
