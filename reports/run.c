/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/record.h"
#include "lib/util.h"
#include "names.h"
#include "skim.h"

static void add_problem(json_t *problems, const char *text)
{
	/* File names need not be UTF-8; jansson then makes no string. */
	json_t *s = json_string(text);

	json_array_append_new(problems, s ? s
					  : json_string("a file with a name "
							"that is not UTF-8"));
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
		if (!c->id)
			continue;
		if (names_find(r->index, c->id) < 0 &&
		    names_add(r->index, c->id, r->nr_cells) < 0)
			return err_set(e, -ENOMEM, "no memory");
		r->nr_cells++;
	}
	return 0;
}

/* The records of a run while they are read. */
struct reading {
	const struct run *run;
	run_record_fn *fn;
	void *arg;
	char path[4096]; /* of the folder */
	int fd;
	struct skim skim;
};

/* 0 or -errno and @e. */
static int give_record(const struct reading *g, const json_t *record,
		       const char *name, struct err *e)
{
	const json_t *block = json_object_get(record, "block");
	int cell = names_find(g->run->index, record_str(record, "cell", ""));
	json_int_t n = json_integer_value(block);
	int ret;

	if (cell < 0)
		return err_set(e, -EINVAL, "%s/%s: of no cell in run.json",
			       g->path, name);
	if (!json_is_integer(block) || n < 0 || n >= RUN_BLOCK_MAX)
		return err_set(e, -EINVAL, "%s/%s: no valid block number",
			       g->path, name);
	ret = g->fn(g->arg, cell, (int)n, record);
	if (ret == -EEXIST)
		err_set(e, ret, "%s/%s: a second record of block %d", g->path,
			name, (int)n);
	return ret;
}

static int read_record(struct reading *g, const char *name, json_t *problems)
{
	json_t *record;
	int ret = -EINVAL;
	struct err e;

	record = skim_read(&g->skim, g->fd, g->path, name, &e);
	if (record)
		ret = give_record(g, record, name, &e);
	json_decref(record);
	if (ret == -ENOMEM)
		return ret;
	if (ret < 0)
		add_problem(problems, e.text);
	return 0;
}

static int is_record(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 &&
	       !strcmp(d->d_name + len - 5, ".json");
}

/* Open the folder; the names of the records in it, in order: "b9-…" comes
 * before "b10-…". How many, or -errno. */
static int list_records(struct reading *g, struct dirent ***names)
{
	snprintf(g->path, sizeof(g->path), "%s/records", g->run->path);
	g->fd = open(g->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->fd < 0)
		return -errno;
	return scandirat(g->fd, ".", names, is_record, versionsort);
}

int run_read_records(const struct run *r, run_record_fn *fn, void *arg,
		     json_t *problems)
{
	struct reading g = { .run = r, .fn = fn, .arg = arg };
	struct dirent **names = NULL;
	int i, n, ret = 0;

	if (r->nr_cells < (int)json_array_size(json_object_get(r->json,
							       "cells")))
		add_problem(problems, "run.json: a cell without an id");
	n = list_records(&g, &names);
	if (n < 0)
		add_problem(problems, "records/ cannot be read");
	for (i = 0; i < n; i++) {
		if (!ret)
			ret = read_record(&g, names[i]->d_name, problems);
		free(names[i]);
	}
	free(names);
	skim_free(&g.skim);
	if (g.fd >= 0)
		close(g.fd);
	return ret;
}

int run_open(struct run *r, const char *path, struct err *e)
{
	char file[4096];
	int ret;

	memset(r, 0, sizeof(*r));
	r->path = strdup(path);
	r->index = json_object();
	if (!r->path || !r->index) {
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
	return 0;
fail:
	run_close(r);
	return ret;
}

void run_close(struct run *r)
{
	free(r->cell);
	free(r->path);
	json_decref(r->index);
	json_decref(r->json);
	memset(r, 0, sizeof(*r));
}

const char *run_host_differs(const struct run *a, const struct run *b)
{
	static const char *const facts[] = { "cpu_model", "cpus", "smt", "kvm",
					     "hypervisor" };
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
