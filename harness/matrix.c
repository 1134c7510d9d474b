/* SPDX-License-Identifier: MIT */
#include "matrix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/units.h"

/* A cell's id: every pair that tells cells apart, sorted by key. The list
 * keys are not, in the enum; this is the order of their names, with the keys
 * that are no lists between them. */
static int make_id(struct cell *c, const struct scenario *s)
{
	return asprintf(
		&c->id,
		"accelerator=none backing=%s bs=%s completion=%s depth=%s "
		"driver=%s event-idx=%s idle=%s indirect=%s queues=%s rate=%s "
		"ring-size=%s rw=%s target=%s traced=%s verify=%s",
		c->value[KEY_BACKING], c->value[KEY_BS],
		c->value[KEY_COMPLETION], c->value[KEY_DEPTH],
		c->value[KEY_DRIVER], c->value[KEY_EVENT_IDX],
		scenario_text(s, KEY_IDLE), c->value[KEY_INDIRECT],
		c->value[KEY_QUEUES], c->value[KEY_RATE],
		c->value[KEY_RING_SIZE], c->value[KEY_RW],
		c->value[KEY_TARGET], c->traced ? "yes" : "no",
		scenario_text(s, KEY_VERIFY));
}

/* FNV-1a: tells apart what the short name leaves out. */
static unsigned int hash16(const char *s)
{
	unsigned int h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return (h ^ h >> 16) & 0xffff;
}

static int make_file(struct cell *c)
{
	char *p;
	int ret = asprintf(&c->file, "%s.%s.%s.%s.d%s.q%s.%s%s-%04x",
			   c->value[KEY_TARGET], c->value[KEY_BACKING],
			   c->value[KEY_RW], c->value[KEY_BS],
			   c->value[KEY_DEPTH], c->value[KEY_QUEUES],
			   cell_polls(c) ? "poll" : "int",
			   c->traced ? ".traced" : "", hash16(c->id));

	for (p = c->file; ret >= 0 && *p; p++)
		if (*p == ':' || *p == '/')
			*p = '_';
	return ret;
}

static void exclude(struct cell *c, enum cell_status status, const char *fmt,
		    const char *arg)
{
	if (c->status != CELL_PLANNED)
		return;
	c->status = status;
	snprintf(c->reason, sizeof(c->reason), fmt, arg); /* may be cut */
}

static uint64_t number(const struct cell *c, enum scenario_key key)
{
	uint64_t n = 0;

	units_parse_count(c->value[key], &n);
	return n;
}

static void judge(struct cell *c, const char *no_trace)
{
	const struct target_ops *t = c->target;
	struct err e = { "" };

	if (!(t->backings & c->backing))
		exclude(c, CELL_EXCLUDED, "%s has no such backing", t->name);
	if (t->in_process && !cell_polls(c))
		exclude(c, CELL_EXCLUDED,
			"%s answers within the load: there is no interrupt",
			t->name);
	if (t->in_process && c->traced)
		exclude(c, CELL_EXCLUDED, "%s has nothing to trace", t->name);
	if (number(c, KEY_DEPTH) > number(c, KEY_RING_SIZE))
		exclude(c, CELL_EXCLUDED, "depth beyond the ring of %s",
			c->value[KEY_RING_SIZE]);
	if (t->usable(&e) < 0) {
		exclude(c, CELL_SKIPPED, "%s", e.text);
		if (t->package && c->status == CELL_SKIPPED &&
		    strlen(c->reason) + strlen(t->package) + 40 <
			    sizeof(c->reason))
			sprintf(c->reason + strlen(c->reason),
				"; install the package %s", t->package);
	}
	if (c->traced && no_trace)
		exclude(c, CELL_SKIPPED, "no tracing: %s", no_trace);
}

static bool wants_trace(const struct scenario *s, const struct cell *c)
{
	const char *traced = scenario_text(s, KEY_TRACED);

	if (c->target->in_process || !strcmp(traced, "no"))
		return false;
	return !strcmp(traced, "yes") || !cell_polls(c) ||
	       number(c, KEY_DEPTH) == 1;
}

static int finish_cell(struct matrix *m, const struct scenario *s,
		       struct cell *c, const char *no_trace)
{
	c->backing = target_backing(c->value[KEY_BACKING], &c->ram_bytes);
	if (make_id(c, s) < 0 || make_file(c) < 0)
		return -ENOMEM;
	judge(c, no_trace);
	m->nr_planned += c->status == CELL_PLANNED;
	m->nr++;
	return 0;
}

