/* SPDX-License-Identifier: MIT */
/* The sections of a scenario that a domain is measured by. */
#include "libvirt_keys.h"

#include <ctype.h>
#include <string.h>

#include "lib/util.h"

/* The domain's name as far as scenarios allow it: they are file names. */
static void print_name(const struct libvirt_domain *d, FILE *out)
{
	const char *c;

	fputs("name = libvirt-", out);
	for (c = d->name; *c && c < d->name + 32; c++)
		fputc(isalnum((unsigned char)*c) || strchr("-_.", *c) ? *c :
								      '-',
		      out);
	fputc('\n', out);
}

static bool has_type(const struct plan_part *part, enum plan_type type)
{
	unsigned int i;

	for (i = 0; i < part->nr_targets; i++)
		if (part->target[i]->type == type)
			return true;
	return false;
}

static void print_targets(const struct plan_part *part, FILE *out)
{
	unsigned int i;

	for (i = 0; i < part->nr_targets; i++)
		fprintf(out, "%s%s", i ? ", " : "target = ",
			part->target[i]->name);
	fputc('\n', out);
}

struct references {
	const struct plan_target *at[SCENARIO_MAX_VALUES];
	unsigned int nr;
};

static void add_reference(struct references *r, const struct plan_target *t)
{
	if (t && r->nr < SCENARIO_MAX_VALUES)
		r->at[r->nr++] = t;
}

/* The first target of @type that @part has, unless one that is a reference
 * already is in it. */
static const struct plan_target *reference_of(const struct plan_part *part,
					      enum plan_type type,
					      const struct references *r)
{
	const struct plan_target *first = NULL;
	unsigned int i, k;

	for (i = 0; i < part->nr_targets; i++) {
		if (part->target[i]->type != type)
			continue;
		for (k = 0; k < r->nr; k++)
			if (r->at[k] == part->target[i])
				return NULL;
		if (!first)
			first = part->target[i];
	}
	return first;
}

/* One for each type; then for tables that have none of those. */
static void print_references(const struct plan *p, FILE *out)
{
	struct references r = { .nr = 0 };
	unsigned int type, i;

	for (type = 0; type < PLAN_TYPES; type++)
		add_reference(&r, plan_reference(p, type));
	for (i = 0; i < p->nr_parts; i++)
		for (type = 0; type < PLAN_TYPES; type++)
			add_reference(&r, reference_of(&p->part[i], type, &r));
	for (i = 0; i < r.nr; i++)
		fprintf(out, "%s%s", i ? ", " : "reference = ", r.at[i]->name);
	fputc('\n', out);
}

static void print_vcpus(const struct plan *p, const struct libvirt_domain *d,
			FILE *out)
{
	if (!strcmp(d->type, "qemu") || !strcmp(d->type, "kqemu"))
		fputs("; a domain of type qemu is emulated\n"
		      "accelerator = tcg\n", out);
	if (p->vcpus_capped)
		fprintf(out, "; the domain has %u, a scenario takes up to "
			"%u\n", d->vcpus, PLAN_MAX_QUEUES);
	fprintf(out, "vcpus = %u\n", p->vcpus);
}

static void print_queues(const struct plan_part *part, FILE *out)
{
	unsigned int i;

	fputs("queues = ", out);
	for (i = 0; i < part->nr_queues; i++)
		fprintf(out, "%s%u", i ? ", " : "", part->queues[i]);
	fputc('\n', out);
}

static void print_ring(const struct plan_shape *s, FILE *out)
{
	fprintf(out, "ring-size = %u\nevent-idx = %s\npacked = %s\n",
		s->ring_size, s->no_event_idx ? "off" : "on",
		s->packed ? "on" : "off");
}

/* Those that [run] has, every [also] has too. */
static void print_blk(const struct plan *p, FILE *out)
{
	const struct plan_part *run = p->part;

	fputs("; No disk of the domain is ever opened: every target gets a "
	      "file of vioperf's own,\n"
	      "; read through the page cache where the domain's disk is "
	      "(cache='writeback' and so on),\n"
	      "; else past it.\n"
	      "backing = file\n"
	      "rw = randread\n"
	      "bs = 4k\n"
	      "depth = 1, 32\n"
	      "engine = libaio\n", out);
	if (p->queues_capped)
		fprintf(out, "; the domain has more queues than %s: a guest "
			"uses as many as it has vCPUs\n",
			p->vcpus_capped ? "that" : "vCPUs");
	if (run->nr_queues == 1 && run->queues[0] < p->vcpus)
		fprintf(out, "; virtio can have one per vCPU: queues = %u, "
			"%u\n", run->queues[0], p->vcpus);
}

static bool any_of(const struct plan *p, enum plan_type type)
{
	return plan_reference(p, type);
}

static void print_run(const struct plan *p, const struct libvirt_domain *d,
		      FILE *out)
{
	const struct plan_part *run = p->part;

	fputs("[run]\n", out);
	print_name(d, out);
	print_targets(run, out);
	print_references(p, out);
	fputs("driver = qemu\n", out);
	print_vcpus(p, d, out);
	if (any_of(p, PLAN_BLK))
		print_blk(p, out);
	if (has_type(run, PLAN_BLK))
		print_queues(run, out);
	if (run->shape.ring_size)
		print_ring(&run->shape, out);
	if (any_of(p, PLAN_NET))
		fputs("; over a bridge and taps in a network namespace of the "
		      "run's own\n"
		      "traffic = tcp-g2h, tcp-h2g, bounceback\n", out);
	fputs("time = 1s\nwarmup = 0.2s\nblocks = 6\n", out);
}

void libvirt_keys_print(const struct plan *p, const struct libvirt_domain *d,
			FILE *out)
{
	const struct plan_part *part;

	print_run(p, d, out);
	for (part = p->part + 1; part < p->part + p->nr_parts; part++) {
		fputs("\n; devices that have it otherwise\n[also]\n", out);
		print_targets(part, out);
		if (has_type(part, PLAN_BLK))
			print_queues(part, out);
		if (part->shape.ring_size)
			print_ring(&part->shape, out);
	}
}
