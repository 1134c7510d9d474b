/* SPDX-License-Identifier: MIT */
/* Factors against the reference, on an axis of logarithms that reads as the
 * tables do: "2× faster" is right of 1, "2× slower" left of it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "plots.h"
#include "utf8.h"

#define OVERVIEW_ROWS 30 /* more are no overview */

/* How far the factors reach. */
struct reach {
	double least, most;
};

static bool is_drawn(const struct report_comparison *k,
		     const struct report_member *m)
{
	return !report_is_reference(m) && m->ratio[k->primary].valid;
}

/* Value, low and high, where right of 1 is better, whatever the metric. */
struct gain {
	double value, low, high;
};

static struct gain gain_of(const struct report_comparison *k,
			   const struct report_member *m)
{
	const struct ratio *r = &m->ratio[k->primary];

	if (metric_table[k->primary].lower_better)
		return (struct gain){ 1 / r->value, 1 / r->high, 1 / r->low };
	return (struct gain){ r->value, r->low, r->high };
}

static void reach_to(struct reach *x, const struct gain *g)
{
	x->least = fmin(x->least, g->low);
	x->most = fmax(x->most, g->high);
}

/* As many as there is room for; 0 ends a list. */
static void put_tics(FILE *out, struct reach x)
{
	static const double fine[] = { 1.1, 1.25, 1.5, 2, 3, 4, 0 };
	static const double some[] = { 1.5, 2, 3, 5, 10, 0 };
	static const double coarse[] = { 2,   5,   10,	 20,	50,
					 100, 200, 1000, 10000, 0 };
	double across = x.most / x.least;
	const double *tic = across < 4 ? fine : across < 12 ? some : coarse;

	fputs("set xtics (\"1\" 1", out);
	for (; *tic; tic++)
		fprintf(out, ", \"%g×\" %g, \"%g×\" %g", *tic, *tic, *tic,
			1 / *tic);
	fputs(")\n", out);
}

static void put_axes(FILE *out, const struct report *r, double last,
		     struct reach x)
{
	fputs("set logscale x\nset xlabel ", out);
	plot_put_string(out, "slower ←   factor against the reference   → "
			     "faster");
	fputs(" offset 0,0.3\n", out);
	put_tics(out, x);
	fprintf(out,
		"set border 1\nset yrange [%g:-0.9]\n"
		"set xrange [%g:%g]\n"
		"set object rectangle from %g,graph 0 to %g,graph 1 fs solid "
		"0.15 noborder fc rgb \"#888888\" behind\n"
		"set arrow from 1,graph 0 to 1,graph 1 nohead lc rgb "
		"\"#777777\"\n",
		last, fmin(x.least, 0.88) / 1.02, fmax(x.most, 1.12) * 1.02,
		1 / (1 + r->threshold), 1 + r->threshold);
}

/* One line of the overview. */
struct row {
	const struct report_comparison *k;
	const struct report_member *m;
};

static const struct ratio *ratio_of_row(const struct row *r)
{
	return &r->m->ratio[r->k->primary];
}

/* Decided ones first, then what is farthest from 1. */
static int by_weight(const void *a, const void *b)
{
	const struct ratio *x = ratio_of_row(a), *y = ratio_of_row(b);
	int undecided = (x->verdict == VERDICT_INCONCLUSIVE) -
			(y->verdict == VERDICT_INCONCLUSIVE);
	double more = fabs(log(y->value)) - fabs(log(x->value));

	return undecided ?: more > 0 ? 1 : -(more < 0);
}

static int by_place(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->k != y->k)
		return x->k > y->k ? 1 : -1;
	return x->m > y->m ? 1 : -(x->m < y->m);
}

static int collect_rows(const struct report *r, struct row *row)
{
	const struct report_comparison *k;
	int i, j, nr = 0;

	for (i = 0; i < r->nr_comparisons; i++) {
		k = &r->comparison[i];
		for (j = 0; j < k->nr_measured; j++)
			if (is_drawn(k, &k->member[j]))
				row[nr++] = (struct row){ k, &k->member[j] };
	}
	return nr;
}

static int verdict_kind(const struct ratio *r)
{
	return r->verdict == VERDICT_IMPROVED  ? 0 :
	       r->verdict == VERDICT_REGRESSED ? 1 : 2;
}

/* The rows of one kind of verdict, as a data block. */
static void put_kind(FILE *out, const struct row *row, int nr, int kind)
{
	struct gain g;
	int i;

	/* One that is never in sight, as a block must have something in it. */
	fprintf(out, "$d%d << EOD\n-99 1 1 1\n", kind);
	for (i = 0; i < nr; i++) {
		if (verdict_kind(ratio_of_row(&row[i])) != kind)
			continue;
		g = gain_of(row[i].k, row[i].m);
		fprintf(out, "%d %.4g %.4g %.4g\n", i, g.value, g.low, g.high);
	}
	fputs("EOD\n", out);
}

