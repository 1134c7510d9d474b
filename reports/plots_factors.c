/* SPDX-License-Identifier: MIT */
/* Factors against the reference, on an axis of logarithms. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "plot.h"
#include "plots.h"
#include "utf8.h"

/* Better than the reference is right of 1, whatever the metric. */
static void gain_of(const struct ratio *r, bool lower_better, double *v)
{
	v[0] = lower_better ? 1 / r->value : r->value;
	v[1] = lower_better ? 1 / r->high : r->low;
	v[2] = lower_better ? 1 / r->low : r->high;
}

static bool is_drawn(const struct report_comparison *k,
		     const struct report_member *m)
{
	return !report_is_reference(m) && m->ratio[k->primary].valid;
}

static void put_gain(FILE *out, const struct report_comparison *k,
		     const struct report_member *m, int row, double *least,
		     double *most)
{
	char label[320];
	double v[3];

	gain_of(&m->ratio[k->primary], metric_table[k->primary].lower_better,
		v);
	*least = fmin(*least, v[1]);
	*most = fmax(*most, v[2]);
	snprintf(label, sizeof(label), "%s · %s", m->name, k->label);
	fprintf(out, "%d %g %g %g %s ", row, v[0], v[1], v[2],
		m->ratio[k->primary].interval ? "0x2f7fe0" : "0x9aa0a6");
	plot_put_string(out, utf8_repair(label));
	fputc('\n', out);
}

static void put_gain_axes(FILE *out, const struct report *r, double last,
			  double least, double most)
{
	static const char fine[] = "0.33,0.5,0.67,0.8,0.9,1,1.1,1.25,1.5,2,3";
	static const char coarse[] = "0.001,0.01,0.02,0.05,0.1,0.2,0.5,1,2,5,"
				     "10,20,50,100,1000";

	fputs("set logscale x\nset xlabel ", out);
	plot_put_string(out, "speed against the reference: right of 1 is "
			     "faster");
	fprintf(out,
		"\nset border 1\nset yrange [%g:-0.9]\n"
		"set xrange [%g:%g]\n"
		"set xtics (%s)\n"
		"set object rectangle from %g,graph 0 to %g,graph 1 fs solid "
		"0.15 noborder fc rgb \"#2a9d64\" behind\n"
		"set arrow from 1,graph 0 to 1,graph 1 nohead lc rgb "
		"\"#777777\"\n",
		last, fmin(least, 0.88) / 1.02, fmax(most, 1.12) * 1.02,
		most / least < 4 ? fine : coarse, 1 / (1 + r->threshold),
		1 + r->threshold);
}

int plots_overview(const struct report *r, const char *name, char **svg,
		   struct err *e)
{
	double least = 1, most = 1;
	int i, j, ret, rows = 0;
	struct plot p;

	*svg = NULL;
	for (i = 0; i < r->nr_comparisons; i++)
		for (j = 0; j < r->comparison[i].nr; j++)
			rows += is_drawn(&r->comparison[i],
					 &r->comparison[i].member[j]);
	if (!rows)
		return 0;
	ret = plot_open(&p, name, PLOT_WIDTH, 70 + 36 * rows, e);
	if (ret < 0)
		return ret;
	fputs("$d << EOD\n", p.script);
	rows = 0;
	for (i = 0; i < r->nr_comparisons; i++)
		for (j = 0; j < r->comparison[i].nr; j++)
			if (is_drawn(&r->comparison[i],
				     &r->comparison[i].member[j]))
				put_gain(p.script, &r->comparison[i],
					 &r->comparison[i].member[j], rows++,
					 &least, &most);
	fputs("EOD\n", p.script);
	put_gain_axes(p.script, r, rows - 0.4, least, most);
	fprintf(p.script,
		"unset ytics\nplot $d using 3:1:($4-$3):(0):5 with vectors "
		"nohead lw 3 lc "
		"rgb variable, $d using 2:1:5 with points pt 7 ps 0.8 lc rgb "
		"variable, $d using (%g):($1-0.42):6 with labels left font "
		"\"sans-serif,11\"\n",
		fmin(least, 0.88) / 1.01);
	return plot_finish(&p, svg, e);
}

