/* SPDX-License-Identifier: MIT */
#include "run_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/record.h"
#include "hostfacts.h"

/* A name, or a list of them in order of preference. */
static json_t *reference_of(const struct scenario *s)
{
	const struct scenario_values *v = &s->key[KEY_REFERENCE];
	json_t *list;
	unsigned int i;

	if (v->nr == 1)
		return json_string(*v->value[0] ? v->value[0] :
						  scenario_text(s, KEY_TARGET));
	list = json_array();
	for (i = 0; i < v->nr; i++)
		json_array_append_new(list, json_string(v->value[i]));
	return list;
}

/* The scenario's, and what the report has to say of changes. */
static json_t *notes_of(const struct run_facts *r)
{
	json_t *notes = json_array(), *change;
	unsigned int i;
	size_t k;

	for (i = 0; i < r->scenario->nr_notes; i++)
		json_array_append_new(notes,
				      json_string(r->scenario->note[i]));
	json_array_foreach((json_t *)r->changes, k, change)
		json_array_append_new(
			notes, json_sprintf("before block %d: %s",
					    (int)record_num(change, "block", 0),
					    record_str(change, "what", "")));
	return notes;
}

static json_t *vioperf_json(void)
{
	char id[64];

	program_build_id(id, sizeof(id), "/proc/self/exe");
	return json_pack("{ss ss ss ss ss}", "version", VIOPERF_VERSION,
			 "build_id", id, "path", self_path(), "compiler",
			 __VERSION__, "flags", VIOPERF_FLAGS);
}

/* Our own are of this program's version; of a user's nobody knows. */
static json_t *version_of(const struct cell *c, const struct programs *all)
{
	const struct program *p;

	if (c->custom)
		return json_null();
	if (!c->target->programs)
		return json_string("vioperf " VIOPERF_VERSION);
	p = programs_find(all, c->target->programs[0]);
	return p && *p->version ? json_string(p->version) : json_null();
}

static json_t *target_json(const struct cell *c, const struct programs *all)
{
	const char *name = c->value[KEY_TARGET];
	json_t *j = json_pack("{ss ss so so}", "name", name, "what",
			      c->custom ? c->custom->command : c->target->what,
			      "version", version_of(c, all), "options",
			      target_option_json(target_options(name)));
	const struct program *p =
		c->target->programs ?
			programs_find(all, c->target->programs[0]) : NULL;

	if (p)
		json_object_set_new(j, "program", json_string(p->name));
	return j;
}

static json_t *targets_of(const struct run_facts *r)
{
	json_t *list = json_array(), *seen = json_object();
	unsigned int i;

	for (i = 0; i < r->matrix->nr; i++) {
		const struct cell *c = &r->matrix->cell[i];
		const char *name = c->value[KEY_TARGET];

		if (json_object_get(seen, name))
			continue;
		json_object_set_new(seen, name, json_true());
		json_array_append_new(list, target_json(c, r->programs));
	}
	json_decref(seen);
	return list;
}

static json_t *cells_of(const struct run_facts *r)
{
	json_t *cells = json_array();
	unsigned int i;

	for (i = 0; i < r->matrix->nr; i++)
		json_array_append_new(cells, cell_json(&r->matrix->cell[i],
						       r->scenario));
	return cells;
}

int run_json_write(const struct run_facts *r, struct err *e)
{
	const struct run_folder *f = r->folder;
	char path[PATH_MAX + 16];
	json_t *j, *disk = diskfile_json(r->disk);
	int ret;

	j = json_pack("{si ss ss sI ss si sb si so so so so so so sO so}",
		      "schema", RECORD_SCHEMA, "id", f->id, "scenario",
		      f->name, "seed", (json_int_t)r->seed, "started",
		      f->started, "blocks", (int)r->blocks, "finished",
		      r->finished, "pid", (int)getpid(), "vioperf",
		      vioperf_json(), "host", hostfacts_json(), "programs",
		      programs_json(r->programs), "targets", targets_of(r),
		      "reference", reference_of(r->scenario), "notes",
		      notes_of(r), "changes", r->changes, "cells",
		      cells_of(r));
	if (disk)
		json_object_set_new(j, "disk", disk);
	snprintf(path, sizeof(path), "%s/run.json", f->dir);
	ret = record_write(path, j, e);
	json_decref(j);
	return ret;
}

int run_json_same(const json_t *j, const struct programs *programs,
		  struct err *e)
{
	const json_t *then = json_object_get(j, "vioperf");
	const char *other;
	char id[64];

	program_build_id(id, sizeof(id), "/proc/self/exe");
	if (strcmp(record_str(then, "build_id", ""), id) ||
	    strcmp(record_str(then, "version", ""), VIOPERF_VERSION))
		return err_set(e, -EINVAL, "the run was begun by another build "
			       "of vioperf (%s); its figures and new ones are "
			       "not of one program: begin it anew",
			       record_str(then, "version", "?"));
	other = programs_differ(programs, json_object_get(j, "programs"));
	if (other)
		return err_set(e, -EINVAL, "%s is another program now than "
			       "when the run was begun: begin it anew", other);
	return 0;
}
