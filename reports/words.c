/* SPDX-License-Identifier: MIT */
/* What a report says in words, the same in every format. */
#include <math.h>
#include <string.h>

#include "lib/units.h"
#include "factor.h"
#include "price.h"
#include "report.h"
#include "utf8.h"

const char report_figures[] =
	"Figures, per request where they can be (kicks: the driver notifies the "
	"device; calls: the device notifies the driver, in a VM an interrupt)";

const char *const report_reading[] = {
	"A cell is one point: a target under one load, driver and kind of ring. "
	"A kick is the driver's notification that requests wait, a call the "
	"device's that they are done, in a VM an interrupt. A traced cell is a "
	"twin of the one that gives the figures.",
	"A block is one pass over all cells in random order, with every "
	"process started afresh; a value is the median over blocks. Seconds of "
	"one run are not independent, blocks are.",
	"A factor sets the target against the reference, block by block "
	"(paired): how many times faster or slower, less or more; without a "
	"word it cannot be told, and above 1 is better. In parentheses its "
	"95 % interval by inverting the signed-rank test; \"wide\" is one whose "
	"ends are 20 times apart: take the direction, not the number. With "
	"fewer than 6 blocks there is only a range, in square brackets, and "
	"no verdict.",
	"Faster is not for free: a device that polls takes a CPU for it. CPU "
	"time per request stands beside each verdict; cells of equal rate show "
	"both at equal work.",
	"On par: the whole interval lies within the threshold. Cannot tell: it "
	"reaches across it; then more blocks are needed, and \"visible\" is "
	"the smallest change that this many blocks show 4 times out of 5.",
	"Closed loops at depth 1 are judged by median latency, open loops by "
	"p99 from the intended start, other disk loads by requests per second, "
	"streams by throughput, bouncebacks by round trips per second, ping "
	"and "
	"trip times by the median, balloons by the rate of inflation.",
	"Stages come from traced twins of the cells and never give headline "
	"figures; means of stages add up to the mean latency, their medians "
	"and p99 do not. Unattributed is what no probe or stamp accounts for.",
	"Do not carry figures over to another host. Distrust a run with steal "
	"time, a changing clock frequency, or other work on its CPUs.",
	NULL,
};

const char *report_verdict_word(enum verdict v)
{
	static const char *const words[] = {
		[VERDICT_EQUIVALENT] = "on par",
		[VERDICT_IMPROVED] = "faster",
		[VERDICT_REGRESSED] = "slower",
		[VERDICT_INCONCLUSIVE] = "cannot tell",
	};

	return words[v];
}

/* Three digits that mean something, also far from 1. */
static int digits_of(const struct ratio *r)
{
	double least = fmin(r->value, r->low);

	return least >= 10 ? 1 : least >= 0.2 ? 2 : least >= 0.02 ? 3 : 4;
}

char *report_ratio_text(char *buf, size_t len, const struct ratio *r)
{
	int d = digits_of(r);

	if (!r->valid)
		snprintf(buf, len, "–");
	else if (r->value < 0.001)
		snprintf(buf, len, "<0.001×");
	else if (r->n == 1)
		snprintf(buf, len, "%.*f×", d, r->value);
	else if (r->interval)
		snprintf(buf, len, "%.*f× (%.*f–%.*f)", d, r->value, d, r->low,
			 d, r->high);
	else
		snprintf(buf, len, "%.*f× [%.*f–%.*f]", d, r->value, d, r->low,
			 d, r->high);
	return buf;
}

/* "27.1× faster than qsd-blk by median latency (1.77–39.9)" */
static int say_factor(char *buf, size_t len, const struct report_comparison *k,
		      const struct report_member *m)
{
	const struct ratio *r = &m->ratio[k->primary];
	const struct factor f = factor_of(r, k->primary);
	const char *what = metric_table[k->primary].what;
	bool decided = r->verdict == VERDICT_IMPROVED ||
		       r->verdict == VERDICT_REGRESSED;
	char number[24], bounds[64];

	factor_number(number, sizeof(number), f.value);
	factor_bounds(bounds, sizeof(bounds), r, f.low, f.high);
	if (decided)
		return snprintf(buf, len, "%s× %s than %.60s by %s %s", number,
				f.word, m->reference->name, what, bounds);
	return snprintf(buf, len, "%s%s× %.60s by %s%s%s",
			!r->interval ? "" :
			r->verdict == VERDICT_EQUIVALENT ? "on par, " :
							   "cannot tell, ",
			number, m->reference->name, what, *bounds ? " " : "",
			bounds);
}

/* "; device CPU/req 1.93µs against 18.4µs, 9.51× less" */
static void say_price(char *buf, size_t len, const struct report_comparison *k,
		      const struct report_member *m)
{
	enum metric_id id = price_metric(k);
	const struct metric *ref;
	char value[40], other[40], factor[48];

	if (id == METRIC_COUNT || !m->cell->metric[id].n)
		return;
	ref = &m->reference->cell->metric[id];
	snprintf(buf, len, "; %s %s against %s", metric_table[id].title,
		 units_value(value, sizeof(value), m->cell->metric[id].value,
			     metric_table[id].unit),
		 units_value(other, sizeof(other), ref->value,
			     metric_table[id].unit));
	if (m->ratio[id].valid && m->ratio[id].verdict != VERDICT_INCONCLUSIVE)
		snprintf(buf + strlen(buf), len - strlen(buf), ", %s",
			 factor_short(factor, sizeof(factor), &m->ratio[id],
				      id));
}

static void say_undecided(char *buf, size_t len, const struct ratio *ratio)
{
	if (!ratio->interval)
		snprintf(buf, len, "; %d %s too few, it takes at least %d",
			 ratio->n, ratio->n == 1 ? "block is" : "blocks are",
			 STATS_MIN_BLOCKS);
	else
		snprintf(buf, len, "; %d blocks show changes from %.0f %% on",
			 ratio->n, ratio->visible * 100);
}

char *report_sentence(char *buf, size_t len, const struct report_comparison *k,
		      const struct report_member *m)
{
	const struct ratio *ratio = &m->ratio[k->primary];
	const struct cell *c = m->cell;
	int at;

	if (!c->blocks_ok) {
		snprintf(buf, len, "%s: %s, %.*s.", m->name, c->status,
			 (int)strcspn(c->reason, "\n"), c->reason);
		return utf8_repair(buf);
	}
	if (!m->reference || !ratio->valid) {
		snprintf(buf, len, "%s: no ratio, %s.", m->name,
			 m->reference && ratio->reason
				 ? ratio->reason
				 : "no reference was measured under this "
				   "driver");
		return buf;
	}
	at = snprintf(buf, len, "%s: ", m->name);
	at += say_factor(buf + at, len - (size_t)at, k, m);
	if (ratio->verdict == VERDICT_INCONCLUSIVE)
		say_undecided(buf + at, len - (size_t)at, ratio);
	say_price(buf + strlen(buf), len - strlen(buf), k, m);
	return utf8_repair(buf);
}

static bool has_target(const struct report *r, const char *target)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (!strcmp(r->cell[i].target, target))
			return true;
	return false;
}

char *report_references(char *buf, size_t len, const struct report *r)
{
	const json_t *name;
	size_t i;

	snprintf(buf, len, "%.60s", r->reference);
	json_array_foreach((json_t *)r->references, i, name)
		if (i && json_is_string(name) &&
		    has_target(r, json_string_value(name)))
			snprintf(buf + strlen(buf), len - strlen(buf),
				 ", else %.60s", json_string_value(name));
	return utf8_repair(buf);
}
