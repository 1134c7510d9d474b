/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_COLUMNS_H
#define VIOPERF_COLUMNS_H

#include "report.h"

/*
 * The columns of the comparison tables and of the stage table, the same for
 * text and markdown.
 */
struct column {
	const char *title;
	bool left;
	/* Write the cell's text into @buf. */
	void (*text)(char *buf, size_t len, const struct report_comparison *k,
		     const struct report_member *m);
};

struct column_set {
	const struct column *column;
	int nr;
};

/* Two tables rather than one, so that each fits a terminal: who is faster,
 * and all figures (kicks, calls and CPU time are per request). */
extern const struct column_set column_verdicts;
extern const struct column_set column_figures;

/* The ratio by the judged metric, to stand in front of the figures. */
extern const struct column_set column_factors;

#define COLUMN_STAGE_COUNT 8

struct column_stage {
	const char *title;
	bool left;
	void (*text)(char *buf, size_t len, int id, const struct cell_stage *s);
};

extern const struct column_stage column_stage_table[COLUMN_STAGE_COUNT];

/* "cost of tracing" of the member: traced ÷ untraced mean latency. */
char *column_tracing_text(char *buf, size_t len, const struct report_member *m);

/* " (incomplete: 3 % not seen)" after a stage's name, or nothing. */
char *column_incomplete_text(char *buf, size_t len, const struct cell_stage *s);

/* A stage's share of the mean latency: "46.4 %". */
char *column_share_text(char *buf, size_t len, const struct cell_stage *s);

#endif
