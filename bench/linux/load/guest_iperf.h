/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_IPERF_H
#define VIOPERF_GUEST_IPERF_H

#include <stdint.h>

#include "lib/err.h"
#include "lib/hist.h"
#include "bench/failures.h"

/*
 * What iperf 2.1 prints. It has no JSON: `-y C` gives one line of comma
 * separated values an interval, histograms come in the human form only, so
 * these are two parsers.
 */
struct guest_iperf {
	double seconds;	 /* of the intervals that were taken */
	uint64_t bytes;	 /* received in them */
	double jitter_ns;	 /* UDP: of the last interval; < 0: none */
	uint64_t lost, packets; /* UDP */
};

/* Server's output of `-y C`: take the intervals that lie between @from_s and
 * @to_s seconds after the connection's begin. -ENODATA when there is none. */
int guest_iperf_csv(struct guest_iperf *r, const char *text, double from_s,
		    double to_s, struct err *e);

/* The last histogram ("BB8(f)-PDF: bin(w=100us):cnt(3)=2:1,5:2 …") of @text.
 * A bin's samples are spread evenly over it (2.1.8 has bins of 100 us, whatever
 * it is told); mean, minimum and maximum are those of the line before it, "cnt=avg/min/max/stdev ms" or "avg/min/max/stdev ms (cnt/size)", exact. Refused
 * (-ERANGE) when samples lie below or above all bins ("obl/obu"): then the
 * clocks of both ends differ, or the bins are too few. */
int guest_iperf_histogram(struct hist *h, const char *text, struct err *e);

/* "time=1.127 ms" of each answer that busybox ping prints. */
int guest_ping_times(struct hist *h, const char *text, struct err *e);

/* Pings without an answer, of "N packets transmitted, M packets received" in
 * all summaries; but for the one that was on its way when a ping was told to
 * end. */
void guest_ping_lost(struct failures *f, const char *text);

#endif
