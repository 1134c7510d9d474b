/* SPDX-License-Identifier: MIT */
#include "matrix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/blk_load.h"
#include "lib/units.h"
#include "cell_name.h"

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

static uint64_t size(const struct cell *c, enum scenario_key key)
{
	uint64_t n = 0;

	units_parse_size(c->value[key], &n);
	return n;
}

/* Driver user: over vhost-user, our own loop. */
static void judge_user(struct cell *c, const struct scenario *s)
{
	const struct target_ops *t = c->target;

	if (t->in_process && !cell_polls(c))
		exclude(c, CELL_EXCLUDED,
			"%s answers within the load: there is no interrupt",
			t->name);
	if (t->in_process && c->traced)
		exclude(c, CELL_EXCLUDED, "%s has nothing to trace", t->name);
	if (!strcmp(scenario_text(s, KEY_VERIFY), "on") &&
	    c->backing == BACKING_NULL)
		exclude(c, CELL_EXCLUDED, "there is nothing to verify in "
			"backing %s", "null");
	if (!strcmp(c->value[KEY_PACKED], "on"))
		exclude(c, CELL_EXCLUDED, "driver %s has split rings only",
			"user");
}

/* Driver kvm: the same, with a bare guest working the ring. */
static void judge_kvm(struct cell *c, const struct matrix_host *host)
{
	if (strcmp(c->value[KEY_RATE], "0"))
		exclude(c, CELL_EXCLUDED, "no open loop under %s", "kvm");
	if (host->no_kvm)
		exclude(c, CELL_SKIPPED, "%s", host->no_kvm);
}

/* What QEMU and what stands behind it take of a ring. */
static void judge_qemu_ring(struct cell *c)
{
	if (c->target->emulated)
		return;
	if (c->target->load == LOAD_NET && number(c, KEY_RING_SIZE) < 256)
		exclude(c, CELL_EXCLUDED, "QEMU's virtio-net has no ring of "
			"%s, but of 256 to 1024", c->value[KEY_RING_SIZE]);
	if (c->target->split_only && !strcmp(c->value[KEY_PACKED], "on"))
		exclude(c, CELL_EXCLUDED, "%s has split rings only",
			c->target->name);
}

/* Driver qemu: Linux's drivers, fio and iperf. */
static void judge_qemu(struct cell *c, const struct scenario *s,
		       const struct matrix_host *host)
{
	if (c->target->load == LOAD_BLK) {
		if (cell_polls(c))
			exclude(c, CELL_EXCLUDED, "Linux's drivers sleep until "
				"the %s", "interrupt");
		if (strcmp(c->value[KEY_RATE], "0"))
			exclude(c, CELL_EXCLUDED, "no open loop under %s",
				"qemu");
		if (c->target->one_queue && number(c, KEY_QUEUES) > 1)
			exclude(c, CELL_EXCLUDED, "%s has one queue",
				c->target->name);
		if (number(c, KEY_QUEUES) > scenario_number(s, KEY_VCPUS))
			exclude(c, CELL_EXCLUDED, "Linux uses no more queues "
				"than vCPUs, here %s",
				scenario_text(s, KEY_VCPUS));
	}
	judge_qemu_ring(c);
	if (c->target->load == LOAD_NET &&
	    !strcmp(c->value[KEY_TRAFFIC], "tcp-g2g") &&
	    target_option_has(target_options(c->value[KEY_TARGET]), "slirp"))
		exclude(c, CELL_EXCLUDED, "guests behind %s do not see each "
			"other", "slirp");
	if (host->no_guest)
		exclude(c, CELL_SKIPPED, "%s", host->no_guest);
}

static void judge_machine(struct cell *c, const struct matrix_host *host)
{
	const struct target_ops *t = c->target;
	struct err e = { "" };

	if (target_usable(t, &e) < 0) {
		exclude(c, CELL_SKIPPED, "%s", e.text);
		if (t->package && c->status == CELL_SKIPPED &&
		    strlen(c->reason) + strlen(t->package) + 40 <
			    sizeof(c->reason))
			sprintf(c->reason + strlen(c->reason),
				"; install the package %s", t->package);
	}
	if (c->traced && host->no_trace)
		exclude(c, CELL_SKIPPED, "no tracing: %s", host->no_trace);
}

static uint64_t disk_bytes(const struct cell *c, const struct scenario *s)
{
	return c->backing == BACKING_RAM  ? c->ram_bytes :
	       c->backing == BACKING_FILE ? scenario_number(s, KEY_FILE_SIZE) :
					    0;
}

