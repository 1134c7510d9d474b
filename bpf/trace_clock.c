/* SPDX-License-Identifier: MIT */
/* Keep the guests' clock, the TSC, known to the probes: the rate over all of
 * the run so far, the point newer than a moment, so that an error of the rate
 * has no time to grow. */
#include "trace.h"

#include <stdlib.h>

#include "lib/util.h"

void trace_clock_begin(struct trace_session *s)
{
	clock_anchor(&s->first);
}

bool trace_clock_needed(const struct trace_session *s)
{
	unsigned int i;

	for (i = 0; i < s->rings->nr_rings; i++)
		if (s->rings->ring[i].times)
			return true;
	return false;
}

/* How far off the clock was that the probes had until now. */
static void note_error(struct trace_session *s, const struct clock_anchor *now)
{
	int64_t off;

	if (!s->clock.ns_per_tick)
		return;
	off = (int64_t)(clock_ticks_to_ns(&s->clock, now->ticks) - now->ns);
	s->clock_error_ns = MAX(s->clock_error_ns, (uint64_t)llabs(off));
}

void trace_clock_update(struct trace_session *s)
{
	volatile struct trace_control *c;
	struct clock_scale scale;
	struct clock_anchor now;
	unsigned int i, next;

	clock_anchor(&now);
	note_error(s, &now);
	clock_scale_init(&scale, &s->first, &now);
	s->clock = scale;
	s->clock.base = now;
	for (i = 0; i < PROBE_COUNT; i++) {
		if (!s->attached[i])
			continue;
		c = s->probe[i].control;
		next = !c->newest;
		c->clock[next].ticks = now.ticks;
		c->clock[next].ns = now.ns;
		c->clock[next].ns_per_tick =
			(uint64_t)(scale.ns_per_tick * 4294967296.);
		__sync_synchronize();
		c->newest = next;
	}
}
