/* SPDX-License-Identifier: MIT */
#include "plots.h"

#include <math.h>
#include <string.h>

#include "../lib/util.h"
#include "plot.h"
#include "utf8.h"

/* Mid-tones that stand out on white and on black alike. */
const char *plots_target_colour(int i)
{
	static const char *const colours[] = {
		"#8a8f98", "#2f7fe0", "#e0792b", "#2a9d64",
		"#a35bd6", "#c94a5a", "#b3a53c", "#35b5c4",
		"#d68fb8", "#7f5539", "#5b5bd6", "#7cb342",
	};

	return colours[(size_t)i % ARRAY_SIZE(colours)];
}

/* Reds and oranges for the way in, blues for the device, greens back. */
const char *plots_stage_colour(int stage)
{
	static const char *const colours[STAGE_COUNT] = {
		[STAGE_PUBLISH] = "#7f5539",
		[STAGE_KICK_EXIT] = "#c28e0e",
		[STAGE_KICK_SIGNAL] = "#f2b705",
		[STAGE_DEVICE_WAKEUP] = "#e0792b",
		[STAGE_DEVICE_RESUME] = "#c94a5a",
		[STAGE_VHOST_RING] = "#4a3fb5",
		[STAGE_AVAIL_WAIT] = "#d68fb8",
		[STAGE_DEVICE_SUBMIT] = "#a35bd6",
		[STAGE_DEVICE_IO] = "#5b5bd6",
		[STAGE_DEVICE_PUSH] = "#2f7fe0",
		[STAGE_CALL_SIGNAL] = "#35b5c4",
		[STAGE_IRQ_ACCEPT] = "#1f8a8a",
		[STAGE_DRIVER_WAKEUP] = "#2a9d64",
		[STAGE_IRQ_ENTER] = "#54b06a",
		[STAGE_DRIVER_RESUME] = "#7cb342",
		[STAGE_USED_WAIT] = "#b3a53c",
		[STAGE_UNATTRIBUTED] = "#9aa0a6",
	};

	return colours[stage];
}

/* What to divide by so that axis numbers are short. */
struct scale {
	double factor;
	const char *unit;
};

static struct scale scale_of(double max, const char *unit)
{
	static const struct scale times[] = {
		{ 1e9, "s" }, { 1e6, "ms" }, { 1e3, "µs" }, { 1, "ns" }
	};
	static const struct scale bits[] = { { 1e9, "Gbit/s" },
					     { 1e6, "Mbit/s" },
					     { 1, "bit/s" } };
	static const struct scale bytes[] = { { 1 << 30, "GiB/s" },
					      { 1 << 20, "MiB/s" },
					      { 1, "B/s" } };
	static const struct scale counts[] = { { 1e6, "million" },
					       { 1e3, "thousand" },
					       { 1, "" } };
	const struct scale *s = !strcmp(unit, "ns")	 ? times
				: !strcmp(unit, "bit/s") ? bits
				: !strcmp(unit, "B/s")	 ? bytes
							 : counts;

	while (max < s->factor && s->factor > 1)
		s++;
	return *s;
}

static void put_target_tics(FILE *out, const struct report_comparison *k)
{
	int i;

	fputs("set ytics (", out);
	for (i = 0; i < k->nr_measured; i++) {
		fputs(i ? ", " : "", out);
		plot_put_string(out, k->member[i].name);
		fprintf(out, " %d", i);
	}
	fprintf(out, ")\nset yrange [%g:-0.6]\nset border 1\n",
		k->nr_measured - 0.4);
}

static void put_raw(FILE *out, int row, const struct metric *m, double factor)
{
	int i;

	fprintf(out, "$raw%d << EOD\n", row);
	for (i = 0; i < m->n; i++)
		fprintf(out, "%g %g\n", m->raw[i] / factor, row + 0.18);
	fprintf(out, "EOD\n$m%d << EOD\n%g %d %g %g\nEOD\n", row,
		m->value / factor, row, m->low / factor, m->high / factor);
}

/* @what per target that was measured, "plot" in front of the first. */
static int measured(const struct report_comparison *k)
{
	int i, n = 0;

	for (i = 0; i < k->nr_measured; i++)
		n += k->member[i].cell->metric[k->primary].n > 0;
	return n;
}

/* Some four tics: 1, 2 or 5 times a power of ten apart. */
static double tic_step(double max)
{
	double rough = fmax(max, 1e-6) / 4;
	double ten = pow(10, floor(log10(rough)));
	double n = rough / ten;

	return ten * (n > 5 ? 10 : n > 2 ? 5 : n > 1 ? 2 : 1);
}

int plots_blocks(const struct report_comparison *k, const char *name,
		 char **svg, struct err *e)
{
	const struct metric_info *info = &metric_table[k->primary];
	const char *sep = "plot ", *colour;
	const struct metric *m;
	struct scale s;
	double max = 0;
	struct plot p;
	int i, j, ret;

	*svg = NULL;
	if (!measured(k))
		return 0;
	ret = plot_open(&p, name, PLOT_WIDTH, 90 + 46 * k->nr_measured, e);
	if (ret < 0)
		return ret;
	for (i = 0; i < k->nr_measured; i++) {
		m = &k->member[i].cell->metric[k->primary];
		for (j = 0; j < m->n; j++)
			max = fmax(max, m->raw[j]);
	}
	s = scale_of(max, info->unit);
	put_target_tics(p.script, k);
	fprintf(p.script,
		"set xrange [0:%g]\nset xtics %g\n"
		"set title \"%s, every block\"\nset xlabel \"%s%s\"\n",
		max / s.factor * 1.05 + 1e-9, tic_step(max / s.factor),
		info->what, s.unit,
		strcmp(info->unit, "1/s") ? "" : " a second");
	for (i = 0; i < k->nr_measured; i++) {
		m = &k->member[i].cell->metric[k->primary];
		if (m->n)
			put_raw(p.script, i, m, s.factor);
	}
	for (i = 0; i < k->nr_measured; i++) {
		if (!k->member[i].cell->metric[k->primary].n)
			continue;
		colour = plots_target_colour(i);
		fprintf(p.script,
			"%s$raw%d using 1:2 with points pt 6 ps 0.6 lc rgb "
			"\"%s\", $m%d using 3:2:($4-$3):(0) with vectors "
			"nohead lw 3 lc rgb \"%s\", $m%d using 1:2 with "
			"points pt 7 ps 0.9 lc rgb \"%s\"",
			sep, i, colour, i, colour, i, colour);
		sep = ", ";
	}
	fputc('\n', p.script);
	return plot_finish(&p, svg, e);
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
		fprintf(out, "%g %g\n", x,
			fmax(hist_sum_quantile(h, 1 - pow(10, -x)), 1));
	fputs("EOD\n", out);
}