/* What no driver could do. A guest's waits for room in the ring by itself. */
static void judge_load(struct cell *c, const struct scenario *s)
{
	bool guest = c->driver == DRIVER_QEMU;
	struct blk_load l = {
		.bs_bytes = size(c, KEY_BS),
		.depth = (unsigned int)number(c, KEY_DEPTH),
		.queues = (unsigned int)number(c, KEY_QUEUES),
		.ring_size = guest ? 0 :
				     (unsigned int)number(c, KEY_RING_SIZE),
		.indirect = !strcmp(c->value[KEY_INDIRECT], "on"),
		.verify = !strcmp(scenario_text(s, KEY_VERIFY), "on"),
	};
	uint64_t bytes = disk_bytes(c, s), range;
	struct err e;

	blk_mix_parse(c->value[KEY_RW], &l.mix);
	if (blk_load_check(&l, &e) < 0 ||
	    (bytes && blk_load_range(&l, bytes, &range, &e) < 0))
		exclude(c, CELL_EXCLUDED, "%s", e.text);
}

static void judge_options(struct cell *c)
{
	const char *options = target_options(c->value[KEY_TARGET]);
	const char *idle = target_option_idle(c->target, options, c->backing);

	if (c->target->load == LOAD_BLK && idle)
		exclude(c, CELL_EXCLUDED, "+%s says nothing of this backing",
			idle);
}

static void judge(struct cell *c, const struct scenario *s,
		  const struct matrix_host *host)
{
	const struct target_ops *t = c->target;

	if (!(t->drivers & c->driver))
		exclude(c, CELL_EXCLUDED, c->driver == DRIVER_USER ?
				"%s needs a guest: driver = qemu" :
				"%s is no device that a guest can have",
			t->name);
	if (t->load == LOAD_BLK && !(t->backings & c->backing))
		exclude(c, CELL_EXCLUDED, "%s has no such backing", t->name);
	judge_options(c);
	if (t->load == LOAD_BLK)
		judge_load(c, s);
	if (c->driver == DRIVER_QEMU)
		judge_qemu(c, s, host);
	else
		judge_user(c, s);
	if (c->driver == DRIVER_KVM)
		judge_kvm(c, host);
	judge_machine(c, host);
}

static bool wants_trace(const struct scenario *s, const struct cell *c)
{
	const char *traced = scenario_values(s, c->part, KEY_TRACED)->value[0];

	if (c->target->in_process || c->driver == DRIVER_QEMU ||
	    !strcmp(traced, "no"))
		return false;
	return !strcmp(traced, "yes") || !cell_polls(c) ||
	       number(c, KEY_DEPTH) == 1;
}

static int finish_cell(struct matrix *m, const struct scenario *s,
		       struct cell *c, const struct matrix_host *host)
{
	int ret = cell_name(c, s);

	if (ret < 0)
		return ret;
	judge(c, s, host);
	m->nr_planned += c->status == CELL_PLANNED;
	m->nr++;
	return 0;
}

static unsigned int driver_of(const char *name)
{
	return !strcmp(name, "user") ? DRIVER_USER :
	       !strcmp(name, "kvm")  ? DRIVER_KVM :
				       DRIVER_QEMU;
}

/* A key that says nothing of this target does not multiply it: then only the
 * first of its values counts. */
static bool is_repeated(const struct cell *c, const struct scenario *s,
			const unsigned int *at)
{
	int key;

	for (key = 0; key < KEY_LISTS; key++)
		if (at[key] && !cell_has_key(c, s, (enum scenario_key)key))
			return true;
	return false;
}

/* A target that only one of the scenario's drivers can have is no news under
 * the others. */
static bool other_driver_has_it(const struct cell *c, const struct scenario *s)
{
	const struct scenario_values *v =
		scenario_values(s, c->part, KEY_DRIVER);
	unsigned int i, has = 0;

	for (i = 0; i < v->nr; i++)
		has |= driver_of(v->value[i]);
	return !(c->target->drivers & c->driver) && c->target->drivers & has;
}

/* [run] and [also] may both ask for it. */
static bool is_there(const struct matrix *m, const struct cell *c)
{
	const struct cell *x;

	for (x = m->cell; x < c; x++)
		if (!strcmp(x->id, c->id))
			return true;
	return false;
}

