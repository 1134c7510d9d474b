/* SPDX-License-Identifier: MIT */
#include "lost.h"

#define QUIET_NS  40000000ull /* nothing has happened for so long */
#define GRACE_NS  1000000ull  /* a call may be on its way for so long */
#define ANSWER_NS 2000000ull  /* a device that slept answers within this */

int lost_call(struct worker *w, uint64_t slept_ns)
{
	int called;

	if (slept_ns < QUIET_NS || w->layout->driver->arm(&w->ring, 1))
		return 0;
	called = worker_wait_events(w, GRACE_NS);
	if (called)
		return called < 0 ? called : 0;
	w->now.lost_calls++;
	return 1;
}

bool lost_is_quiet(const struct worker *w, uint64_t now)
{
	return w->nr_free < w->depth && now > w->progress &&
	       now - w->progress >= worker_ticks(w, QUIET_NS);
}

void lost_kick_answer(struct worker *w, uint64_t at)
{
	if (!w->rescued || at <= w->rescued)
		return;
	if (at - w->rescued < worker_ticks(w, ANSWER_NS))
		w->now.lost_kicks++;
	w->rescued = 0;
}

void lost_kick_look(struct worker *w, uint64_t now)
{
	lost_kick_answer(w, w->progress);
	w->rescued = 0;
	if (!lost_is_quiet(w, now) ||
	    !w->layout->driver->missed(&w->ring, w->kicked_at))
		return;
	w->kicked_at = w->ring.published;
	w->rescued = now;
	worker_kick(w, 1);
}
