/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "comparison.h"
#include "guest_notes.h"
#include "names.h"
#include "noise.h"
#include "utf8.h"

/* Where the records of one run go. */
struct filling {
	struct report *report;
	struct cell_texts texts;
	const struct run *run;
	int first_block; /* runs number theirs one after the other */
};

static int add_record(void *arg, int cell, int block, const json_t *record)
{
	const struct filling *f = arg;
	int at = names_find(f->report->index, f->run->cell[cell].id);

	return cell_add(&f->report->cell[at], f->first_block + block, record,
			&f->texts);
}

static int add_cells(struct report *r, const struct run *run)
{
	int i, ret;

	for (i = 0; i < run->nr_cells; i++) {
		if (names_find(r->index, run->cell[i].id) >= 0)
			continue;
		ret = cell_init(&r->cell[r->nr_cells], run->cell[i].spec);
		if (ret < 0)
			return ret;
		if (names_add(r->index, run->cell[i].id, r->nr_cells++) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_run(struct report *r, const struct run *run, int first_block)
{
	struct filling f = { .report = r,
			     .texts = { r->texts, r->problems },
			     .run = run,
			     .first_block = first_block };
	int ret = add_cells(r, run);

	return ret < 0 ? ret
		       : run_read_records(run, add_record, &f, r->problems);
}

static int add_runs(struct report *r, const struct run *runs, int nr_runs,
		    struct err *e)
{
	const char *fact;
	int i, ret, nr = 1;

	for (i = 0; i < nr_runs; i++)
		nr += runs[i].nr_cells;
	r->cell = calloc((size_t)nr, sizeof(*r->cell));
	if (!r->cell)
		return -ENOMEM;
	for (i = 0; i < nr_runs; i++) {
		fact = run_host_differs(&runs[0], &runs[i]);
		if (fact)
			return err_set(e, -EXDEV,
				       "%s and %s are of different hosts "
				       "(%s): report them one by one",
				       runs[0].path, runs[i].path, fact);
		ret = add_run(r, &runs[i], i * RUN_BLOCK_MAX);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* A twin names its untraced cell. */
static void join_twins(struct report *r)
{
	struct cell *c, *twin;
	int i, at;

	for (i = 0; i < r->nr_cells; i++) {
		c = &r->cell[i];
		at = names_find(r->index, record_str(c->spec, "twin_of", ""));
		twin = at < 0 ? NULL : &r->cell[at];
		if (!c->traced || !twin || twin->traced)
			continue;
		c->twin = twin;
		twin->twin = c;
	}
}

static void copy_notes(struct report *r, const struct run *runs, int nr_runs)
{
	json_t *notes, *note, *seen;
	size_t j, k;
	int i;

	for (i = 0; i < nr_runs; i++) {
		notes = json_object_get(runs[i].json, "notes");
		json_array_foreach(notes, j, note) {
			json_array_foreach(r->notes, k, seen)
				if (json_equal(seen, note))
					break;
			if (json_is_string(note) &&
			    k == json_array_size(r->notes))
				json_array_append(r->notes, note);
		}
		if (json_is_false(json_object_get(runs[i].json, "finished")))
			json_array_append_new(
				r->notes,
				json_string("the run did not finish; what is "
					    "missing can be measured with "
					    "vioperf run --resume"));
	}
}

/* What --reference or run.json says; else the first cell's target. */
static void choose_reference(struct report *r, const char *asked)
{
	const char *first = r->nr_cells ? r->cell[0].target : "";
	const json_t *said = json_object_get(r->run->json, "reference");

	r->reference = asked ? asked : first;
	if (asked)
		return;
	if (json_is_string(said))
		r->reference = json_string_value(said);
	if (json_array_size(said)) {
		r->references = said;
		r->reference =
			json_string_value(json_array_get(said, 0)) ?: first;
	}
}

static int check_reference(const struct report *r, struct err *e)
{
	int i;

	for (i = 0; i < r->nr_cells; i++)
		if (!strcmp(r->cell[i].target, r->reference))
			return 0;
	return err_set(e, -ENOENT, "no target '%s' in %s", r->reference,
		       r->run->path);
}

const struct report_comparison *report_find(const struct report *r,
					    const char *key)
{
	int at = names_find(r->tables, key);

	return at < 0 ? NULL : &r->comparison[at];
}

int report_build(struct report *r, const struct run *runs, int nr_runs,
		 const struct report_options *o, struct err *e)
{
	int i, ret;

	*r = (struct report){ .run = runs,
			      .nr_runs = nr_runs,
			      .threshold = o->threshold };
	err_set(e, 0, "no memory");
	r->problems = json_array();
	r->notes = json_array();
	r->noise = json_array();
	r->texts = json_object();
	r->index = json_object();
	r->tables = json_object();
	ret = add_runs(r, runs, nr_runs, e);
	for (i = 0; !ret && i < r->nr_cells; i++)
		ret = cell_finish(&r->cell[i]);
	if (ret < 0)
		goto fail;
	choose_reference(r, o->reference);
	if (o->reference) {
		ret = check_reference(r, e);
		if (ret < 0)
			goto fail;
	}
	join_twins(r);
	copy_notes(r, runs, nr_runs);
	ret = comparison_make_all(r);
	if (!ret) {
		guest_notes(r);
		for (i = 0; i < r->nr_comparisons; i++)
			errors_note(&r->comparison[i]);
		noise_find(r);
		return 0;
	}
fail:
	report_close(r);
	return ret;
}

void report_close(struct report *r)
{
	int i;

	comparison_free_all(r);
	for (i = 0; i < r->nr_cells; i++)
		cell_free(&r->cell[i]);
	free(r->cell);
	json_decref(r->problems);
	json_decref(r->notes);
	json_decref(r->noise);
	json_decref(r->texts);
	json_decref(r->index);
	json_decref(r->tables);
	memset(r, 0, sizeof(*r));
}
