/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GAP_H
#define VIOPERF_GAP_H

#include "report.h"
#include "table.h"

/*
 * Where the difference between two cells lies, stage by stage: what each
 * stage adds to the mean latency of a request (mean × share of requests that
 * have it) in the one and in the other. What explains most comes first; the
 * differences add up to that of the mean latencies.
 *
 * A stage of requests, not of notifications, that only one of the two can
 * show is in the other's `unattributed`. To compare like with like it is
 * counted there in both.
 */
struct gap_line {
	int stage;
	double from_ns, to_ns, diff_ns; /* NAN from or to: has no such stage */
	double share; /* of the whole difference; its sign says which way */
};

struct gap {
	const struct report_member *from, *to;
	double from_ns, to_ns; /* mean latencies, traced */
	int nr;
	struct gap_line line[STAGE_COUNT];
	unsigned int folded; /* 1 << stage: counted as unattributed */
	/* The blocks do not show that there is a gap: shares of it would be
	 * shares of noise. */
	bool in_noise;
	bool distorted; /* tracing changes one of them: no description */
};

/* Call @fn for each pair of @k that is worth it: every target and its
 * reference, and one target under two drivers. Cells without stages have no
 * gap. */
void gap_each(const struct report_comparison *k,
	      void (*fn)(const struct report_comparison *k,
			 const struct gap *g, void *arg),
	      void *arg);

/* All gaps of @r, as a table with a heading for each, and its title. */
extern const char gap_title[];
void gap_fill(const struct report *r, struct table *t);

/* The gaps of one comparison as part of a page. */
void gap_html(const struct report_comparison *k, FILE *out);

/* The same as an array of {"from","to","from_ns","to_ns","stages"}. */
json_t *gap_json(const struct report_comparison *k);

#endif
