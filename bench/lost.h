/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_LOST_H
#define VIOPERF_BENCH_LOST_H

#include "worker.h"

/*
 * Notifications that got lost: something was published, no notification was
 * wanted for it, and yet the other side went to sleep over it. A race of
 * EVENT_IDX or of the flags on the side that sleeps. Looked for where it costs
 * nothing: when nothing has happened for as long as a sleeping worker sleeps.
 */

/* A sleep of @slept_ns has ended by time alone. 1: something is done, and no
 * call told of it; 0: no; -errno. */
int lost_call(struct worker *w, uint64_t slept_ns);

/* Nothing has come back for so long that it is worth a look. */
bool lost_is_quiet(const struct worker *w, uint64_t now);

/* From time to time, with the time. A device that sleeps over requests is
 * kicked; when it then answers at once, that kick was lost before. */
void lost_kick_look(struct worker *w, uint64_t now);

/* The first request that came back since the last look did so at @at. Only for
 * who knows it better than by w->progress. */
void lost_kick_answer(struct worker *w, uint64_t at);

#endif
