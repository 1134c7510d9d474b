/* SPDX-License-Identifier: MIT */
#include "plots.h"

#include <math.h>
#include <string.h>

#include "lib/util.h"
#include "plot.h"
#include "utf8.h"

/* Strong mid-tones, which stand out on white and on black alike. */
const char *plots_target_colour(int i)
{
	static const char *const colours[PLOTS_COLOURS] = {
		"#8a8f98", "#2f7fe0", "#e0672b", "#1f9d5c",
		"#a04bd6", "#d13b52", "#a89a1c", "#17a7b8",
		"#d65f9f", "#8a5a3a", "#5b5bd6", "#6fae2a",
	};

	return colours[(size_t)i % ARRAY_SIZE(colours)];
}

struct plots_scale plots_scale_of(double max, const char *unit)
{
	static const struct plots_scale times[] = {
		{ 1e9, "s" }, { 1e6, "ms" }, { 1e3, "µs" }, { 1, "ns" }
	};
	static const struct plots_scale bits[] = { { 1e9, "Gbit/s" },
					     { 1e6, "Mbit/s" },
					     { 1, "bit/s" } };
	static const struct plots_scale bytes[] = { { 1 << 30, "GiB/s" },
					      { 1 << 20, "MiB/s" },
					      { 1, "B/s" } };
	static const struct plots_scale counts[] = { { 1e6, "million" },
					       { 1e3, "thousand" },
					       { 1, "" } };
	const struct plots_scale *s = !strcmp(unit, "ns")	 ? times
				: !strcmp(unit, "bit/s") ? bits
				: !strcmp(unit, "B/s")	 ? bytes
							 : counts;

	while (max < s->factor && s->factor > 1)
		s++;
	return *s;
}

void plots_put_targets(FILE *out, const struct report_comparison *k)
{
	int i;

	fputs("set ytics (", out);
	for (i = 0; i < k->nr_measured; i++) {
		fputs(i ? ", " : "", out);
		plot_put_string(out, k->member[i].name);
		fprintf(out, " %d", i);
	}
	fprintf(out,
		")\nset yrange [%g:-0.6]\nset border 1\n"
		"set ylabel \"target\"\n",
		k->nr_measured - 0.4);
}

/* Points are lines of no length, next to each other: that takes a third of the
 * text of a marker. Three heights keep equal ones apart. */
static void put_raw(FILE *out, int row, const struct metric *m,
		    const char *colour, double factor)
{
	int i;

	fprintf(out, "$raw%d << EOD\n", row);
	for (i = 0; i < m->n; i++)
		fprintf(out, "%.5g %g\n", m->raw[i] / factor,
			row + 0.2 + 0.07 * (i % 3));
	fprintf(out, "EOD\n$m%d << EOD\n%.5g %d %.5g %.5g\nEOD\n", row,
		m->value / factor, row, m->low / factor, m->high / factor);
	fprintf(out, "c%d = \"%s\"\n", row, colour);
}

static void put_point_plots(FILE *out, int row, double least, bool first)
{
	fprintf(out,
		"%s$raw%d using 1:2:(%g):(0) with vectors nohead lw 4.5 lc rgb "
		"c%d, $m%d using 3:2:($4-$3):(0) with vectors nohead lw 3 lc "
		"rgb c%d, $m%d using 1:2 with points pt 7 ps 0.9 lc rgb c%d",
		first ? "plot " : ", ", row, least, row, row, row, row, row);
}

static double largest(const struct report_comparison *k)
{
	const struct metric *m;
	double max = 0;
	int i, j;

	for (i = 0; i < k->nr_measured; i++) {
		m = &k->member[i].cell->metric[k->primary];
		for (j = 0; j < m->n; j++)
			max = fmax(max, m->raw[j]);
	}
	return max;
}

/* Some four tics: 1, 2 or 5 times a power of ten apart. */
static double tic_step(double max)
{
	double rough = fmax(max, 1e-6) / 4;
	double ten = pow(10, floor(log10(rough)));
	double n = rough / ten;

	return ten * (n > 5 ? 10 : n > 2 ? 5 : n > 1 ? 2 : 1);
}

static void put_value_axis(FILE *out, const struct metric_info *info,
			   struct plots_scale s, double max)
{
	fprintf(out,
		"set xrange [0:%g]\nset xtics %g\n"
		"set title \"%s, every block\"\nset xlabel \"%s%s%s%s\"\n",
		max / s.factor * 1.05 + 1e-9, tic_step(max / s.factor),
		info->what, info->what, *s.unit ? ", " : "", s.unit,
		!strcmp(info->unit, "1/s") && *s.unit ? " a second" : "");
}

