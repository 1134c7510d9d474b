/* SPDX-License-Identifier: MIT */
#include "libvirt_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

void plan_remark(struct plan_item *item, const char *text)
{
	snprintf(item->remark, sizeof(item->remark), "%s", text);
}

void plan_note(struct plan_item *item, const char *text)
{
	size_t n = strlen(item->notes);

	snprintf(item->notes + n, sizeof(item->notes) - n, "%s\n", text);
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

static struct plan_target *find_target(struct plan *p, const char *name)
{
	unsigned int i;

	for (i = 0; i < p->nr_targets; i++)
		if (!strcmp(p->target[i].name, name))
			return &p->target[i];
	return NULL;
}

void plan_add(struct plan *p, enum plan_type type, const char *name,
	      const struct plan_shape *shape, const char *why)
{
	struct plan_target *t = find_target(p, name);

	if (!t && p->nr_targets == PLAN_MAX_TARGETS) {
		p->nr_left_out++;
		return;
	}
	if (!t) {
		t = &p->target[p->nr_targets++];
		t->type = type;
		snprintf(t->name, sizeof(t->name), "%s", name);
		snprintf(t->why, sizeof(t->why), "%s", why);
	}
	plan_put(p, t, shape);
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
	return item;
}

static void fill_items(struct plan *p, const struct libvirt_domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_disks; i++)
		plan_disk(p, new_item(p, PLAN_BLK, "disk"), &d->disk[i]);
	for (i = 0; i < d->nr_interfaces; i++)
		plan_interface(new_item(p, PLAN_NET, "interface"),
			       &d->interface[i], d);
	for (i = 0; i < d->nr_rngs; i++)
		plan_rng(new_item(p, PLAN_RNG, "rng"), &d->rng[i]);
	plan_balloon(new_item(p, PLAN_BALLOON, "memballoon"), d);
}

static const char *today(const struct plan_item *item)
{
	if (*item->remark)
		return item->remark;
	return *item->notes || (item->unread && *item->unread) ?
		       "as the domain has it, but for what is said above" :
		       "as the domain has it";
}

/* A reference of each type first: there may be no room for all. */
static void add_today(struct plan *p)
{
	const struct plan_item *item;

	for (item = p->item; item < p->item + p->nr_items; item++)
		if (*item->target && !plan_reference(p, item->type))
			plan_add(p, item->type, item->target, &item->shape,
				 today(item));
	for (item = p->item; item < p->item + p->nr_items; item++)
		if (*item->target)
			plan_add(p, item->type, item->target, &item->shape,
				 today(item));
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

/* A guest uses no more queues than it has vCPUs. */
static void choose_numbers(struct plan *p, const struct libvirt_domain *d)
{
	unsigned int vcpus = MAX(d->vcpus, 1u);

	libvirt_machine_parse(&p->machine, d->machine);
	p->vcpus = MIN(vcpus, PLAN_MAX_QUEUES);
	p->vcpus_capped = vcpus > PLAN_MAX_QUEUES;
}

/* Another hypervisor's devices are not QEMU's. */
static int check_type(const struct libvirt_domain *d, struct err *e)
{
	static const char *const of_qemu[] = { "", "kvm", "qemu", "kqemu",
					       "hvf" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(of_qemu); i++)
		if (plan_is(d->type, of_qemu[i]))
			return 0;
	return err_set(e, -ENODEV, "the domain '%s' is of type '%s': its "
		       "devices are not QEMU's, which are all that a run "
		       "has; domains of type kvm or qemu can be measured",
		       d->name, d->type);
}

int plan_build(struct plan *p, const struct libvirt_domain *d, struct err *e)
{
	int ret = check_type(d, e);

	memset(p, 0, sizeof(*p));
	if (ret < 0)
		return ret;
	p->item = calloc(d->nr_disks + d->nr_interfaces + d->nr_rngs + 1,
			 sizeof(*p->item));
	if (!p->item)
		return err_set(e, -ENOMEM, "out of memory");
	choose_numbers(p, d);
	fill_items(p, d);
	add_today(p);
	add_all_alternatives(p);
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
