/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_COMPARE_H
#define VIOPERF_COMPARE_H

#include <stdio.h>

#include "report.h"

/*
 * Two sides, cell by cell: two runs (the same cells, unpaired), or two
 * targets of one run (cells equal but for the target, paired by block).
 * A comparison that cannot be trusted is refused, with the reason, and counts
 * as undecided.
 */
struct compare_cell {
	const struct cell *a; /* NULL: only the other side has it */
	const struct cell *b;
	enum metric_id judged;
	struct ratio ratio; /* in the judged metric */
	struct ratio plain; /* the same without the control */
	bool controlled;    /* ratio is that of multiples of the control */
	struct ratio p99;   /* for information */
	char refused[256];  /* why, or empty */
};

struct compare {
	const struct report *a; /* the same report when one run is split */
	const struct report *b;
	const char *target_a; /* NULL: all */
	const char *target_b;
	const char *control; /* see compare_control.h; NULL: by itself */
	double threshold;
	bool force; /* go on where it would refuse, and say so */
	bool paired;
	char warning[512]; /* what force went over, or what differs */
	char host_changed[512];
	json_t *differences; /* see compare_host.h */
	int nr;
	struct compare_cell *cell;
	enum verdict verdict; /* of all: the worst that was found */
};

/* The caller fills in a … force. 0 or -ENOMEM; -ENOENT or -EINVAL and @e when
 * the control that was asked for cannot be one. */
int compare_run(struct compare *c, struct err *e);
void compare_free(struct compare *c);

int compare_text(const struct compare *c, FILE *out);
int compare_json(const struct compare *c, FILE *out);

#endif
