/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RECORD_H
#define VIOPERF_RECORD_H

#include <jansson.h>

#include "err.h"
#include "hist.h"

/*
 * The record is the only thing that folders exchange. Its parts and the
 * layout of a run's folder are described in results/README.md.
 */
#define RECORD_SCHEMA 1

/* Read a JSON object from @path and check "schema". NULL and @e on error;
 * the caller owns the result. */
json_t *record_read(const char *path, struct err *e);

/* Write @j to @path, NULL for stdout: a reader sees the old file or the whole
 * new one (output.h). @j NULL: there was no memory for it. 0 or -errno. */
int record_write(const char *path, const json_t *j, struct err *e);

/* Add metric NAME: {"value","unit","better"} to the object @metrics.
 * @better: "higher" or "lower". record_metric_null gives value null with the
 * reason why there is none. */
void record_metric(json_t *metrics, const char *name, double value,
		   const char *unit, const char *better);
void record_metric_null(json_t *metrics, const char *name, const char *unit,
			const char *better, const char *reason);

/* Add latency_mean_ns, _p50_, _p99_, _p999_ and _max_ns of @h. */
void record_latency(json_t *metrics, const struct hist *h);

/* Field helpers that never fail: the value, or the fallback when the field is
 * absent or of another type. The string stays owned by @j. */
const char *record_str(const json_t *j, const char *key, const char *fallback);
double record_num(const json_t *j, const char *key, double fallback);

/* Text from outside, which may be anything, for records, which take UTF-8
 * alone, and for terminals: what is no printable ASCII becomes '?', in place.
 * Returns @text. */
char *record_plain(char *text);

#endif
