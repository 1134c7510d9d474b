/* SPDX-License-Identifier: MIT */
#include "guest_notes.h"

#include <string.h>

#include "../lib/record.h"
#include "../lib/util.h"

static bool is_used(const struct report *r, const char *accelerator)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (!strcmp(r->cell[i].accelerator, accelerator) &&
		    strcmp(r->cell[i].status, "excluded"))
			return true;
	return false;
}

const char *guest_accelerator(const struct report *r)
{
	bool kvm = is_used(r, "kvm");

	if (!is_used(r, "tcg"))
		return kvm ? "KVM: guests run on the host's CPUs" : NULL;
	if (kvm)
		return "KVM and TCG: figures of one are never compared with "
		       "the other's; under TCG the guest's CPU is emulated, "
		       "for correctness and large factors, not for absolute "
		       "figures";
	return "TCG: the guest's CPU is emulated; for correctness and large "
	       "factors, not for absolute figures";
}

/* The largest excess of busy threads over CPUs. */
static void note_overcommit(struct report *r)
{
	double most = 0, cpus = 0, busy;
	const json_t *g;
	int i, n = 0;

	for (i = 0; i < r->nr_cells; i++) {
		g = r->cell[i].guest;
		if (!json_is_true(json_object_get(g, "overcommit")))
			continue;
		busy = record_num(g, "busy_threads", 0);
		cpus = record_num(g, "cpus", 0);
		most = MAX(most, busy);
		n++;
	}
	if (n)
		json_array_append_new(
			r->notes,
			json_sprintf("overcommit: up to %.0f busy threads "
				     "(vCPUs and the one that is the device) "
				     "on %.0f CPUs in %d cells: what they take "
				     "from each other is in their figures",
				     most, cpus, n));
}

static void note_guest(struct report *r, const json_t *g)
{
	const char *why = record_str(g, "why_not_kvm", NULL);

	json_array_append_new(r->notes,
			      json_sprintf("guest: Linux %s, booted with: %s",
					   record_str(g, "kernel", "?"),
					   record_str(g, "cmdline", "?")));
	json_array_append_new(
		r->notes,
		json_sprintf("guest: %s", record_str(g, "pinning", "?")));
	if (why)
		json_array_append_new(r->notes,
				      json_sprintf("guest: not KVM: %s", why));
}

/* One guest for all cells, or the comparison is not of devices alone. */
static void check_same(struct report *r, const json_t *first, const json_t *g)
{
	static const char *const keys[] = { "kernel", "cmdline" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(record_str(first, keys[i], ""),
			   record_str(g, keys[i], "")))
			json_array_append_new(
				r->problems,
				json_sprintf("guests differ in %s: %s and %s",
					     keys[i],
					     record_str(first, keys[i], "?"),
					     record_str(g, keys[i], "?")));
}

void guest_notes(struct report *r)
{
	const json_t *first = NULL;
	int i;

	for (i = 0; i < r->nr_cells; i++) {
		if (!r->cell[i].guest)
			continue;
		if (!first)
			note_guest(r, r->cell[i].guest);
		else
			check_same(r, first, r->cell[i].guest);
		first = first ? first : r->cell[i].guest;
	}
	note_overcommit(r);
}
