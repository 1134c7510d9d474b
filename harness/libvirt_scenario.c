/* SPDX-License-Identifier: MIT */
#include "libvirt_scenario.h"

#include <ctype.h>
#include <string.h>

#include "../lib/util.h"
#include "libvirt_plan.h"

#define MAX_NAMES 8 /* of like devices, in one comment */
#define BLOCKS	  "6"

static bool alike(const struct plan_item *a, const struct plan_item *b)
{
	return a->type == b->type && !strcmp(a->what, b->what) &&
	       !strcmp(a->target, b->target) && !strcmp(a->remark, b->remark);
}

static bool seen_before(const struct plan *p, const struct plan_item *item)
{
	const struct plan_item *other;

	for (other = p->item; other < item; other++)
		if (alike(other, item))
			return true;
	return false;
}

/* "disk vda, vdb and 3 more" */
static void print_names(const struct plan *p, const struct plan_item *item,
			FILE *out)
{
	const struct plan_item *end = p->item + p->nr_items;
	unsigned int nr = 0;

	fputs(item->kind, out);
	for (const struct plan_item *i = item; i < end; i++) {
		if (!alike(i, item) || nr++ >= MAX_NAMES || !*i->name)
			continue;
		fprintf(out, "%s %s", nr > 1 ? "," : "", i->name);
	}
	if (nr > MAX_NAMES)
		fprintf(out, " and %u more", nr - MAX_NAMES);
}

static void print_item(const struct plan *p, const struct plan_item *item,
		       FILE *out)
{
	fputs(";   ", out);
	print_names(p, item, out);
	fprintf(out, ": %s\n;     %s%s", item->what,
		*item->target ? "= " : "not measured: ", item->target);
	if (*item->remark)
		fprintf(out, "%s%s%s", *item->target ? " (" : "",
			item->remark, *item->target ? ")" : "");
	fputc('\n', out);
}

static void print_others(const struct libvirt_domain *d, FILE *out)
{
	unsigned int i, k, nr;

	for (i = 0; i < d->nr_others; i++) {
		for (k = nr = 0; k < d->nr_others; k++) {
			if (d->other[k].element != d->other[i].element ||
			    strcmp(d->other[k].type, d->other[i].type))
				continue;
			if (k < i)
				break;
			nr++;
		}
		if (k < d->nr_others)
			continue;
		fprintf(out, ";   %s%s%s (%u)\n;     not measured: no target "
			"for it\n", d->other[i].element,
			*d->other[i].type ? " " : "", d->other[i].type, nr);
	}
	if (d->qemu_args)
		fprintf(out, ";   qemu:commandline with %u arguments\n;     "
			"not read: devices in it are not measured\n",
			d->qemu_args);
}

static void print_found(const struct plan *p, const struct libvirt_domain *d,
			FILE *out)
{
	const struct plan_item *item;

	fprintf(out, "; Found in the domain '%s': type %s, arch %s, machine "
		"%s, %u vCPUs, %u iothreads\n", d->name,
		*d->type ? d->type : "unknown", *d->arch ? d->arch : "unknown",
		*d->machine ? d->machine : "unknown", MAX(d->vcpus, 1u),
		d->iothreads);
	for (item = p->item; item < p->item + p->nr_items; item++)
		if (!seen_before(p, item))
			print_item(p, item, out);
	print_others(d, out);
	if (*d->arch && strcmp(d->arch, "x86_64"))
		fprintf(out, ";   Its architecture is not measured: the guest "
			"is an x86-64 one.\n");
}

static void print_head(FILE *out)
{
	fputs("; What a libvirt domain has today against what a change of "
	      "its XML would bring.\n"
	      "; Run it with: vioperf run FILE\n"
	      "; The element for a target: vioperf list --libvirt TARGET\n"
	      ";\n", out);
}

static unsigned int nr_listed(const struct plan *p)
{
	return MIN(p->nr_targets, (unsigned int)SCENARIO_MAX_VALUES);
}

/* Two depths, as many as there are queues; three kinds of traffic. */
static unsigned int count_cells(const struct plan *p)
{
	const unsigned int of[PLAN_TYPES] = {
		[PLAN_BLK] = 2 * p->nr_queues, [PLAN_NET] = 3,
		[PLAN_RNG] = 1, [PLAN_BALLOON] = 1,
	};
	unsigned int i, nr = 0;

	for (i = 0; i < nr_listed(p); i++)
		nr += of[p->target[i].type];
	return nr;
}

