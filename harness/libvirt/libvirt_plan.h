/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_PLAN_H
#define VIOPERF_LIBVIRT_PLAN_H

#include <stdbool.h>
#include <string.h>

#include "lib/err.h"
#include "libvirt_domain.h"
#include "libvirt_machine.h"
#include "harness/scenario.h"

/*
 * What is to be measured for a domain: each of its devices as an item with
 * the target that it is today, and per type of target what a change of its
 * XML would make of it.
 */
enum plan_type { PLAN_BLK, PLAN_NET, PLAN_RNG, PLAN_BALLOON, PLAN_TYPES };

#define PLAN_MAX_TARGETS 64 /* more than there are names */
#define PLAN_MAX_QUEUES	 64 /* of the key queues; of vcpus as well */
#define PLAN_MAX_PARTS	 (1 + SCENARIO_MAX_ALSO)
#define PLAN_NAME	 64

/* The keys of a scenario that a device has of its own. 0: says nothing. */
struct plan_shape {
	unsigned int queues;
	unsigned int ring_size;
	bool no_event_idx, packed;
};

struct plan_item {
	enum plan_type type;
	const char *kind;	/* its element */
	char name[LIBVIRT_WORD];
	char what[640];		/* how the domain has it */
	char target[PLAN_NAME]; /* which target that is, "" when none is */
	char remark[160];	/* why none, or what the target stands for */
	char notes[480];	/* lines: how a run differs */
	const char *unread;	/* more of them (libvirt_unread.h), or NULL */
	bool offer;		/* the alternatives are worth measuring */
	struct plan_shape shape;
	/* What the target is made of, for the alternatives. */
	const char *base;
	const char *aio;
	const char *cache;
	bool iothread;
	bool slirp;
};

struct plan_target {
	enum plan_type type;
	char name[PLAN_NAME];
	char why[160]; /* the domain has it, or what to change in the XML */
};

/* A section of the scenario: [run], then each [also]. Its lists multiply: so
 * either its targets or its queues are but one. */
struct plan_part {
	struct plan_shape shape; /* but for the queues */
	const struct plan_target *target[SCENARIO_MAX_VALUES];
	unsigned int queues[SCENARIO_MAX_VALUES];
	unsigned int nr_targets, nr_queues;
};

struct plan {
	struct libvirt_machine machine;
	struct plan_item *item;
	unsigned int nr_items;
	struct plan_target target[PLAN_MAX_TARGETS];
	unsigned int nr_targets;
	struct plan_part part[PLAN_MAX_PARTS];
	unsigned int nr_parts;
	unsigned int nr_left_out; /* targets, or queues of one, without room */
	unsigned int vcpus;
	bool queues_capped, vcpus_capped;
};

/* 0 or -errno and @e; free it in either case. @d must live as long. */
int plan_build(struct plan *p, const struct libvirt_domain *d, struct err *e);
void plan_free(struct plan *p);

/* The first target of @type: what ratios are taken against. NULL: none. */
const struct plan_target *plan_reference(const struct plan *p,
					 enum plan_type type);

/* Add @name with @shape unless it is there; @why as in struct plan_target. */
void plan_add(struct plan *p, enum plan_type type, const char *name,
	      const struct plan_shape *shape, const char *why);

/* Find a section for it (libvirt_part.c). */
void plan_put(struct plan *p, const struct plan_target *t,
	      const struct plan_shape *shape);

/* One kind of device each: fill @item; add what could be had instead. */
void plan_disk(struct plan *p, struct plan_item *item,
	       const struct libvirt_disk *disk);
void plan_interface(struct plan_item *item,
		    const struct libvirt_interface *i,
		    const struct libvirt_domain *d);
void plan_rng(struct plan_item *item, const struct libvirt_rng *rng);
void plan_balloon(struct plan_item *item, const struct libvirt_domain *d);
void plan_disk_alternatives(struct plan *p, const struct plan_item *item);
void plan_interface_alternatives(struct plan *p, const struct plan_item *item);
void plan_rng_alternatives(struct plan *p, const struct plan_item *item);

static inline bool plan_is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

/* Why @item has no target, or what its target stands for. */
void plan_remark(struct plan_item *item, const char *text);

/* How a run of @item differs from the domain; a line. */
void plan_note(struct plan_item *item, const char *text);

/* Append to @item's description: ", NAME VALUE" unless @value is "". */
void plan_say(struct plan_item *item, const char *name, const char *value);
void plan_say_number(struct plan_item *item, const char *name,
		     unsigned int value);

#endif
