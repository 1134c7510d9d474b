/* SPDX-License-Identifier: MIT */
/* Which section of the scenario a target goes into: lists of one section
 * multiply, and every device is to be measured as it is, no other way. */
#include "lib/util.h"
#include "libvirt_plan.h"

static bool same_ring(const struct plan_shape *a, const struct plan_shape *b)
{
	return !a->ring_size || !b->ring_size ||
	       (a->ring_size == b->ring_size &&
		a->no_event_idx == b->no_event_idx && a->packed == b->packed);
}

static bool has_target(const struct plan_part *part,
		       const struct plan_target *t)
{
	unsigned int i;

	for (i = 0; i < part->nr_targets; i++)
		if (part->target[i] == t)
			return true;
	return false;
}

static bool has_queues(const struct plan_part *part, unsigned int queues)
{
	unsigned int i;

	for (i = 0; i < part->nr_queues; i++)
		if (part->queues[i] == queues)
			return true;
	return !queues;
}

static bool is_there(const struct plan_part *part, const struct plan_target *t,
		     const struct plan_shape *shape)
{
	return same_ring(&part->shape, shape) && has_target(part, t) &&
	       has_queues(part, shape->queues);
}

/* One more target, where the queues are the same, or say nothing. */
static bool takes_target(const struct plan_part *part,
			 const struct plan_shape *shape)
{
	return same_ring(&part->shape, shape) &&
	       part->nr_targets < SCENARIO_MAX_VALUES &&
	       (!shape->queues || !part->nr_queues ||
		(part->nr_queues == 1 && has_queues(part, shape->queues)));
}

/* More queues of its one target: not in [run], where alternatives come to. */
static bool takes_queues(const struct plan *p, const struct plan_part *part,
			 const struct plan_target *t,
			 const struct plan_shape *shape)
{
	return part > p->part && same_ring(&part->shape, shape) &&
	       part->nr_targets == 1 && has_target(part, t) &&
	       part->nr_queues < SCENARIO_MAX_VALUES;
}

static void add_queues(struct plan_part *part, unsigned int queues)
{
	unsigned int at = part->nr_queues;

	if (has_queues(part, queues))
		return;
	for (; at && part->queues[at - 1] > queues; at--)
		part->queues[at] = part->queues[at - 1];
	part->queues[at] = queues;
	part->nr_queues++;
}

static void put(struct plan_part *part, const struct plan_target *t,
		const struct plan_shape *shape)
{
	if (!part->shape.ring_size)
		part->shape = *shape;
	if (!has_target(part, t))
		part->target[part->nr_targets++] = t;
	add_queues(part, shape->queues);
}

static struct plan_part *find_part(struct plan *p, const struct plan_target *t,
				   const struct plan_shape *shape)
{
	unsigned int i;

	for (i = 0; i < p->nr_parts; i++)
		if (is_there(&p->part[i], t, shape))
			return &p->part[i];
	for (i = 0; i < p->nr_parts; i++)
		if (takes_queues(p, &p->part[i], t, shape))
			return &p->part[i];
	for (i = 0; i < p->nr_parts; i++)
		if (takes_target(&p->part[i], shape))
			return &p->part[i];
	return p->nr_parts < PLAN_MAX_PARTS ? &p->part[p->nr_parts++] : NULL;
}

void plan_put(struct plan *p, const struct plan_target *t,
	      const struct plan_shape *shape)
{
	struct plan_part *part = find_part(p, t, shape);

	if (part)
		put(part, t, shape);
	else
		p->nr_left_out++;
}
