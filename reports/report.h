/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_REPORT_H
#define VIOPERF_REPORT_H

#include <stdio.h>

#include "cell.h"
#include "ratio.h"
#include "run.h"

/*
 * What every format shows, computed once from one run or from several of the
 * same host, whose blocks are put together. Cells that are equal but for the
 * target are a comparison: the reference comes first, the others have ratios
 * to it, paired by block. Drivers (our own, a guest under KVM, one under TCG)
 * stand in one comparison, each with a reference of its own. Strings are
 * borrowed from the runs, or kept in `texts`.
 */
struct report_member {
	struct cell *cell;
	char name[100]; /* the target's; with the driver where they differ */
	/* What it is compared to: the reference of the same driver and
	 * accelerator, itself if it is that; NULL: that was not measured. */
	const struct report_member *reference;
	struct ratio ratio[METRIC_COUNT]; /* to the reference */
	struct ratio tracing;		  /* traced ÷ untraced mean latency */
};

struct report_comparison {
	const char *label; /* the load */
	char heading[260]; /* with what the CPUs of its guests are */
	char note[1000];   /* lines that stand under its table, or empty */
	enum metric_id primary;
	int nr;
	int nr_measured; /* they come first; the others have no figures */
	struct report_member *member;
};

static inline bool report_is_reference(const struct report_member *m)
{
	return m == m->reference;
}

/* Traced it takes so much longer, or shorter, that its stages do not describe
 * the cell as it is without. */
#define REPORT_DISTORTED 1.3 /* traced ÷ untraced mean latency, or less */

static inline bool report_is_distorted(const struct report_member *m)
{
	return m->tracing.valid && (m->tracing.value > REPORT_DISTORTED ||
				    m->tracing.value < 1 / REPORT_DISTORTED);
}

struct report {
	const struct run *run; /* the first; for host, seed and so on */
	int nr_runs;
	double threshold;
	const char *reference;	  /* the first of them */
	const json_t *references; /* all, by preference; NULL: only one */
	int nr_cells;
	struct cell *cell;
	int nr_comparisons;
	struct report_comparison *comparison;
	json_t *problems; /* array of strings */
	json_t *notes;	  /* array of strings */
	json_t *noise;	  /* array of strings: what disturbed the run */
	/* names.h: a cell by its id, a comparison by its cells' key, and
	 * strings that were in records */
	json_t *index, *tables, *texts;
};

struct report_options {
	const char *reference; /* NULL: as run.json says */
	double threshold;
};

/* 0 or -errno and @e; runs of different hosts are -EXDEV. */
int report_build(struct report *r, const struct run *runs, int nr_runs,
		 const struct report_options *o, struct err *e);
void report_close(struct report *r);

/* The comparison of cells that have @key; NULL: none. */
const struct report_comparison *report_find(const struct report *r,
					    const char *key);

/* "qemu-virtio-blk, else qsd-blk" */
char *report_references(char *buf, size_t len, const struct report *r);

/* One sentence in plain words; @buf is returned. */
char *report_sentence(char *buf, size_t len, const struct report_comparison *k,
		      const struct report_member *m);

/* "1.62× (1.51–1.73)"; "[1.5–1.7]" is a range. Returns @buf. */
char *report_ratio_text(char *buf, size_t len, const struct ratio *ratio);

/* The verdict as of a target that is compared: "faster", "slower", "on par",
 * "cannot tell". */
const char *report_verdict_word(enum verdict v);

/* The title of the table of figures, with the terms that it is first to use. */
extern const char report_figures[];

/* How to read what stands above, and when not to trust it. */
extern const char *const report_reading[];

/* The writers. 0 or -errno. */
int report_text(const struct report *r, FILE *out);
int report_markdown(const struct report *r, FILE *out);
int report_html(const struct report *r, FILE *out);
int report_csv(const struct report *r, FILE *out);
int report_json(const struct report *r, FILE *out);

#endif
