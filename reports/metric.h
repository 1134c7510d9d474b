/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_METRIC_H
#define VIOPERF_METRIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "verdict.h"

/*
 * One metric of one cell: its value in each block that went well, and the
 * median of those. Strings are static, but for reason: see metric_add().
 */
struct metric {
	const char *name;
	const char *unit;
	bool lower_better;
	int n;
	double *raw;  /* in order of blocks */
	int *block;   /* which block each is of */
	double value; /* median; NAN with `reason` when n is 0 */
	double low;
	double high;
	bool interval; /* low … high is an interval, not a range */
	double confidence;
	const char *reason;
};

/* The metrics every report has, in the order they are shown. */
enum metric_id {
	METRIC_IOPS,
	METRIC_THROUGHPUT,
	METRIC_ROUND_TRIPS,
	METRIC_INFLATE,
	METRIC_DEFLATE,
	METRIC_BANDWIDTH,
	METRIC_MEAN,
	METRIC_P50,
	METRIC_P99,
	METRIC_P999,
	METRIC_MAX,
	METRIC_LOSS,
	METRIC_JITTER,
	METRIC_KICKS,
	METRIC_CALLS,
	METRIC_SPURIOUS,
	METRIC_EXITS,
	METRIC_DOORBELL,
	METRIC_DRIVER_CPU,
	METRIC_DEVICE_CPU,
	METRIC_BUSY_CPUS,
	METRIC_COUNT
};

/* The reason of a metric that no record of the cell mentions, as its kind of
 * load has none. */
extern const char metric_absent[];

struct metric_info {
	const char *name;
	const char *title; /* a column's head */
	const char *what;  /* in a sentence */
	const char *unit;
	bool lower_better;
	bool is_amount; /* less or more of it, not faster or slower */
};

extern const struct metric_info metric_table[METRIC_COUNT];

/* Index of @name or -1. */
int metric_find(const char *name);

void metric_init(struct metric *m, enum metric_id id);

/* Take the value of one block's @metrics, or the reason why there is none,
 * which is kept in @texts (names.h). 0 or -ENOMEM. */
int metric_add(struct metric *m, int block, const json_t *metrics,
	       json_t *texts);

/* The same of a value that stands elsewhere in the record. */
int metric_add_value(struct metric *m, int block, double value);

/* Compute the median once all is in. 0 or -ENOMEM. */
int metric_finish(struct metric *m);
void metric_free(struct metric *m);

#endif
