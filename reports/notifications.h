/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_NOTIFICATIONS_H
#define VIOPERF_NOTIFICATIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct report;
struct report_comparison;
struct table;

/*
 * What a cell's notifications came to, over all blocks: sent ones, those that
 * EVENT_IDX or a flag saved, and those that went wrong. A count that not all
 * blocks have is unknown, not 0.
 */
enum notification_id {
	NOTIFICATION_REQUESTS,
	NOTIFICATION_PUBLISHES,	      /* new requests shown, so many times */
	NOTIFICATION_KICKS,
	NOTIFICATION_KICKED_REQUESTS, /* published together with a kick */
	NOTIFICATION_CALLS,
	NOTIFICATION_CALLED_REQUESTS, /* found right after a call */
	NOTIFICATION_SPURIOUS,	      /* woken, nothing there */
	NOTIFICATION_LOST_KICKS,
	NOTIFICATION_LOST_CALLS,
	NOTIFICATION_EXITS, /* of a guest */
	NOTIFICATION_COUNT
};

struct notifications {
	double sum[NOTIFICATION_COUNT];
	int blocks, blocks_with[NOTIFICATION_COUNT];
};

/* Add the counts of one record's "load". */
void notifications_add(struct notifications *n, const json_t *load);

/* Has any cell counted its kicks? */
bool notifications_any(const struct report *r);

/* All of @r as a table, of one comparison as part of a page, of one cell as
 * an object of figures per 1,000 requests (null: unknown). */
void notifications_fill(const struct report *r, struct table *t);
void notifications_html(const struct report_comparison *k, FILE *out);
json_t *notifications_json(const struct notifications *n);

#endif