int plots_latency(const struct report_comparison *k, const char *name,
		  char **svg, struct err *e)
{
	const char *sep = "plot ";
	const struct hist_sum *h;
	struct plot p;
	int i, ret, n = 0;

	*svg = NULL;
	for (i = 0; i < k->nr_measured; i++)
		n += k->member[i].cell->latency &&
		     k->member[i].cell->latency->count;
	if (!n)
		return 0;
	ret = plot_open(&p, name, PLOT_WIDTH, n > 3 ? 300 + 18 * n : 300, e);
	if (ret < 0)
		return ret;
	put_time_tics(p.script);
	/* Many names would lie on the lines. */
	fputs(n > 3 ? "set key below vertical maxcols 1\n"
		    : "set key top left\n",
	      p.script);
	fputs("set title \"latency by percentile of requests\"\n"
	      "set xtics (\"0\" 0, \"50\" 0.30103, \"90\" 1, \"99\" 2, "
	      "\"99.9\" 3, \"99.99\" 4, \"99.999\" 5)\n"
	      "set xrange [0:*]\n",
	      p.script);
	for (i = 0; i < k->nr_measured; i++) {
		h = k->member[i].cell->latency;
		if (h && h->count)
			put_quantiles(p.script, i, h);
	}
	for (i = 0; i < k->nr_measured; i++) {
		h = k->member[i].cell->latency;
		if (!h || !h->count)
			continue;
		fprintf(p.script,
			"%s$h%d using 1:2 with lines lw 2 lc rgb "
			"\"%s\" title ",
			sep, i, plots_target_colour(i));
		plot_put_string(p.script, k->member[i].name);
		sep = ", ";
	}
	fputc('\n', p.script);
	return plot_finish(&p, svg, e);
}

static void put_stack(FILE *out, int row, const struct cell *traced,
		      double factor)
{
	const struct cell_stage *s;
	double from = 0, to;
	int i;

	for (i = 0; i < STAGE_COUNT; i++) {
		s = &traced->stage[i];
		if (!s->present || s->sum_ns <= 0)
			continue;
		to = from + s->sum_ns / (double)traced->latency->count;
		fprintf(out, "%g %d %g %g %g %g 0x%s\n", from / factor, row,
			from / factor, to / factor, row - 0.32, row + 0.32,
			plots_stage_colour(i) + 1);
		from = to;
	}
}

/* Two columns right of the bars: what a typical and what a slow one take. */
static void put_quantile_columns(FILE *out, const struct report_comparison *k)
{
	static const struct {
		const char *title;
		double q, at;
	} columns[] = { { "p50", .5, .915 }, { "p99", .99, .99 } };
	const struct cell *t;
	char text[40];
	size_t c;
	int i;

	fputs("set rmargin at screen 0.84\n", out);
	for (c = 0; c < ARRAY_SIZE(columns); c++) {
		fprintf(out, "set label \"%s\" at screen %g, first -0.8 right\n",
			columns[c].title, columns[c].at);
		for (i = 0; i < k->nr_measured; i++) {
			t = k->member[i].cell->twin;
			if (!t || !t->has_stages)
				continue;
			metric_text(text, sizeof(text),
				    hist_sum_quantile(t->latency, columns[c].q),
				    "ns");
			fprintf(out,
				"set label \"%s\" at screen %g, first %d right\n",
				text, columns[c].at, i);
		}
	}
}

int plots_stages(const struct report_comparison *k, const char *name,
		 char **svg, struct err *e)
{
	const struct cell *t;
	double max = 0;
	struct scale s;
	struct plot p;
	int i, ret;

	*svg = NULL;
	for (i = 0; i < k->nr_measured; i++) {
		t = k->member[i].cell->twin;
		if (t && t->has_stages)
			max = fmax(max, hist_sum_mean(t->latency));
	}
	if (max <= 0)
		return 0;
	ret = plot_open(&p, name, PLOT_WIDE, 90 + 40 * k->nr_measured, e);
	if (ret < 0)
		return ret;
	s = scale_of(max, "ns");
	put_target_tics(p.script, k);
	put_quantile_columns(p.script, k);
	fprintf(p.script,
		"set title \"where the mean latency goes (traced)\"\n"
		"set xlabel \"%s\"\nset xrange [0:%g]\n$s << EOD\n",
		s.unit, max / s.factor * 1.05);
	for (i = 0; i < k->nr_measured; i++) {
		t = k->member[i].cell->twin;
		if (t && t->has_stages)
			put_stack(p.script, i, t, s.factor);
	}
	fputs("EOD\nplot $s using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 "
	      "noborder lc rgb variable\n",
	      p.script);
	return plot_finish(&p, svg, e);
}
