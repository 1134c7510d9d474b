/* SPDX-License-Identifier: MIT */
/* Where the time of a request goes: bars of stages. */
#include <math.h>

#include "lib/util.h"
#include "lib/units.h"
#include "plots.h"

/* Softer ones, which fill a bar: sand to red for the way in, violets for the
 * device, greens for the way back. */
const char *plots_stage_colour(int stage)
{
	static const char *const colours[STAGE_COUNT] = {
		[STAGE_PUBLISH] = "#efe0b0",
		[STAGE_KICK_EXIT] = "#e6c27a",
		[STAGE_KICK_SIGNAL] = "#f3b562",
		[STAGE_DEVICE_WAKEUP] = "#e39a6f",
		[STAGE_DEVICE_RESUME] = "#cf7f6b",
		[STAGE_VHOST_RING] = "#b06a72",
		[STAGE_AVAIL_WAIT] = "#e3b7c4",
		[STAGE_DEVICE_SUBMIT] = "#c5a8d8",
		[STAGE_DEVICE_IO] = "#9a86c4",
		[STAGE_DEVICE_PUSH] = "#7f95cf",
		[STAGE_CALL_SIGNAL] = "#9cc4dc",
		[STAGE_IRQ_ACCEPT] = "#6fa9b5",
		[STAGE_DRIVER_WAKEUP] = "#6fb39c",
		[STAGE_IRQ_ENTER] = "#8cc79a",
		[STAGE_DRIVER_RESUME] = "#b4d08c",
		[STAGE_USED_WAIT] = "#d9dc9a",
		[STAGE_UNATTRIBUTED] = "#b9bec6",
	};

	return colours[stage];
}

/* Pale where tracing changes the cell: its stages do not describe it. */
static void put_stack(FILE *out, int row, const struct report_member *m,
		      double factor)
{
	const char *alpha = report_is_distorted(m) ? "a8" : "00";
	const struct cell *traced = m->cell->twin;
	const struct cell_stage *s;
	double from = 0, to;
	int i;

	for (i = 0; i < STAGE_COUNT; i++) {
		s = &traced->stage[i];
		if (!s->present || s->sum_ns <= 0)
			continue;
		to = from + s->sum_ns / (double)traced->latency->count;
		fprintf(out, "%.5g %d %.5g %.5g %g %g 0x%s%s\n", from / factor,
			row, from / factor, to / factor, row - 0.32, row + 0.32,
			alpha, plots_stage_colour(i) + 1);
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
			units_value(text, sizeof(text),
				    hist_sum_quantile(t->latency, columns[c].q),
				    "ns");
			fprintf(out,
				"set label \"%s\" at screen %g, first %d right\n",
				text, columns[c].at, i);
		}
	}
}

int plots_stages(const struct report_comparison *k, struct plotter *g,
		 FILE *out, struct err *e)
{
	const struct cell *t;
	double max = 0;
	struct plots_scale s;
	struct plot p;
	int i, ret;

	for (i = 0; i < k->nr_measured; i++) {
		t = k->member[i].cell->twin;
		if (t && t->has_stages)
			max = fmax(max, hist_sum_mean(t->latency));
	}
	if (max <= 0)
		return 0;
	ret = plot_open(&p, PLOT_WIDE, 90 + 40 * k->nr_measured, e,
			"Plot: where the mean latency goes, stage by stage, %s",
			k->heading);
	if (ret < 0)
		return ret;
	s = plots_scale_of(max, "ns");
	plots_put_targets(p.script, k);
	put_quantile_columns(p.script, k);
	fprintf(p.script,
		"set title \"where the mean latency goes (traced)\"\n"
		"set xlabel \"mean latency of a traced request, %s\"\n"
		"set xrange [0:%g]\n$s << EOD\n",
		s.unit, max / s.factor * 1.05);
	for (i = 0; i < k->nr_measured; i++) {
		t = k->member[i].cell->twin;
		if (t && t->has_stages)
			put_stack(p.script, i, &k->member[i], s.factor);
	}
	fputs("EOD\nplot $s using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 "
	      "noborder lc rgb variable\n",
	      p.script);
	return plot_finish(&p, g, out, e) ?: 1;
}
