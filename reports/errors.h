/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_ERRORS_H
#define VIOPERF_ERRORS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Requests that failed and were allowed to (allow-errors): over all good
 * blocks of a cell. Its figures are of the others, and every table says so.
 */
struct errors {
	double failed, requests;
	bool at_least; /* there were more requests */
	char allowed[32]; /* of a block: "10", "0.1%" */
};

struct report_comparison;

/* Add what @load, a block's report, says. */
void errors_add(struct errors *e, const json_t *load);

/* "9 of 1789 requests failed (allowed: 50% a block)", "" for none; @buf is
 * returned. */
char *errors_text(char *buf, size_t len, const struct errors *e);

/* Say of all members of @k in its note what failed. */
void errors_note(struct report_comparison *k);

json_t *errors_json(const struct errors *e);

#endif
