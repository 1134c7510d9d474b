/* SPDX-License-Identifier: MIT */
#include "noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/util.h"
#include "utf8.h"

#define STEAL_FROM     0.02 /* of a CPU */
#define PREEMPTED_FROM 100  /* a second */
#define NAMED_CELLS    3
#define NAMED_BLOCKS   5
#define SATURATED_FROM 0.95 /* of the CPUs of its threads */

struct kind {
	const char *what;
	/* How much of it @b met, NAN: not known. */
	double (*of)(const struct cell_block *b);
	double limit;	  /* 0: the number of CPUs */
	double factor;	  /* to what is printed … */
	const char *unit; /* … in this unit */
};

static double steal_of(const struct cell_block *b)
{
	return b->steal_share;
}

static double preempted_of(const struct cell_block *b)
{
	return b->preempted / b->window_ns * 1e9;
}

static double load_of(const struct cell_block *b)
{
	return b->load1;
}

static const struct kind kinds[] = {
	{ "a hypervisor took CPU time away (steal)", steal_of, STEAL_FROM, 100,
	  " % of a CPU" },
	{ "pinned threads had to make way for others", preempted_of,
	  PREEMPTED_FROM, 1, " times a second" },
	{ "more threads wanted to run than there are CPUs", load_of, 0, 1,
	  " of them (load average)" },
};

struct met {
	const struct cell *cell;
	int blocks;
	double most;
};

static int by_blocks(const void *a, const void *b)
{
	const struct met *x = a, *y = b;

	if (x->blocks != y->blocks)
		return y->blocks - x->blocks;
	return x->most < y->most ? 1 : -(x->most > y->most);
}

static bool is_met(const struct kind *k, const struct cell_block *b,
		   double limit)
{
	return b->ok && k->of(b) > limit; /* NAN is not */
}

/* "blk · null · depth 1 (blocks 1, 4)" */
static size_t name_cell(char *buf, size_t len, const struct kind *k,
			const struct met *m, double limit)
{
	const struct cell *c = m->cell;
	int i, n = 0;

	snprintf(buf, len, "%.60s · %s%s (block%s", c->target, c->heading,
		 c->traced ? " · traced" : "", m->blocks == 1 ? "" : "s");
	for (i = 0; i < c->nr_blocks && n < NAMED_BLOCKS; i++)
		if (is_met(k, &c->block[i], limit))
			snprintf(buf + strlen(buf), len - strlen(buf), "%s %d",
				 n++ ? "," : "",
				 c->block[i].block % RUN_BLOCK_MAX);
	snprintf(buf + strlen(buf), len - strlen(buf), "%s)",
		 m->blocks > NAMED_BLOCKS ? ", …" : "");
	return strlen(buf);
}

static void say(struct report *r, const struct kind *k, struct met *m, int nr,
		int all, double limit)
{
	char text[NAMED_CELLS * 500 + 400];
	double most = 0;
	size_t at;
	int i, met = 0;

	qsort(m, (size_t)nr, sizeof(*m), by_blocks);
	for (i = 0; i < nr; i++) {
		met += m[i].blocks;
		most = fmax(most, m[i].most);
	}
	at = (size_t)snprintf(text, sizeof(text),
			      "%s, up to %.3g%s, in %s%d of %d measurements",
			      k->what, most * k->factor, k->unit,
			      met == all ? "all " : "", met, all);
	for (i = 0; met < all && i < MIN(nr, NAMED_CELLS); i++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s",
				       i ? "; " : ": ");
		at += name_cell(text + at, sizeof(text) - at, k, &m[i], limit);
	}
	if (met < all && nr > NAMED_CELLS)
		snprintf(text + at, sizeof(text) - at, "; and %d more",
			 nr - NAMED_CELLS);
	json_array_append_new(r->noise, json_string(utf8_repair(text)));
}

static void find_kind(struct report *r, const struct kind *k, struct met *m)
{
	const json_t *host = json_object_get(r->run->json, "host");
	double limit = k->limit ?: record_num(host, "cpus", NAN);
	int i, j, nr = 0, all = 0;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell *c = &r->cell[i];

		m[nr] = (struct met){ .cell = c };
		for (j = 0; j < c->nr_blocks; j++) {
			all += c->block[j].ok;
			if (!is_met(k, &c->block[j], limit))
				continue;
			m[nr].blocks++;
			m[nr].most = fmax(m[nr].most, k->of(&c->block[j]));
		}
		nr += m[nr].blocks > 0;
	}
	if (nr)
		say(r, k, m, nr, all, limit);
}

/* CPUs that a side took, of those that its threads could take; NAN: unknown. */
static double busy_share(const struct cell *c, enum metric_id cpu_per_request)
{
	const json_t *load = json_object_get(c->spec, "load");

	return c->metric[cpu_per_request].value * c->metric[METRIC_IOPS].value /
	       1e9 / fmax(1, record_num(load, "queues", 1));
}

/* Whoever polls is always busy, whatever bounds it. */
static bool sleeps(const struct cell *c)
{
	const json_t *load = json_object_get(c->spec, "load");

	return !strcmp(record_str(load, "completion", ""), "interrupt");
}

static void note_saturated(struct report_comparison *k)
{
	const struct cell *c;
	size_t at = strlen(k->note);
	int i, n = 0;

	for (i = 0; i < k->nr_measured; i++) {
		c = k->member[i].cell;
		if (!sleeps(c) || at >= sizeof(k->note) ||
		    !(busy_share(c, METRIC_DRIVER_CPU) >= SATURATED_FROM))
			continue;
		at += (size_t)snprintf(k->note + at, sizeof(k->note) - at,
				       "%s%.60s",
				       n++	    ? ", "
				       : k->note[0] ? "; the driver was "
						      "saturated with "
						    : "the driver was "
						      "saturated with ",
				       k->member[i].name);
	}
	if (n && at < sizeof(k->note))
		snprintf(k->note + at, sizeof(k->note) - at,
			 ": a faster device could not have shown it");
	utf8_repair(k->note);
}

void noise_find(struct report *r)
{
	struct met *m = calloc((size_t)r->nr_cells + 1, sizeof(*m));
	size_t i;
	int j;

	for (i = 0; m && i < ARRAY_SIZE(kinds); i++)
		find_kind(r, &kinds[i], m);
	free(m);
	for (j = 0; j < r->nr_comparisons; j++)
		note_saturated(&r->comparison[j]);
}
