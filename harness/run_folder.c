/* SPDX-License-Identifier: MIT */
#include "run_folder.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/output.h"
#include "../lib/record.h"
#include "hostfacts.h"

#define RESULTS "results"

int run_folder_find(struct run_folder *f, const struct run_options *o,
		    struct err *e)
{
	struct stat st;

	if (!o->resume) {
		snprintf(f->scenario, sizeof(f->scenario), "%s", o->scenario);
		return 0;
	}
	if (!realpath(o->resume, f->dir))
		return err_set(e, -EINVAL, "%s: %s", o->resume,
			       strerror(errno));
	if (snprintf(f->scenario, sizeof(f->scenario), "%s/scenario.ini",
		     f->dir) >= (int)sizeof(f->scenario) ||
	    stat(f->scenario, &st) < 0)
		return err_set(e, -EINVAL, "%s: not the folder of a run",
			       o->resume);
	return 0;
}

static int make_folder(const char *path, struct err *e)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return err_set(e, -errno, "%s: cannot create: %s", path,
			       strerror(errno));
	return 0;
}

/* The scenario's name: its own, or its file's. */
static void name_of(char *name, size_t room, const struct run_options *o,
		    const struct scenario *s)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", o->scenario);
	snprintf(name, room, "%s", *scenario_text(s, KEY_NAME) ?
					   scenario_text(s, KEY_NAME) :
					   basename(copy));
	if (strlen(name) > 4 && !strcmp(name + strlen(name) - 4, ".ini"))
		name[strlen(name) - 4] = 0;
}

/* The scenario as it was read, and what --set gave in a section of its own: a
 * resumed run reads this file alone. */
static int keep_scenario(const struct run_folder *f,
			 const struct run_options *o,
			 const struct scenario *s, struct err *e)
{
	char path[PATH_MAX + 16];
	struct output out;
	unsigned int i;
	int ret;

	snprintf(path, sizeof(path), "%s/scenario.ini", f->dir);
	ret = output_open(&out, path, e);
	if (ret < 0)
		return ret;
	fprintf(out.file, "%s", s->text);
	if (o->nr_sets)
		fprintf(out.file, "\n; given with --set\n[set]\n");
	for (i = 0; i < o->nr_sets; i++)
		fprintf(out.file, "%s\n", o->sets[i]);
	return output_close(&out, 0, e);
}

int run_folder_create(struct run_folder *f, const struct run_options *o,
		      const struct scenario *s, struct err *e)
{
	char name[64], path[PATH_MAX + 16], made[PATH_MAX];
	time_t now = time(NULL);
	struct tm tm;
	int ret;

	gmtime_r(&now, &tm);
	name_of(name, sizeof(name), o, s);
	strftime(f->started, sizeof(f->started), "%Y-%m-%dT%H:%M:%SZ", &tm);
	strftime(f->id, 32, "%Y%m%d-%H%M%S-", &tm);
	strncat(f->id, name, sizeof(f->id) - strlen(f->id) - 1);
	ret = o->out ? 0 : make_folder(RESULTS, e);
	if (ret < 0)
		return ret;
	snprintf(made, sizeof(made), "%s%s", o->out ? o->out : RESULTS "/",
		 o->out ? "" : f->id);
	snprintf(path, sizeof(path), "%s/run.json", made);
	if (!access(path, F_OK))
		return err_set(e, -EINVAL, "%s holds a run already; use "
			       "--resume %s to complete it", made, made);
	ret = make_folder(made, e);
	if (ret < 0)
		return ret;
	if (!realpath(made, f->dir))
		return err_set(e, -errno, "%s: %s", made, strerror(errno));
	snprintf(path, sizeof(path), "%s/records", f->dir);
	ret = make_folder(path, e);
	snprintf(path, sizeof(path), "%s/logs", f->dir);
	return ret ?: make_folder(path, e) ?: keep_scenario(f, o, s, e);
}

int run_folder_resume(struct run_folder *f, uint64_t *seed,
		      unsigned int *blocks, struct err *e)
{
	char path[PATH_MAX + 16];
	json_t *j;

	snprintf(path, sizeof(path), "%s/run.json", f->dir);
	j = record_read(path, e);
	if (!j)
		return -EINVAL;
	snprintf(f->id, sizeof(f->id), "%s", record_str(j, "id", "run"));
	snprintf(f->started, sizeof(f->started), "%s",
		 record_str(j, "started", ""));
	*seed = (uint64_t)record_num(j, "seed", 0);
	*blocks = (unsigned int)record_num(j, "blocks", *blocks);
	json_decref(j);
	return 0;
}

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

static json_t *notes_of(const struct scenario *s)
{
	json_t *notes = json_array();
	unsigned int i;

	for (i = 0; i < s->nr_notes; i++)
		json_array_append_new(notes, json_string(s->note[i]));
	return notes;
}

/* results/latest: replaced in one step, never absent. Runs elsewhere (--out)
 * do not touch it. */
static void point_latest(const struct run_folder *f)
{
	char parent[PATH_MAX], next[PATH_MAX + 16], latest[PATH_MAX + 16];
	char *name;

	snprintf(parent, sizeof(parent), "%s", f->dir);
	name = strrchr(parent, '/');
	*name++ = 0;
	if (strlen(parent) < 8 ||
	    strcmp(parent + strlen(parent) - 8, "/" RESULTS))
		return;
	snprintf(next, sizeof(next), "%s/.latest", parent);
	snprintf(latest, sizeof(latest), "%s/latest", parent);
	unlink(next);
	if (!symlink(name, next) && rename(next, latest) < 0)
		unlink(next);
}

int run_folder_write(const struct run_folder *f, const struct scenario *s,
		     const struct matrix *m, uint64_t seed,
		     unsigned int blocks, bool finished, struct err *e)
{
	char path[PATH_MAX + 16];
	json_t *cells = json_array(), *j;
	unsigned int i;
	int ret;

	for (i = 0; i < m->nr; i++)
		json_array_append_new(cells, cell_json(&m->cell[i], s));
	j = json_pack("{si ss ss sI ss si sb s{ss ss ss} so so so so}",
		      "schema", RECORD_SCHEMA, "id", f->id, "scenario",
		      strlen(f->id) > 16 ? f->id + 16 : f->id, "seed",
		      (json_int_t)seed, "started", f->started, "blocks",
		      (int)blocks, "finished", finished, "vioperf", "version",
		      VIOPERF_VERSION, "compiler", __VERSION__, "flags",
		      VIOPERF_FLAGS, "host", hostfacts_json(), "reference",
		      reference_of(s), "notes", notes_of(s), "cells", cells);
	snprintf(path, sizeof(path), "%s/run.json", f->dir);
	ret = record_write(path, j, e);
	json_decref(j);
	if (!ret)
		point_latest(f);
	return ret;
}
