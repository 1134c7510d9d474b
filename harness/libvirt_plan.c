/* SPDX-License-Identifier: MIT */
#include "libvirt_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"

void plan_remark(struct plan_item *item, const char *text)
{
	snprintf(item->remark, sizeof(item->remark), "%s", text);
}

void plan_say(struct plan_item *item, const char *name, const char *value)
{
	size_t n = strlen(item->what);

	if (*value)
		snprintf(item->what + n, sizeof(item->what) - n, "%s%s %s",
			 n ? ", " : "", name, value);
}

void plan_say_number(struct plan_item *item, const char *name,
		     unsigned int value)
{
	char text[16] = "";

	if (value)
		snprintf(text, sizeof(text), "%u", value);
	plan_say(item, name, text);
}

void plan_add(struct plan *p, enum plan_type type, const char *name,
	      const char *why)
{
	struct plan_target *t;
	unsigned int i;

	for (i = 0; i < p->nr_targets; i++)
		if (!strcmp(p->target[i].name, name))
			return;
	if (p->nr_targets == PLAN_MAX_TARGETS)
		return;
	t = &p->target[p->nr_targets++];
	t->type = type;
	snprintf(t->name, sizeof(t->name), "%s", name);
	snprintf(t->why, sizeof(t->why), "%s", why);
}

const struct plan_target *plan_reference(const struct plan *p,
					 enum plan_type type)
{
	unsigned int i;

	for (i = 0; i < p->nr_targets; i++)
		if (p->target[i].type == type)
			return &p->target[i];
	return NULL;
}

static struct plan_item *new_item(struct plan *p, enum plan_type type,
				  const char *kind)
{
	struct plan_item *item = &p->item[p->nr_items++];

	item->type = type;
	item->kind = kind;
	item->queues = 1;
	return item;
}

static void fill_items(struct plan *p, const struct libvirt_domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_disks; i++)
		plan_disk(new_item(p, PLAN_BLK, "disk"), &d->disk[i], d);
	for (i = 0; i < d->nr_interfaces; i++)
		plan_interface(new_item(p, PLAN_NET, "interface"),
			       &d->interface[i], d);
	for (i = 0; i < d->nr_rngs; i++)
		plan_rng(new_item(p, PLAN_RNG, "rng"), &d->rng[i]);
	plan_balloon(new_item(p, PLAN_BALLOON, "memballoon"), d->balloon);
}

static const char *today(const struct plan_item *item)
{
	return *item->remark ? item->remark : "as the domain has it";
}

/* A reference of each type first: there may be no room for all. */
static void add_today(struct plan *p)
{
	const struct plan_item *item;

	for (item = p->item; item < p->item + p->nr_items; item++)
		if (*item->target && !plan_reference(p, item->type))
			plan_add(p, item->type, item->target, today(item));
	for (item = p->item; item < p->item + p->nr_items; item++)
		if (*item->target)
			plan_add(p, item->type, item->target, today(item));
}

static void add_alternatives(struct plan *p, const struct plan_item *item)
{
	static void (*const add[PLAN_TYPES])(struct plan *,
					     const struct plan_item *) = {
		[PLAN_BLK] = plan_disk_alternatives,
		[PLAN_NET] = plan_interface_alternatives,
		[PLAN_RNG] = plan_rng_alternatives,
	};

	if (add[item->type])
		add[item->type](p, item);
}

/* Another kind of device, not just another of its options? */
static bool differs(const struct plan_item *a, const struct plan_item *b)
{
	return a->base && b->base && strcmp(a->base, b->base);
}

/* The first device of each type comes before further ones of any. */
static void add_all_alternatives(struct plan *p)
{
	unsigned int i, type, first[PLAN_TYPES];

	for (type = 0; type < PLAN_TYPES; type++) {
		for (i = 0; i < p->nr_items; i++)
			if (p->item[i].type == type && p->item[i].offer)
				break;
		first[type] = i;
		if (i < p->nr_items)
			add_alternatives(p, &p->item[i]);
	}
	for (i = 0; i < p->nr_items; i++)
		if (p->item[i].offer && i != first[p->item[i].type] &&
		    differs(&p->item[i], &p->item[first[p->item[i].type]]))
			add_alternatives(p, &p->item[i]);
}

static void add_queues(struct plan *p, unsigned int queues)
{
	unsigned int i, at = 0;

	/* A guest uses no more queues than it has vCPUs. */
	p->queues_capped |= queues > p->vcpus;
	queues = MIN(queues, p->vcpus);
	while (at < p->nr_queues && p->queues[at] < queues)
		at++;
	if (at < p->nr_queues && p->queues[at] == queues)
		return;
	for (i = p->nr_queues++; i > at; i--)
		p->queues[i] = p->queues[i - 1];
	p->queues[at] = queues;
}

static void choose_numbers(struct plan *p, const struct libvirt_domain *d)
{
	unsigned int i;

	p->vcpus = MIN(MAX(d->vcpus, 1u), PLAN_MAX_QUEUES);
	p->vcpus_capped = d->vcpus > PLAN_MAX_QUEUES;
	for (i = 0; i < p->nr_items; i++)
		if (*p->item[i].target && p->item[i].type == PLAN_BLK)
			add_queues(p, p->item[i].queues);
	if (!p->nr_queues)
		add_queues(p, 1);
}

int plan_build(struct plan *p, const struct libvirt_domain *d, struct err *e)
{
	memset(p, 0, sizeof(*p));
	p->item = calloc(d->nr_disks + d->nr_interfaces + d->nr_rngs + 1,
			 sizeof(*p->item));
	if (!p->item)
		return err_set(e, -ENOMEM, "out of memory");
	fill_items(p, d);
	add_today(p);
	add_all_alternatives(p);
	choose_numbers(p, d);
	if (!p->nr_targets)
		return err_set(e, -ENODEV, "the domain '%s' has no device "
			       "that can be measured here", d->name);
	return 0;
}

void plan_free(struct plan *p)
{
	free(p->item);
	p->item = NULL;
}