static void put_row_names(FILE *out, const struct row *row, int nr)
{
	char label[320];
	int i, widest = 0;

	fputs("set ytics (", out);
	for (i = 0; i < nr; i++) {
		snprintf(label, sizeof(label), "%.40s · %.90s (%s)",
			 row[i].m->name, row[i].k->label,
			 metric_table[row[i].k->primary].title);
		fputs(i ? ", " : "", out);
		plot_put_string(out, utf8_repair(label));
		fprintf(out, " %d", i);
		widest = MAX(widest, table_width(label));
	}
	/* gnuplot takes letters for wider than they are. */
	fprintf(out,
		") scale 0 font \"sans-serif,11\"\n"
		"set lmargin at screen %g\n"
		"set key below horizontal Left reverse samplen 1 height 1\n",
		fmin(0.6, 0.02 + widest * 6.1 / PLOT_WIDE));
}

static void put_overview(FILE *out, const struct report *r,
			 const struct row *row, int nr)
{
	static const char *const kinds[][2] = {
		{ "faster", "#1f9d5c" },
		{ "slower", "#d13b52" },
		{ "on par or undecided", "#8a8f98" },
	};
	struct reach x = { 1, 1 };
	struct gain g;
	size_t i;
	int j;

	for (j = 0; j < nr; j++) {
		g = gain_of(row[j].k, row[j].m);
		reach_to(&x, &g);
	}
	put_row_names(out, row, nr);
	put_axes(out, r, nr - 0.4, x);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		put_kind(out, row, nr, (int)i);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		fprintf(out,
			"%s $d%zu using 3:1:($4-$3):(0) with vectors nohead "
			"lw 3 lc rgb \"%s\" notitle, $d%zu using 2:1 with "
			"points pt 7 ps 0.8 lc rgb \"%s\" title \"%s\"",
			i ? "," : "plot", i, kinds[i][1], i, kinds[i][1],
			kinds[i][0]);
	fputc('\n', out);
}

int plots_overview(const struct report *r, struct plotter *g, FILE *out,
		   struct err *e)
{
	struct row *row = calloc((size_t)r->nr_cells + 1, sizeof(*row));
	int all = row ? collect_rows(r, row) : 0;
	int ret = 0, nr = MIN(all, OVERVIEW_ROWS);
	struct plot p;

	if (!row)
		return err_set(e, -ENOMEM, "no memory");
	if (!all)
		goto out;
	if (nr < all) {
		qsort(row, (size_t)all, sizeof(*row), by_weight);
		qsort(row, (size_t)nr, sizeof(*row), by_place);
	}
	ret = plot_open(&p, PLOT_WIDE, 100 + 24 * nr, e,
			"Plot: factors against the reference, %d of %d", nr, all);
	if (ret < 0)
		goto out;
	if (nr < all)
		fprintf(p.script,
			"set title \"the %d largest factors of %d\"\n", nr,
			all);
	put_overview(p.script, r, row, nr);
	ret = plot_finish(&p, g, out, e) ?: 1;
out:
	free(row);
	return ret;
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
		     const int *row, struct reach *x)
{
	double at = (load + 0.5) / g->nr_loads * ROW_STEP - ROW_STEP / 2;
	const struct report_comparison *k = g->load[load];
	const struct report_member *m;
	struct gain v;
	int i;

	fprintf(out, "$g%d << EOD\n", load);
	for (i = 0; i < g->nr_names; i++) {
		m = drawn(g, load, i);
		if (!m)
			continue;
		v = gain_of(k, m);
		reach_to(x, &v);
		fprintf(out, "%g %.4g %.4g %.4g\n", row[i] + at, v.value,
			v.low, v.high);
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
	fputs(") scale 0\nset ylabel \"target\"\n"
	      "set key below vertical maxcols 1 Left reverse samplen 1 "
	      "height 1\n",
	      out);
}

static void put_plots(FILE *out, const struct glance *g)
{
	const char *sep = "plot ", *colour;
	char title[240];
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
		snprintf(title, sizeof(title), "%s (%s)", g->label[j],
			 metric_table[g->load[j]->primary].title);
		plot_put_string(out, utf8_repair(title));
		sep = ", ";
	}
	fputc('\n', out);
}

int plots_glance(const struct glance *glance, struct plotter *g, FILE *out,
		 struct err *e)
{
	int *row = calloc((size_t)glance->nr_names + 1, sizeof(*row));
	struct reach x = { 1, 1 };
	int j, rows, ret = 0;
	struct plot p;

	if (!row)
		return err_set(e, -ENOMEM, "no memory");
	rows = number_rows(glance, row);
	if (!rows || glance->nr_loads >= PLOTS_COLOURS)
		goto out; /* colours would stand for two loads each */
	ret = plot_open(&p, PLOT_WIDE,
			90 + rows * (14 + 7 * glance->nr_loads) +
				18 * glance->nr_loads,
			e, "Plot: factors against the reference. %s", glance->title);
	if (ret < 0)
		goto out;
	for (j = 0; j < glance->nr_loads; j++)
		put_load(p.script, glance, j, row, &x);
	put_axes(p.script, glance->report, rows - 0.4, x);
	put_lines(p.script, glance, row);
	put_plots(p.script, glance);
	ret = plot_finish(&p, g, out, e) ?: 1;
out:
	free(row);
	return ret;
}
