/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_FAILURES_H
#define VIOPERF_BENCH_FAILURES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/allowance.h"
#include "lib/err.h"

/*
 * Requests that failed, and the one rule for them, whoever works the device
 * and with whatever: a device that fails is not a fast device. They are in no
 * rate, no byte count and no latency. More of them than allowed fail the load,
 * whenever it was: a device that fails while it warms up cannot be trusted
 * later on either.
 */
enum failure_when {
	FAILURE_IN_WINDOW,
	FAILURE_WARMING_UP,
	FAILURE_AFTER_WINDOW,
	FAILURE_UNKNOWN_WHEN,
};

struct failure {
	const char *operation; /* "read"; NULL: none is kept */
	int64_t sector;	       /* -1: it has none */
	int queue;	       /* -1: it has none */
	char status[80];       /* "VIRTIO_BLK_S_IOERR (1)" */
	enum failure_when when;
	uint64_t at; /* ticks, of queues that are put together */
};

struct failures {
	uint64_t requests; /* all that were answered, from first to last */
	uint64_t failed;   /* of those */
	uint64_t unsupported; /* of those that failed */
	uint64_t in_window;   /* likewise */
	bool at_least; /* there were more requests: fio does not tell how many
			* went well while it warmed up */
	struct failure first;
};

/* Count a block request that ended with @status. */
void failures_add_blk(struct failures *f, uint8_t status, bool write,
		      uint64_t sector, unsigned int queue,
		      enum failure_when when, uint64_t at);

/* Keep @one if it is the first. */
void failures_keep_first(struct failures *f, const struct failure *one);
void failures_merge(struct failures *into, const struct failures *from);

/* "3 of 5000 requests failed; the first: …" Returns @buf. */
char *failures_text(char *buf, size_t len, const struct failures *f);

/* For people, beside the figures: a line on stdout, if there is anything to
 * say. */
void failures_print(const struct failures *f, const struct allowance *a);

/* The rule: 0, or -EIO and @e. */
int failures_check(const struct failures *f, const struct allowance *a,
		   struct err *e);

/* What ended a load early came, as a rule, of what had failed before: add it
 * to @e. Returns @ret. */
int failures_explain(const struct failures *f, int ret, struct err *e);

/* Add "errors", "unsupported" and, when there is one, "failures" to a
 * record. */
void failures_put(json_t *record, const struct failures *f,
		  const struct allowance *a);

#endif
