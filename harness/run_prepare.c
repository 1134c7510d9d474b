/* SPDX-License-Identifier: MIT */
/* A run before it starts: what it would be, and whether it can be. */
#include "run_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/kvm_kind.h"
#include "lib/record.h"
#include "probes.h"

static bool needs_disk(const struct matrix *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->cell[i].status == CELL_PLANNED &&
		    m->cell[i].backing == BACKING_FILE)
			return true;
	return false;
}

static bool has_value(const struct scenario *s, enum scenario_key key,
		      const char *value)
{
	unsigned int i;

	for (i = 0; i < s->key[key].nr; i++)
		if (!strcmp(s->key[key].value[i], value))
			return true;
	return false;
}

static void ask_host(struct run *r, struct matrix_host *host)
{
	const struct scenario *s = &r->scenario;

	if (has_value(s, KEY_DRIVER, "user") &&
	    strcmp(scenario_text(s, KEY_TRACED), "no"))
		probes_missing(r->no_trace, sizeof(r->no_trace));
	if (has_value(s, KEY_DRIVER, "qemu"))
		guest_probe(&r->guest, s);
	if (*r->guest.why_not_kvm)
		fprintf(stderr, "guests run under TCG: %s\n",
			r->guest.why_not_kvm);
	*host = (struct matrix_host){
		.no_trace = *r->no_trace ? r->no_trace : NULL,
		.accelerator = r->guest.accelerator,
		.no_guest = *r->guest.missing ? r->guest.missing : NULL,
		.kvm = kvm_kind(),
		.no_kvm = kvm_no_bare_guest(),
	};
}

static void find_programs(struct run *r)
{
	const struct matrix *m = &r->matrix;
	const char *const *p;
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		const struct cell *c = &m->cell[i];

		if (c->status != CELL_PLANNED)
			continue;
		for (p = c->target->programs; p && *p; p++)
			programs_add(&r->programs, *p, true);
		if (c->custom)
			target_custom_programs(c->custom, &r->programs);
	}
}

/* A run of nothing is none. */
static int check_planned(const struct matrix *m, struct err *e)
{
	const struct cell *c = m->cell;
	unsigned int i;

	if (m->nr_planned)
		return 0;
	for (i = 0; i < m->nr; i++)
		if (m->cell[i].status == CELL_SKIPPED)
			c = &m->cell[i];
	return err_set(e, c->status == CELL_SKIPPED ? -ENOTSUP : -EINVAL,
		       "no cell can be run: %s: %s", c->value[KEY_TARGET],
		       c->reason);
}

int run_plan(struct run *r, struct err *e)
{
	const struct run_options *o = r->opt;
	const struct scenario *s = &r->scenario;
	struct matrix_host host;
	int ret;

	self_program(); /* from here on */
	ret = run_folder_find(&r->folder, o, e);
	if (!ret)
		ret = scenario_read(&r->scenario, r->folder.scenario, o->sets,
				    o->nr_sets, e);
	if (ret < 0)
		return ret;
	ask_host(r, &host);
	ret = matrix_build(&r->matrix, s, &host, e);
	if (!ret && needs_disk(&r->matrix))
		ret = diskfile_choose(&r->disk,
				      scenario_number(s, KEY_FILE_SIZE), e);
	if (ret < 0)
		return ret == -ENOMEM ? ret : -EINVAL;
	r->blocks = (unsigned int)scenario_number(s, KEY_BLOCKS);
	r->seed = scenario_number(s, KEY_SEED);
	return 0;
}

/* Seed, number of blocks and changes are those of the run's begin. */
static int resume(struct run *r, struct err *e)
{
	json_t *j = run_folder_resume(&r->folder, e);
	int ret = j ? run_json_same(j, &r->programs, e) : -EINVAL;

	r->seed = (uint64_t)record_num(j, "seed", 0);
	r->blocks = (unsigned int)record_num(j, "blocks", r->blocks);
	json_array_extend(r->changes, json_object_get(j, "changes"));
	json_decref(j);
	return ret;
}

int run_prepare(struct run *r, struct err *e)
{
	int ret = check_planned(&r->matrix, e);

	if (ret < 0)
		return ret;
	find_programs(r);
	if (r->opt->resume)
		return resume(r, e);
	if (!r->seed)
		getrandom(&r->seed, 6, 0); /* fits a JSON number everywhere */
	return run_folder_create(&r->folder, r->opt, &r->scenario, e);
}
