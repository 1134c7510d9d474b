/* SPDX-License-Identifier: MIT */
#include "guest_iperf.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

#define MAX_FIELDS 16
#define BIN_PARTS  32

/* Fields of a line up to its end; their number. */
static int split(const char *line, const char **field)
{
	int n = 0;

	while (n < MAX_FIELDS) {
		field[n++] = line;
		line += strcspn(line, ",\n");
		if (*line != ',')
			break;
		line++;
	}
	return n;
}

/* time,local,port,remote,port,id,FROM-TO,bytes,bit/s[,jitter ms,lost,packets,
 * loss %,out of order]: what is not shaped so is no line of ours. */
static void take_line(struct guest_iperf *r, const char *line, double from_s,
		      double to_s)
{
	const char *field[MAX_FIELDS];
	double from, to;
	int n = split(line, field);

	if (n < 9 || sscanf(field[6], "%lf-%lf", &from, &to) != 2 ||
	    from < from_s - 0.001 || to > to_s + 0.051 || to <= from)
		return;
	/* The whole run's sum comes last and begins at 0 as well. */
	if (r->seconds > 0 && from < from_s + r->seconds - 0.051)
		return;
	r->seconds += to - from;
	r->bytes += strtoull(field[7], NULL, 10);
	if (n < 13)
		return;
	r->jitter_ns = strtod(field[9], NULL) * 1e6;
	r->lost += strtoull(field[10], NULL, 10);
	r->packets += strtoull(field[11], NULL, 10);
}

int guest_iperf_csv(struct guest_iperf *r, const char *text, double from_s,
		    double to_s, struct err *e)
{
	*r = (struct guest_iperf){ .jitter_ns = -1 };
	while (text && *text) {
		take_line(r, text, from_s, to_s);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	if (r->seconds <= 0)
		return err_set(e, -ENODATA, "iperf's server reports no "
			       "interval between %.1f and %.1f s", from_s,
			       to_s);
	return 0;
}

static const char *find_last(const char *text, const char *what)
{
	const char *p, *last = NULL;

	for (p = text ? strstr(text, what) : NULL; p; p = strstr(p + 1, what))
		last = p;
	return last;
}

/* "cnt=avg/min/max/stdev ms" of the last line that has it. */
static int take_exact(struct hist *h, const char *text, const char *pdf)
{
	double avg, min, max;
	unsigned long long n;
	const char *line = pdf;
	int lines = 2;

	while (line > text && (line[-1] != '\n' || --lines))
		line--;
	for (; line < pdf; line++) {
		if (*line != ' ' ||
		    (sscanf(line, " %llu=%lf/%lf/%lf/", &n, &avg, &min,
			    &max) != 4 &&
		     sscanf(line, " %lf/%lf/%lf/%*f ms (%llu/", &avg, &min,
			    &max, &n) != 4))
			continue;
		if (avg < 0 || min < 0)
			return -ERANGE;
		h->sum_ns = (uint64_t)(avg * 1e6 * (double)h->count);
		h->min_ns = (uint64_t)(min * 1e6);
		h->max_ns = (uint64_t)(max * 1e6);
		return 0;
	}
	return -EPROTO;
}

/* Where in its bin a sample lies is not known: all over it, evenly, so that
 * a quantile is interpolated and does not jump from bin to bin. */
static void add_bin(struct hist *h, unsigned long long bin,
		    unsigned long long n, double width_ns)
{
	unsigned long long part;
	int i;

	for (i = 0; i < BIN_PARTS && n; i++) {
		part = n / (unsigned long long)(BIN_PARTS - i);
		n -= part;
		if (part)
			hist_add_n(h, (uint64_t)(((double)bin - 1 +
						  (i + 0.5) / BIN_PARTS) *
						 width_ns), part);
	}
}

static int take_bins(struct hist *h, const char *p, double width_ns)
{
	unsigned long long bin, n, total;
	int at;

	if (sscanf(p, "cnt(%llu)=%n", &total, &at) != 1)
		return -EPROTO;
	for (p += at; sscanf(p, "%llu:%llu%n", &bin, &n, &at) == 2; p++) {
		if (!bin || n > total)
			return -EPROTO;
		add_bin(h, bin, n, width_ns);
		p += at;
		if (*p != ',')
			break;
	}
	return h->count == total ? 0 : -ERANGE;
}

int guest_iperf_histogram(struct hist *h, const char *text, struct err *e)
{
	const char *pdf = find_last(text, "-PDF: bin(w=");
	unsigned long long width, below = 0, above = 0;
	const char *bound;
	char unit;
	int at = 0, ret;

	hist_init(h);
	if (!pdf || sscanf(pdf, "-PDF: bin(w=%llu%cs):%n", &width, &unit,
			   &at) != 2 || !at)
		return err_set(e, -ENODATA, "iperf printed no histogram");
	bound = strstr(pdf, "obl/obu=");
	if (bound)
		sscanf(bound, "obl/obu=%llu/%llu", &below, &above);
	if (below || above)
		return err_set(e, -ERANGE, "iperf: %llu samples below and %llu "
			       "above all bins", below, above);
	ret = take_bins(h, pdf + at, (double)width * (unit == 'u' ? 1e3 : 1e6));
	ret = ret ?: take_exact(h, text, pdf);
	if (ret == -ERANGE)
		return err_set(e, ret, "iperf: samples that cannot be (below "
			       "zero, or not in any bin): the ends' clocks "
			       "differ");
	return ret ? err_set(e, ret, "iperf's histogram is not understood") : 0;
}

int guest_ping_times(struct hist *h, const char *text, struct err *e)
{
	double ms;

	hist_init(h);
	for (text = text ? strstr(text, " time=") : NULL; text;
	     text = strstr(text + 1, " time="))
		if (sscanf(text, " time=%lf ms", &ms) == 1 && ms >= 0)
			hist_add(h, (uint64_t)(ms * 1e6));
	return h->count ? 0 : err_set(e, -ENODATA, "ping got no answer");
}

static const char *next_summary(const char *text)
{
	const char *p = text ? strstr(text, " packets transmitted, ") : NULL;

	while (p && p > text && p[-1] >= '0' && p[-1] <= '9')
		p--;
	return p;
}

void guest_ping_lost(struct failures *f, const char *text)
{
	unsigned long long sent, received, lost;

	while ((text = next_summary(text))) {
		if (sscanf(text, "%llu packets transmitted, %llu packets "
			   "received", &sent, &received) == 2) {
			lost = sent > received ? sent - received : 0;
			f->requests += sent;
			f->failed += lost > 1 ? lost : 0;
		}
		text = strchr(text, ',');
	}
	if (!f->failed)
		return;
	failures_keep_first(f, &(struct failure){
				       .operation = "ping",
				       .sector = -1,
				       .queue = -1,
				       .status = "no answer",
				       .when = FAILURE_UNKNOWN_WHEN });
	f->in_window = f->failed;
}
