/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/record.h"
#include "../lib/util.h"

static void add_problem(struct run *r, const char *text)
{
	/* File names need not be UTF-8; jansson then makes no string. */
	json_t *s = json_string(text);

	json_array_append_new(r->problems,
			      s ? s
				: json_string("a file with a name that is "
					      "not UTF-8"));
}

static int read_cells(struct run *r, struct err *e)
{
	json_t *cells = json_object_get(r->json, "cells");
	size_t i, n = json_array_size(cells);
	struct run_cell *c;

	if (!json_is_array(cells))
		return err_set(e, -EINVAL, "%s/run.json: no list of cells",
			       r->path);
	r->cell = calloc(n ? n : 1, sizeof(*r->cell));
	if (!r->cell)
		return err_set(e, -ENOMEM, "no memory");
	for (i = 0; i < n; i++) {
		c = &r->cell[r->nr_cells];
		c->spec = json_array_get(cells, i);
		c->id = record_str(c->spec, "id", NULL);
		if (!c->id) {
			add_problem(r, "run.json: a cell without an id");
			continue;
		}
		c->records = json_array();
		r->nr_cells++;
	}
	return 0;
}

static struct run_cell *find_cell(struct run *r, const char *id)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (!strcmp(r->cell[i].id, id))
			return &r->cell[i];
	return NULL;
}

/* Put @record into its place by block. -EEXIST when the block has one. */
static int insert_record(struct run_cell *c, json_t *record, int block)
{
	size_t i = json_array_size(c->records);
	double other;

	for (; i > 0; i--) {
		other = record_num(json_array_get(c->records, i - 1), "block",
				   0);
		if (other == block)
			return -EEXIST;
		if (other < block)
			break;
	}
	return json_array_insert(c->records, i, record) ? -ENOMEM : 0;
}

static int place_record(struct run *r, json_t *record, const char *path,
			struct err *e)
{
	const json_t *block = json_object_get(record, "block");
	json_int_t n = json_integer_value(block);
	struct run_cell *c = find_cell(r, record_str(record, "cell", ""));

	if (!c)
		return err_set(e, -EINVAL, "%s: of no cell in run.json", path);
	if (!json_is_integer(block) || n < 0 || n >= RUN_BLOCK_MAX)
		return err_set(e, -EINVAL, "%s: no valid block number", path);
	if (insert_record(c, record, (int)n) < 0)
		return err_set(e, -EEXIST, "%s: a second record of block %d",
			       path, (int)n);
	return 0;
}

static void read_record(struct run *r, const char *name)
{
	char path[4096];
	json_t *record;
	struct err e;

	snprintf(path, sizeof(path), "%s/records/%s", r->path, name);
	record = record_read(path, &e);
	if (!record || place_record(r, record, path, &e) < 0)
		add_problem(r, e.text);
	json_decref(record);
}

static int is_record(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 &&
	       !strcmp(d->d_name + len - 5, ".json");
}

static void read_records(struct run *r)
{
	struct dirent **names = NULL;
	char path[4096];
	int i, n;

	snprintf(path, sizeof(path), "%s/records", r->path);
	n = scandir(path, &names, is_record, alphasort);
	if (n < 0)
		add_problem(r, "records/ cannot be read");
	for (i = 0; i < n; i++) {
		read_record(r, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

int run_open(struct run *r, const char *path, struct err *e)
{
	char file[4096];
	int ret;

	memset(r, 0, sizeof(*r));
	r->path = strdup(path);
	r->problems = json_array();
	if (!r->path || !r->problems) {
		ret = err_set(e, -ENOMEM, "no memory");
		goto fail;
	}
	ret = snprintf(file, sizeof(file), "%s/run.json", path);
	if (ret < 0 || (size_t)ret >= sizeof(file)) {
		ret = err_set(e, -ENAMETOOLONG, "%s: name too long", path);
		goto fail;
	}
	r->json = record_read(file, e);
	if (!r->json) {
		ret = err_prefix(e, -EINVAL, "not a run's folder");
		goto fail;
	}
	ret = read_cells(r, e);
	if (ret < 0)
		goto fail;
	read_records(r);
	return 0;
fail:
	run_close(r);
	return ret;
}

void run_close(struct run *r)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		json_decref(r->cell[i].records);
	free(r->cell);
	free(r->path);
	json_decref(r->problems);
	json_decref(r->json);
	memset(r, 0, sizeof(*r));
}

const char *run_host_differs(const struct run *a, const struct run *b)
{
	static const char *const facts[] = { "cpu_model", "cpus", "smt", "kvm",
					     "virtualised" };
	const json_t *ha = json_object_get(a->json, "host");
	const json_t *hb = json_object_get(b->json, "host");
	json_t *x, *y;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(facts); i++) {
		x = json_object_get(ha, facts[i]);
		y = json_object_get(hb, facts[i]);
		if (x && y ? !json_equal(x, y) : x != y)
			return facts[i];
	}
	return NULL;
}
