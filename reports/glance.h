/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GLANCE_H
#define VIOPERF_GLANCE_H

#include "report.h"
#include "table.h"

/*
 * All targets of one type against the reference, at a glance: a line a
 * target, a column a load, in each the factor by the judged metric with its
 * interval, and the word that says which way it goes. Only worth it for more
 * than two targets.
 */
struct glance {
	const struct report *report;
	const char *type;  /* of its loads */
	const char *title; /* "At a glance: disks" */
	int nr_names;
	const char **name; /* of targets, in order of appearance */
	int nr_loads;
	const struct report_comparison **load;
	char common[256];   /* what the labels of all loads share */
	char (*label)[160]; /* of each load: what they do not */
};

/* How to read it, and what a few blocks do not make it ("" for enough). */
extern const char glance_reading[];
const char *glance_warning(const struct glance *g);

/* Of the @i-th type of load in @r. 0; -ENODATA when there is nothing to show;
 * -ENOENT when there are not that many types; or -ENOMEM. */
int glance_open(struct glance *g, const struct report *r, int i);
void glance_close(struct glance *g);

/* The table of loads @from … @to - 1; titles are borrowed from @g. */
void glance_fill(const struct glance *g, int from, int to, struct table *t);

/* "5.8× faster (5.1–6.4)" of the member called @name in @k, which is put
 * into *@member. */
char *glance_text(char *buf, size_t len, const struct report_comparison *k,
		  const char *name, const struct report_member **member);

/* The target called g->name[@name] under g->load[@load]; NULL: none. */
const struct report_member *glance_member(const struct glance *g, int load,
					  int name);

#endif
