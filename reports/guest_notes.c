/* SPDX-License-Identifier: MIT */
#include "guest_notes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/util.h"

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

/* Threads that want a CPU each are more than there are: what they take from
 * each other is in the figures of that table. */
static void note_overcommit(struct report_comparison *k)
{
	double most = 0, cpus = 0;
	const json_t *g;
	int i, n = 0;

	for (i = 0; i < k->nr_measured; i++) {
		g = k->member[i].cell->guest;
		if (!json_is_true(json_object_get(g, "overcommit")))
			continue;
		most = MAX(most, record_num(g, "busy_threads", 0));
		cpus = record_num(g, "cpus", 0);
		n++;
	}
	if (n)
		snprintf(k->note, sizeof(k->note),
			 "overcommit in %d of %d: up to %.4g busy threads on "
			 "%.4g CPUs take time from each other",
			 n, k->nr_measured, most, cpus);
}

static void note_guest(struct report *r, const json_t *g)
{
	const char *why = record_str(g, "why_not_kvm", NULL);
	const char *qemu = record_str(g, "qemu_version", "");

	json_array_append_new(
		r->notes, json_sprintf("guest: Linux %s%s%s, booted with: %s",
				       record_str(g, "kernel", "?"),
				       *qemu ? " under QEMU " : "", qemu,
				       record_str(g, "cmdline", "?")));
	json_array_append_new(
		r->notes,
		json_sprintf("guest: %s", record_str(g, "pinning", "?")));
	if (why)
		json_array_append_new(r->notes,
				      json_sprintf("guest: not KVM: %s", why));
}

/* Was @first seen with another @key? Says so, once a table and key. */
static bool differs(struct report *r, const struct report_comparison *k,
		    const json_t *first, const json_t *g, const char *key)
{
	const json_t *a = json_object_get(first, key);
	const json_t *b = json_object_get(g, key);
	char *x, *y;

	if (!a || !b || json_equal(a, b))
		return false;
	x = json_dumps(a, JSON_ENCODE_ANY);
	y = json_dumps(b, JSON_ENCODE_ANY);
	json_array_append_new(r->problems,
			      json_sprintf("%s: guests differ in %s, %s and %s",
					   k->heading, key, x ? x : "?",
					   y ? y : "?"));
	free(x);
	free(y);
	return true;
}

/* One guest for all cells of a table, or not devices alone are compared. */
static void check_guests(struct report *r, const struct report_comparison *k)
{
	static const char *const keys[] = { "kernel",  "cmdline",
					    "vcpus",   "qemu_version",
					    "pinning", "memory_bytes" };
	const json_t *first = NULL, *g;
	size_t i;
	int j;

	for (j = 0; j < k->nr_measured && !first; j++)
		first = k->member[j].cell->guest;
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		for (j = 0; j < k->nr_measured; j++) {
			g = k->member[j].cell->guest;
			if (g && differs(r, k, first, g, keys[i]))
				break;
		}
}

const json_t *guest_first(const struct report *r)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (r->cell[i].guest)
			return r->cell[i].guest;
	return NULL;
}

void guest_notes(struct report *r)
{
	const json_t *guest = guest_first(r);
	int i;

	if (guest)
		note_guest(r, guest);
	for (i = 0; i < r->nr_comparisons; i++) {
		check_guests(r, &r->comparison[i]);
		note_overcommit(&r->comparison[i]);
	}
}
