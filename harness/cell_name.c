/* SPDX-License-Identifier: MIT */
#include "cell_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* What a pair is for. */
enum { ID = 1, GROUP = 2 };

/* Of which cells it is a property. */
#define BLK	(LOAD_BLK)
#define ANY	(LOAD_BLK | LOAD_NET | LOAD_RNG | LOAD_BALLOON)
#define RINGED	(LOAD_BLK | LOAD_NET)
#define RNG	(LOAD_RNG)
#define QEMU	DRIVER_QEMU
#define USER	DRIVER_USER
#define EACH	DRIVER_ANY

/* Every pair, sorted by name, then keys that are in no name. Where it depends
 * on the load which drivers have one, it has a line for each. Those that are no
 * key of a scenario have KEY_COUNT for it. */
static const struct pair {
	const char *name;
	enum scenario_key key;
	unsigned int loads, drivers, use;
} pairs[] = {
	{ "accelerator", KEY_COUNT, ANY, EACH, ID },
	{ "backing", KEY_BACKING, BLK, EACH, ID | GROUP },
	{ "bs", KEY_BS, BLK, EACH, ID | GROUP },
	{ "bs", KEY_BS, RNG, USER, ID | GROUP },
	{ "completion", KEY_COMPLETION, BLK, EACH, ID | GROUP },
	{ "completion", KEY_COMPLETION, RNG, USER, ID | GROUP },
	{ "depth", KEY_DEPTH, BLK, EACH, ID | GROUP },
	{ "depth", KEY_DEPTH, RNG, USER, ID | GROUP },
	{ "driver", KEY_DRIVER, ANY, EACH, ID },
	{ "engine", KEY_ENGINE, BLK, QEMU, ID | GROUP },
	{ "event-idx", KEY_EVENT_IDX, RINGED, EACH, ID | GROUP },
	{ "event-idx", KEY_EVENT_IDX, RNG, USER, ID | GROUP },
	{ "idle", KEY_IDLE, ANY, EACH, ID | GROUP },
	{ "indirect", KEY_INDIRECT, RINGED, EACH, ID | GROUP },
	{ "indirect", KEY_INDIRECT, RNG, USER, ID | GROUP },
	{ "packed", KEY_PACKED, RINGED, QEMU, ID | GROUP },
	{ "queues", KEY_QUEUES, BLK, EACH, ID | GROUP },
	{ "rate", KEY_RATE, BLK, EACH, ID | GROUP },
	{ "rate", KEY_RATE, RNG, USER, ID | GROUP },
	{ "ring-size", KEY_RING_SIZE, RINGED, EACH, ID | GROUP },
	{ "ring-size", KEY_RING_SIZE, RNG, USER, ID | GROUP },
	{ "rw", KEY_RW, BLK, EACH, ID | GROUP },
	{ "target", KEY_TARGET, ANY, EACH, ID },
	{ "traced", KEY_COUNT, ANY, EACH, ID },
	{ "traffic", KEY_TRAFFIC, LOAD_NET, QEMU, ID | GROUP },
	{ "vcpus", KEY_VCPUS, ANY, QEMU, ID },
	{ "verify", KEY_VERIFY, BLK, EACH, ID | GROUP },
	{ "verify", KEY_VERIFY, RNG, USER, ID | GROUP },
	{ NULL, KEY_FILE_SIZE, BLK, EACH, 0 },
	{ NULL, KEY_ACCELERATOR, ANY, QEMU, 0 },
	{ NULL, KEY_MEMORY, ANY, QEMU, 0 },
	{ NULL, KEY_KERNEL, ANY, QEMU, 0 },
	{ NULL, KEY_INITRD, ANY, QEMU, 0 },
	{ NULL, KEY_IMAGE, ANY, QEMU, 0 },
	{ NULL, KEY_APPEND, ANY, QEMU, 0 },
};

static bool applies(const struct cell *c, const struct pair *p)
{
	return p->loads & c->target->load && p->drivers & c->driver;
}

bool cell_has_key(const struct cell *c, const struct scenario *s,
		  enum scenario_key key)
{
	bool known = false;
	size_t i;

	/* Hardware's twins have no virtio ring to vary. */
	if (c->target->emulated &&
	    (key == KEY_EVENT_IDX || key == KEY_INDIRECT ||
	     key == KEY_RING_SIZE || key == KEY_PACKED))
		return false;
	if (key == KEY_FILE_SIZE && c->backing != BACKING_FILE)
		return false;
	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		if (pairs[i].key == key) {
			if (applies(c, &pairs[i]))
				return true;
			known = true;
		}
	return !known;
}

/* A pair that only the qemu driver has takes its first value in the group of
 * a cell of another driver, so that both come into one table. */
static const char *value_of(const struct cell *c, const struct scenario *s,
			    const struct pair *p)
{
	if (p->key == KEY_COUNT)
		return p->name[0] == 'a' ? c->accelerator :
		       c->traced	 ? "yes" :
					   "no";
	if (p->key >= KEY_LISTS)
		return scenario_text(s, p->key);
	return applies(c, p) ? c->value[p->key] : s->key[p->key].value[0];
}

static char *join(const struct cell *c, const struct scenario *s,
		  unsigned int use)
{
	char *text = NULL;
	size_t n, i;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	if (use == GROUP)
		fprintf(f, "type=%s", target_load_name(c->target->load));
	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		if (pairs[i].use & use && pairs[i].loads & c->target->load &&
		    (use == GROUP || applies(c, &pairs[i])))
			fprintf(f, "%s%s=%s", ftell(f) ? " " : "",
				pairs[i].name, value_of(c, s, &pairs[i]));
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

/* FNV-1a: tells apart what the short name leaves out. */
static unsigned int hash(const char *s)
{
	unsigned int h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

static int make_file(struct cell *c)
{
	const char *const *v = c->value;
	const char *guest = c->driver == DRIVER_QEMU ? ".qemu" :
			    c->driver == DRIVER_KVM  ? ".kvm" :
						       "";
	bool open_loop = strcmp(v[KEY_RATE], "0");
	char *p;
	int ret;

	if (c->target->load == LOAD_BLK)
		ret = asprintf(&c->file, "%s%s.%s.%s.%s.d%s.q%s%s%s.%s%s-%08x",
			       v[KEY_TARGET], guest, v[KEY_BACKING], v[KEY_RW],
			       v[KEY_BS], v[KEY_DEPTH], v[KEY_QUEUES],
			       open_loop ? ".r" : "",
			       open_loop ? v[KEY_RATE] : "",
			       cell_polls(c) ? "poll" : "int",
			       c->traced ? ".traced" : "", hash(c->id));
	else
		ret = asprintf(&c->file, "%s%s.%s-%08x", v[KEY_TARGET], guest,
			       c->target->load == LOAD_NET ?
				       v[KEY_TRAFFIC] :
				       target_load_name(c->target->load),
			       hash(c->id));
	for (p = c->file; ret >= 0 && *p; p++)
		if (*p == ':' || *p == '/')
			*p = '_';
	return ret;
}

int cell_name(struct cell *c, const struct scenario *s)
{
	c->id = join(c, s, ID);
	c->group = join(c, s, GROUP);
	return !c->id || !c->group || make_file(c) < 0 ? -ENOMEM : 0;
}
