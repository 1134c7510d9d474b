/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <unistd.h>

void clock_anchor(struct clock_anchor *a)
{
	uint64_t before, after, ns, best = UINT64_MAX;
	int i;

	*a = (struct clock_anchor){ 0 };
	for (i = 0; i < 64; i++) {
		before = clock_ticks();
		ns = clock_now_ns();
		after = clock_ticks();
		if (after - before >= best)
			continue;
		best = after - before;
		a->ticks = before + best / 2;
		a->ns = ns;
	}
}

void clock_scale_init(struct clock_scale *s, const struct clock_anchor *a,
		      const struct clock_anchor *b)
{
	s->base = *a;
	s->ns_per_tick = b->ticks == a->ticks ?
				 1.0 :
				 (double)(b->ns - a->ns) /
					 (double)(b->ticks - a->ticks);
}

void clock_scale_now(struct clock_scale *s)
{
	struct clock_anchor a, b;

	clock_anchor(&a);
	usleep(10000);
	clock_anchor(&b);
	clock_scale_init(s, &a, &b);
}