#define ROW_STEP 0.8 /* of a line of the plot is for its loads */

static const struct report_member *drawn(const struct glance *g, int load,
					 int name)
{
	const struct report_member *m = glance_member(g, load, name);

	return m && is_drawn(g->load[load], m) ? m : NULL;
}

/* Lines that have something to draw, numbered; the others are -1. */
static int number_rows(const struct glance *g, int *row)
{
	int i, j, rows = 0;

	for (i = 0; i < g->nr_names; i++) {
		row[i] = -1;
		for (j = 0; j < g->nr_loads && row[i] < 0; j++)
			if (drawn(g, j, i))
				row[i] = rows++;
	}
	return rows;
}

/* The points of one load, a little below those of the one before. */
static void put_load(FILE *out, const struct glance *g, int load,
		     const int *row, double *least, double *most)
{
	double at = (load + 0.5) / g->nr_loads * ROW_STEP - ROW_STEP / 2;
	const struct report_comparison *k = g->load[load];
	const struct report_member *m;
	double v[3];
	int i;

	fprintf(out, "$g%d << EOD\n", load);
	for (i = 0; i < g->nr_names; i++) {
		m = drawn(g, load, i);
		if (!m)
			continue;
		gain_of(&m->ratio[k->primary],
			metric_table[k->primary].lower_better, v);
		*least = fmin(*least, v[1]);
		*most = fmax(*most, v[2]);
		fprintf(out, "%g %g %g %g\n", row[i] + at, v[0], v[1], v[2]);
	}
	fputs("EOD\n", out);
}

static bool has_load(const struct glance *g, int load)
{
	int i;

	for (i = 0; i < g->nr_names; i++)
		if (drawn(g, load, i))
			return true;
	return false;
}

static void put_lines(FILE *out, const struct glance *g, const int *row)
{
	const char *sep = "";
	int i;

	fputs("set ytics (", out);
	for (i = 0; i < g->nr_names; i++) {
		if (row[i] < 0)
			continue;
		fputs(sep, out);
		plot_put_string(out, g->name[i]);
		fprintf(out, " %d", row[i]);
		sep = ", ";
	}
	fputs(") scale 0\nset key outside right top vertical maxcols 1 Left "
	      "reverse\n",
	      out);
}

static void put_plots(FILE *out, const struct glance *g)
{
	const char *sep = "plot ", *colour;
	int j;

	for (j = 0; j < g->nr_loads; j++) {
		if (!has_load(g, j))
			continue;
		colour = plots_target_colour(j + 1);
		fprintf(out,
			"%s$g%d using 3:1:($4-$3):(0) with vectors nohead lw 2 "
			"lc rgb \"%s\" notitle, $g%d using 2:1 with points "
			"pt 7 ps 0.7 lc rgb \"%s\" title ",
			sep, j, colour, j, colour);
		plot_put_string(out, g->label[j]);
		sep = ", ";
	}
	fputc('\n', out);
}

int plots_glance(const struct glance *g, const char *name, char **svg,
		 struct err *e)
{
	double least = 1, most = 1;
	struct plot p;
	int *row = calloc((size_t)g->nr_names + 1, sizeof(*row));
	int j, rows, ret = -ENOMEM;

	*svg = NULL;
	rows = row ? number_rows(g, row) : 0;
	if (row)
		ret = plot_open(&p, name, PLOT_WIDE,
				90 + MAX(rows * (14 + 7 * g->nr_loads),
					 18 * g->nr_loads),
				e);
	if (ret < 0)
		goto out;
	for (j = 0; j < g->nr_loads; j++)
		put_load(p.script, g, j, row, &least, &most);
	put_gain_axes(p.script, g->report, rows - 0.4, least, most);
	put_lines(p.script, g, row);
	put_plots(p.script, g);
	ret = plot_finish(&p, svg, e);
out:
	free(row);
	return ret;
}