static void print_targets(const struct plan *p, FILE *out)
{
	unsigned int i;

	fputs(";\n; Targets\n", out);
	for (i = 0; i < p->nr_targets; i++)
		fprintf(out, ";   %-34s %s%s\n", p->target[i].name,
			p->target[i].why, i < SCENARIO_MAX_VALUES ? "" :
			"; left out, a scenario takes 16");
	fprintf(out, ";\n; Up to %u cells in %s blocks, each with a guest of "
		"its own; --blocks 1 for a first look.\n\n[run]\n",
		count_cells(p), BLOCKS);
}

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

static bool has_type(const struct plan *p, enum plan_type type)
{
	const struct plan_target *t = plan_reference(p, type);

	return t && t < p->target + nr_listed(p);
}

static void print_target_keys(const struct plan *p, FILE *out)
{
	unsigned int i, type, nr = 0;

	for (i = 0; i < nr_listed(p); i++)
		fprintf(out, "%s%s", i ? ", " : "target = ",
			p->target[i].name);
	fputs("\nreference = ", out);
	for (type = 0; type < PLAN_TYPES; type++)
		if (has_type(p, type))
			fprintf(out, "%s%s", nr++ ? ", " : "",
				plan_reference(p, type)->name);
	fputs("\ndriver = qemu\n", out);
}

static void print_vcpus(const struct plan *p, const struct libvirt_domain *d,
			FILE *out)
{
	if (!strcmp(d->type, "qemu"))
		fputs("; a domain of type qemu is emulated\n"
		      "accelerator = tcg\n", out);
	if (p->vcpus_capped)
		fprintf(out, "; the domain has %u, a scenario takes up to "
			"%u\n", d->vcpus, PLAN_MAX_QUEUES);
	fprintf(out, "vcpus = %u\n", p->vcpus);
}

static void print_queues(const struct plan *p, FILE *out)
{
	unsigned int i;

	if (p->queues_capped)
		fputs("; the domain has more queues than vCPUs: a guest uses "
		      "as many as it has vCPUs\n", out);
	if (p->queues[p->nr_queues - 1] < p->vcpus)
		fprintf(out, "; virtio can have one per vCPU: queues = 1, "
			"%u\n", p->vcpus);
	fputs("queues = ", out);
	for (i = 0; i < p->nr_queues; i++)
		fprintf(out, "%s%u", i ? ", " : "", p->queues[i]);
	fputc('\n', out);
}

/* Ring options of the first disk whose ring is QEMU's. */
static void print_ring(const struct libvirt_domain *d, FILE *out)
{
	const struct libvirt_disk *disk = d->disk;
	unsigned int i;

	for (i = 0; i < d->nr_disks; i++, disk++)
		if (!strcmp(disk->bus, "virtio") &&
		    strcmp(disk->source, "vhostuser"))
			break;
	if (i == d->nr_disks)
		return;
	if (!strcmp(disk->event_idx, "off"))
		fputs("event-idx = off\n", out);
	if (!strcmp(disk->packed, "on"))
		fprintf(out, "; disk %s has it; not every target offers it\n"
			"; packed = on\n", disk->name);
	if (disk->queue_size >= 8 && disk->queue_size <= 1024 &&
	    !(disk->queue_size & (disk->queue_size - 1)))
		fprintf(out, "ring-size = %u\n", disk->queue_size);
}

static void print_blk(const struct libvirt_domain *d, FILE *out)
{
	fputs("; No disk of the domain is ever opened: every target gets a "
	      "file of vioperf's\n; own, past the page cache (cache='none') "
	      "whatever the domain's cache is.\n"
	      "backing = file\n"
	      "rw = randread\n"
	      "bs = 4k\n"
	      "depth = 1, 32\n"
	      "engine = libaio\n", out);
	print_ring(d, out);
}

static void print_keys(const struct plan *p, const struct libvirt_domain *d,
		       FILE *out)
{
	print_name(d, out);
	print_target_keys(p, out);
	print_vcpus(p, d, out);
	if (has_type(p, PLAN_BLK)) {
		print_queues(p, out);
		print_blk(d, out);
	}
	if (has_type(p, PLAN_NET))
		fputs("; over a bridge and taps in a network namespace of the "
		      "run's own\n"
		      "traffic = tcp-g2h, tcp-h2g, bounceback\n", out);
	fputs("time = 1s\nwarmup = 0.2s\nblocks = " BLOCKS "\n", out);
}

int libvirt_scenario_print(const struct libvirt_domain *d, FILE *out,
			   struct err *e)
{
	struct plan p;
	int ret = plan_build(&p, d, e);

	if (!ret) {
		print_head(out);
		print_found(&p, d, out);
		print_targets(&p, out);
		print_keys(&p, d, out);
	}
	plan_free(&p);
	return ret;
}
