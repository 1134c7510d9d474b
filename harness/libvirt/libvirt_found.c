/* SPDX-License-Identifier: MIT */
/* What was found in a domain, and how a run differs from it, as comments. */
#include "libvirt_found.h"

#include <string.h>

#include "lib/util.h"

#define MAX_NAMES 8   /* of like devices, in one comment */
#define MAX_KINDS 200 /* of those; a scenario is 1 MiB at most */

static bool alike(const struct plan_item *a, const struct plan_item *b)
{
	return a->type == b->type && !strcmp(a->what, b->what) &&
	       !strcmp(a->target, b->target) && !strcmp(a->remark, b->remark) &&
	       !strcmp(a->notes, b->notes) &&
	       !strcmp(a->unread ? a->unread : "",
		       b->unread ? b->unread : "");
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

/* Each line of @notes, which may be NULL. */
static void print_notes(const char *notes, const char *indent, FILE *out)
{
	size_t n;

	for (; notes && *notes; notes += n + 1) {
		n = strcspn(notes, "\n");
		fprintf(out, "; %s%.*s\n", indent, (int)n, notes);
	}
}

static void print_shape(const struct plan_item *item, FILE *out)
{
	const struct plan_shape *s = &item->shape;

	if (item->type == PLAN_BLK)
		fprintf(out, ", queues %u", s->queues);
	if (!strstr(item->target, "virtio") && !strstr(item->target, "qsd"))
		return;
	if (s->ring_size)
		fprintf(out, ", ring-size %u%s%s", s->ring_size,
			s->no_event_idx ? ", event-idx off" : "",
			s->packed ? ", packed on" : "");
}

static void print_item(const struct plan *p, const struct plan_item *item,
		       FILE *out)
{
	fputs(";   ", out);
	print_names(p, item, out);
	fprintf(out, ": %s\n;     %s%s", item->what,
		*item->target ? "= " : "not measured: ", item->target);
	if (*item->target)
		print_shape(item, out);
	if (*item->remark)
		fprintf(out, "%s%s%s", *item->target ? " (" : "",
			item->remark, *item->target ? ")" : "");
	fputc('\n', out);
	if (!*item->target)
		return;
	print_notes(item->notes, "    but: ", out);
	print_notes(item->unread, "    but: ", out);
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

static void print_machine(const struct plan *p,
			  const struct libvirt_domain *d, FILE *out)
{
	const struct libvirt_machine *m = &p->machine;

	if (*d->machine && !m->known)
		fprintf(out, ";   Machine %s is not known: where the domain "
			"says nothing, virtio's defaults are\n;   taken to be "
			"those of QEMU %s\n", d->machine,
			m->dated ? "by the version in its name" :
				   "since 5.2, on PCI");
	else if (!m->dated)
		fputs(";   The machine names no version: where the domain says "
		      "nothing, virtio's\n;   defaults are taken to be those "
		      "of QEMU since 5.2\n", out);
	if (m->transport == TRANSPORT_PCI && libvirt_machine_is_legacy(m))
		fputs(";   Virtio devices on PCI are legacy ones, as machines "
		      "before QEMU 2.7 have them;\n;   a run's are virtio "
		      "1.0\n", out);
}

static void print_domain(const struct plan *p, const struct libvirt_domain *d,
			 FILE *out)
{
	fprintf(out, "; Found in the domain '%s': type %s, arch %s, machine "
		"%s, %u vCPUs, %u iothreads\n", d->name,
		*d->type ? d->type : "unknown", *d->arch ? d->arch : "unknown",
		*d->machine ? d->machine : "unknown", MAX(d->vcpus, 1u),
		d->iothreads);
	print_machine(p, d, out);
	if (*d->arch && strcmp(d->arch, "x86_64"))
		fputs(";   Its architecture is not measured: the guest is an "
		      "x86-64 one\n", out);
	if (!strcmp(d->type, "hvf"))
		fputs(";   Its hypervisor, of macOS, is not measured: a run "
		      "has KVM or emulates\n", out);
	print_notes(d->unread, "  but: ", out);
}

void libvirt_found_print(const struct plan *p, const struct libvirt_domain *d,
			 FILE *out)
{
	const struct plan_item *item;
	unsigned int nr = 0;

	print_domain(p, d, out);
	for (item = p->item; item < p->item + p->nr_items; item++)
		if (!seen_before(p, item) && nr++ < MAX_KINDS)
			print_item(p, item, out);
	if (nr > MAX_KINDS)
		fprintf(out, ";   %u more kinds of devices: not shown, but "
			"planned for\n", nr - MAX_KINDS);
	print_others(d, out);
}