int plots_blocks(const struct report_comparison *k, struct plotter *g,
		 FILE *out, struct err *e)
{
	const struct metric_info *info = &metric_table[k->primary];
	double max = largest(k);
	struct plots_scale s = plots_scale_of(max, info->unit);
	const struct metric *m;
	bool first = true;
	struct plot p;
	int i, ret;

	for (i = 0; i < k->nr_measured; i++)
		first = first && !k->member[i].cell->metric[k->primary].n;
	if (first)
		return 0;
	ret = plot_open(&p, PLOT_WIDTH, 90 + 46 * k->nr_measured, e,
			"Plot: %s of every block, %s", info->what, k->heading);
	if (ret < 0)
		return ret;
	plots_put_targets(p.script, k);
	put_value_axis(p.script, info, s, max);
	for (i = 0; i < k->nr_measured; i++) {
		m = &k->member[i].cell->metric[k->primary];
		if (m->n)
			put_raw(p.script, i, m, plots_target_colour(i),
				s.factor);
	}
	for (i = 0, first = true; i < k->nr_measured; i++) {
		if (!k->member[i].cell->metric[k->primary].n)
			continue;
		put_point_plots(p.script, i, max / s.factor / 4000, first);
		first = false;
	}
	fputc('\n', p.script);
	return plot_finish(&p, g, out, e) ?: 1;
}

/* Tics at 1, 2 and 5 of each decade, with units. */
static void put_time_tics(FILE *out)
{
	static const struct {
		double ns;
		const char *unit;
	} units[] = { { 1, "ns" }, { 1e3, "µs" }, { 1e6, "ms" }, { 1e9, "s" } };
	static const int steps[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500 };
	size_t i, j;

	fputs("set logscale y\nset ytics (", out);
	for (i = 0; i < ARRAY_SIZE(units); i++)
		for (j = 0; j < ARRAY_SIZE(steps); j++)
			fprintf(out, "%s\"%d%s\" %g", i || j ? "," : "",
				steps[j], units[i].unit,
				steps[j] * units[i].ns);
	fputs(")\n", out);
}

/* x is the number of nines: 1 is 90 %, 2 is 99 %. Up to where at least ten
 * samples lie beyond. */
static void put_quantiles(FILE *out, int i, const struct hist_sum *h)
{
	double x, most = log10((double)h->count / 10);

	fprintf(out, "$h%d << EOD\n", i);
	for (x = 0.02; x <= fmin(fmax(most, 0.5), 5); x += 0.03)
		fprintf(out, "%.4g %.5g\n", x,
			fmax(hist_sum_quantile(h, 1 - pow(10, -x)), 1));
	fputs("EOD\n", out);
}

static const struct hist_sum *latency_of(const struct report_member *m)
{
	const struct hist_sum *h = m->cell->latency;

	return h && h->count ? h : NULL;
}

static void put_latency_axes(FILE *out)
{
	put_time_tics(out);
	/* Below, where it lies on no line. */
	fputs("set key below vertical maxcols 1 Left reverse samplen 2 "
	      "height 1\n"
	      "set title \"latency by percentile of requests\"\n"
	      "set xlabel \"percentile of requests\" offset 0,0.3\n"
	      "set ylabel \"latency\"\n"
	      "set xtics (\"0\" 0, \"50\" 0.30103, \"90\" 1, \"99\" 2, "
	      "\"99.9\" 3, \"99.99\" 4, \"99.999\" 5)\n"
	      "set xrange [0:*]\n",
	      out);
}

int plots_latency(const struct report_comparison *k, struct plotter *g,
		  FILE *out, struct err *e)
{
	const char *sep = "plot ";
	struct plot p;
	int i, ret, n = 0;

	for (i = 0; i < k->nr_measured; i++)
		n += !!latency_of(&k->member[i]);
	if (!n)
		return 0;
	ret = plot_open(&p, PLOT_WIDTH, 300 + 18 * n, e,
			"Plot: latency by percentile of requests, %s",
			k->heading);
	if (ret < 0)
		return ret;
	put_latency_axes(p.script);
	for (i = 0; i < k->nr_measured; i++)
		if (latency_of(&k->member[i]))
			put_quantiles(p.script, i, latency_of(&k->member[i]));
	for (i = 0; i < k->nr_measured; i++) {
		if (!latency_of(&k->member[i]))
			continue;
		fprintf(p.script,
			"%s$h%d using 1:2 with lines lw 2 lc rgb "
			"\"%s\" title ",
			sep, i, plots_target_colour(i));
		plot_put_string(p.script, k->member[i].name);
		sep = ", ";
	}
	fputc('\n', p.script);
	return plot_finish(&p, g, out, e) ?: 1;
}