static int drop_cell(struct matrix *m, struct cell *c,
		     const struct scenario *s, struct err *e)
{
	int ret = scenario_was_set(s) ? 0 :
		  err_set(e, -EINVAL, "[also] in line %d asks for a cell that "
			  "is there already: %s",
			  s->also[c->part - 1].line, c->id);

	m->nr_planned -= c->status == CELL_PLANNED;
	m->nr--;
	free(c->id);
	free(c->group);
	free(c->file);
	memset(c, 0, sizeof(*c));
	return ret;
}

static int add_twin(struct matrix *m, const struct scenario *s,
		    struct cell *c, const struct matrix_host *host)
{
	c[1] = *c;
	c[1].traced = true;
	c[1].twin_of = c;
	c[1].status = CELL_PLANNED;
	c[1].reason[0] = 0;
	return finish_cell(m, s, c + 1, host);
}

/* Add the cell of the indices in @at, and its traced twin. */
static int add_cell(struct matrix *m, const struct scenario *s,
		    unsigned int part, const unsigned int *at,
		    const struct matrix_host *host, struct err *e)
{
	struct cell *c = &m->cell[m->nr];
	int key, ret;

	c->part = part;
	for (key = 0; key < KEY_LISTS; key++)
		c->value[key] = scenario_values(s, part, key)->value[at[key]];
	c->target = target_find(c->value[KEY_TARGET], s, &c->custom);
	c->driver = driver_of(c->value[KEY_DRIVER]);
	c->accelerator = c->driver == DRIVER_USER ? "none" :
			 c->driver == DRIVER_KVM  ? host->kvm :
						    host->accelerator;
	c->backing = target_backing(c->value[KEY_BACKING], &c->ram_bytes);
	if (is_repeated(c, s, at) || other_driver_has_it(c, s))
		return 0;
	ret = finish_cell(m, s, c, host);
	if (!ret && part && is_there(m, c))
		return drop_cell(m, c, s, e);
	if (ret || !wants_trace(s, c))
		return ret;
	return add_twin(m, s, c, host);
}

static int add_part(struct matrix *m, const struct scenario *s,
		    unsigned int part, const struct matrix_host *host,
		    struct err *e)
{
	unsigned int at[KEY_LISTS] = { 0 };
	int key, ret;

	do {
		ret = add_cell(m, s, part, at, host, e);
		if (ret < 0)
			return ret;
		for (key = KEY_LISTS - 1; key >= 0; key--) {
			if (++at[key] < scenario_values(s, part, key)->nr)
				break;
			at[key] = 0;
		}
	} while (key >= 0);
	return 0;
}

static size_t room_for(const struct scenario *s)
{
	size_t room = 0, n;
	unsigned int part;
	int key;

	for (part = 0; part <= s->nr_also; part++) {
		for (key = 0, n = 2; key < KEY_LISTS && n <= 40000; key++)
			n *= scenario_values(s, part, key)->nr;
		room += n;
	}
	return room;
}

static bool is_of_any(const struct matrix *m, const struct scenario *s,
		      enum scenario_key key)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (cell_has_key(&m->cell[i], s, key))
			return true;
	return false;
}

/* A key that was given for nothing is a mistake; one that --set made idle is
 * not, unless --set gave it. */
static int check_keys(const struct matrix *m, const struct scenario *s,
		      struct err *e)
{
	enum scenario_given least = scenario_was_set(s) ? GIVEN_SET :
							  GIVEN_FILE;
	unsigned int part;
	int key;

	for (key = 0; key < KEY_COUNT; key++)
		for (part = 0; part <= s->nr_also; part++)
			if (scenario_values(s, part, key)->given >= least &&
			    !is_of_any(m, s, key))
				return err_set(e, -EINVAL, "%s says nothing of "
					       "any cell: no target of this "
					       "run, under its drivers and "
					       "with its backings, has it",
					       scenario_key_name(key));
	return 0;
}

int matrix_build(struct matrix *m, const struct scenario *s,
		 const struct matrix_host *host, struct err *e)
{
	size_t room = room_for(s);
	unsigned int part;
	int ret = 0;

	memset(m, 0, sizeof(*m));
	if (room > 20000)
		return err_set(e, -E2BIG, "more than 10000 cells are too many");
	m->cell = calloc(room, sizeof(*m->cell));
	if (!m->cell)
		return err_set(e, -ENOMEM, "out of memory");
	for (part = 0; part <= s->nr_also && !ret; part++)
		ret = add_part(m, s, part, host, e);
	return ret ?: check_keys(m, s, e);
}

void matrix_free(struct matrix *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		free(m->cell[i].id);
		free(m->cell[i].group);
		free(m->cell[i].file);
	}
	free(m->cell);
	memset(m, 0, sizeof(*m));
}