/* Add the cell of the indices in @at, and its traced twin. */
static int add_cell(struct matrix *m, const struct scenario *s,
		    const unsigned int *at, const char *no_trace,
		    struct err *e)
{
	struct cell *c = &m->cell[m->nr];
	int key, ret;

	for (key = 0; key < KEY_LISTS; key++)
		c->value[key] = s->key[key].value[at[key]];
	c->target = target_find(c->value[KEY_TARGET], s, &c->custom);
	if (!c->target)
		return err_set(e, -EINVAL, "no target '%s'; vioperf list shows "
			       "what there is, [target %s] adds one",
			       c->value[KEY_TARGET], c->value[KEY_TARGET]);
	ret = finish_cell(m, s, c, no_trace);
	if (ret || !wants_trace(s, c))
		return ret;
	c[1] = *c;
	c[1].traced = true;
	c[1].twin_of = c;
	c[1].status = CELL_PLANNED;
	return finish_cell(m, s, c + 1, no_trace);
}

int matrix_build(struct matrix *m, const struct scenario *s,
		 const char *no_trace, struct err *e)
{
	unsigned int at[KEY_LISTS] = { 0 };
	size_t room = 2;
	int key, ret;

	memset(m, 0, sizeof(*m));
	for (key = 0; key < KEY_LISTS; key++)
		room *= s->key[key].nr;
	if (room > 20000)
		return err_set(e, -E2BIG, "%zu cells are too many", room / 2);
	m->cell = calloc(room, sizeof(*m->cell));
	if (!m->cell)
		return err_set(e, -ENOMEM, "out of memory");
	do {
		ret = add_cell(m, s, at, no_trace, e);
		if (ret < 0)
			return ret;
		for (key = KEY_LISTS - 1; key >= 0; key--) {
			if (++at[key] < s->key[key].nr)
				break;
			at[key] = 0;
		}
	} while (key >= 0);
	return 0;
}

void matrix_free(struct matrix *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		free(m->cell[i].id);
		free(m->cell[i].file);
	}
	free(m->cell);
	memset(m, 0, sizeof(*m));
}

/* Requests/s of "20k/poisson"; 0 is a closed loop. */
static json_int_t rate_of(const struct cell *c)
{
	char text[64];
	uint64_t n = 0;

	snprintf(text, sizeof(text), "%s", c->value[KEY_RATE]);
	text[strcspn(text, "/")] = 0;
	units_parse_count(text, &n);
	return (json_int_t)n;
}

static json_t *load_json(const struct cell *c, const struct scenario *s)
{
	uint64_t bs = 0;

	units_parse_size(c->value[KEY_BS], &bs);
	return json_pack("{ss ss sI sI sI ss sI sb sb sI sI}", "type",
			 c->target->type, "rw", c->value[KEY_RW], "bs",
			 (json_int_t)bs, "depth",
			 (json_int_t)number(c, KEY_DEPTH), "queues",
			 (json_int_t)number(c, KEY_QUEUES), "completion",
			 c->value[KEY_COMPLETION], "rate",
			 rate_of(c),
			 "poisson", strchr(c->value[KEY_RATE], '/') != NULL,
			 "verify", !strcmp(scenario_text(s, KEY_VERIFY), "on"),
			 "time_ns", (json_int_t)scenario_number(s, KEY_TIME),
			 "warmup_ns",
			 (json_int_t)scenario_number(s, KEY_WARMUP));
}

json_t *cell_json(const struct cell *c, const struct scenario *s)
{
	static const char *const status[] = { "planned", "excluded",
					      "skipped" };
	json_t *j = json_pack(
		"{ss ss ss ss ss ss ss so s{sb sb sI} sb ss}", "id", c->id,
		"file", c->file, "target", c->value[KEY_TARGET], "driver",
		c->value[KEY_DRIVER], "accelerator", "none", "backing",
		c->value[KEY_BACKING], "idle", scenario_text(s, KEY_IDLE),
		"load", load_json(c, s), "ring", "event_idx",
		!strcmp(c->value[KEY_EVENT_IDX], "on"), "indirect",
		!strcmp(c->value[KEY_INDIRECT], "on"), "size",
		(json_int_t)number(c, KEY_RING_SIZE), "traced", c->traced,
		"status", status[c->status]);

	if (c->twin_of)
		json_object_set_new(j, "twin_of", json_string(c->twin_of->id));
	if (c->reason[0])
		json_object_set_new(j, "reason", json_string(c->reason));
	return j;
}
