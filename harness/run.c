/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/kvm_kind.h"
#include "../lib/record.h"
#include "cell.h"
#include "guest_probe.h"
#include "hostfacts.h"
#include "idle.h"
#include "leftover.h"
#include "plan.h"
#include "probes.h"
#include "progress.h"
#include "run_json.h"

struct run {
	const struct run_options *opt;
	struct scenario scenario;
	struct matrix matrix;
	struct run_folder folder;
	struct cell_env env;
	struct leftover leftover;
	struct idle idle;
	struct progress progress;
	struct programs programs;
	struct diskfile disk;
	json_t *changes; /* run_facts */
	uint64_t seed;
	unsigned int blocks;
	unsigned int failed;
	char no_trace[256];
	struct guest_probe guest;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* The first signal stops after what is being done is undone; the parts are
 * in process groups of their own and see none of it. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Driver on the first CPU we may use, device on the last. */
static void choose_cpus(struct cell_env *env, cpu_set_t *used)
{
	int cpu, first = -1, last = 0;
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		if (first < 0)
			first = cpu;
		last = cpu;
	}
	CPU_ZERO(used);
	CPU_SET(first, used);
	CPU_SET(last, used);
	snprintf(env->driver_cpu, sizeof(env->driver_cpu), "%d", first);
	snprintf(env->device_cpu, sizeof(env->device_cpu), "%d", last);
}

static bool needs_disk(const struct matrix *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->cell[i].status == CELL_PLANNED &&
		    m->cell[i].backing == BACKING_FILE)
			return true;
	return false;
}

static int make_disk(struct run *r, struct err *e)
{
	int ret;

	if (!r->disk.folder[0])
		return 0;
	fprintf(stderr, "writing a disk of %s in %s (%s on %s)\n",
		scenario_text(&r->scenario, KEY_FILE_SIZE), r->disk.folder,
		r->disk.filesystem, r->disk.device);
	ret = diskfile_create(&r->disk, &r->leftover, e);
	if (!ret)
		r->env.disk = r->disk.path;
	return ret;
}

/* splitmix64: any seed gives a good sequence. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* The planned cells in the order of @block: a function of seed and block, so
 * that a resumed run goes on in the same one. */
static void shuffle(const struct run *r, unsigned int block,
		    unsigned int *order)
{
	uint64_t state = r->seed ^ (uint64_t)block << 32;
	unsigned int i, j, n = 0, t;

	for (i = 0; i < r->matrix.nr; i++)
		if (r->matrix.cell[i].status == CELL_PLANNED)
			order[n++] = i;
	for (i = n; i > 1; i--) {
		j = (unsigned int)(next_random(&state) % i);
		t = order[i - 1];
		order[i - 1] = order[j];
		order[j] = t;
	}
}

/* Another's program that is replaced meanwhile is said, where the report says
 * it too; ours stays what it was (self.h). */
static void look_at_programs(struct run *r, unsigned int block)
{
	const struct program *p;
	char what[PATH_MAX + 200];

	while ((p = programs_changed(&r->programs))) {
		snprintf(what, sizeof(what), "%s (%s) was replaced by another "
			 "build while the run went on", p->name, p->path);
		fprintf(stderr, "before block %u: %s\n", block, what);
		json_array_append_new(r->changes,
				      json_pack("{si ss}", "block", (int)block,
						"what", what));
	}
}

static int run_block(struct run *r, unsigned int block, unsigned int *order,
		     struct err *e)
{
	unsigned int i, n = r->matrix.nr_planned;
	char path[PATH_MAX];
	int ret;

	look_at_programs(r, block);
	shuffle(r, block, order);
	for (i = 0; i < n; i++) {
		const struct cell *c = &r->matrix.cell[order[i]];

		progress_next(&r->progress, block, c->file);
		cell_record_path(path, sizeof(path), &r->env, c, block);
		ret = r->opt->resume && !access(path, F_OK) ?
			      1 :
			      cell_run(&r->env, c, block, i, e);
		if (ret < 0)
			return ret;
		r->failed += !ret;
		progress_done(&r->progress, ret, block, i + 1 == n);
	}
	return 0;
}

static int run_blocks(struct run *r, struct err *e)
{
	unsigned int *order = calloc(r->matrix.nr, sizeof(*order));
	unsigned int block;
	int ret = order ? 0 : -ENOMEM;

	progress_begin(&r->progress, r->blocks * r->matrix.nr_planned,
		       r->blocks);
	for (block = 0; block < r->blocks && !ret; block++)
		ret = run_block(r, block, order, e);
	progress_end(&r->progress);
	free(order);
	return ret;
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
		.no_kvm = access("/dev/kvm", R_OK | W_OK) ?
				  "/dev/kvm cannot be used" : NULL,
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

/* Everything that can be known before anything is started. */
static int plan(struct run *r, struct err *e)
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

static int prepare(struct run *r, struct err *e)
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

static int write_facts(const struct run *r, bool finished, struct err *e)
{
	return run_json_write(&(struct run_facts){
				      .folder = &r->folder,
				      .scenario = &r->scenario,
				      .matrix = &r->matrix,
				      .programs = &r->programs,
				      .disk = &r->disk,
				      .changes = r->changes,
				      .seed = r->seed,
				      .blocks = r->blocks,
				      .finished = finished },
			      e);
}

static void say_what_is_missing(const struct run *r)
{
	const struct matrix *m = &r->matrix;
	const char *last = "";
	unsigned int i;

	if (r->no_trace[0])
		fprintf(stderr, "without tracing: %s\n", r->no_trace);
	for (i = 0; i < m->nr; i++) {
		const struct cell *c = &m->cell[i];

		if (c->status != CELL_SKIPPED || c->traced ||
		    !strcmp(c->value[KEY_TARGET], last))
			continue;
		last = c->value[KEY_TARGET];
		fprintf(stderr, "%s is skipped: %s\n", last, c->reason);
	}
}

static int start(struct run *r, struct err *e)
{
	cpu_set_t used;
	int ret;

	leftover_clean();
	catch_signals();
	choose_cpus(&r->env, &used);
	r->env.scenario = &r->scenario;
	r->env.run_id = r->folder.id;
	r->env.dir = r->folder.dir;
	r->env.stop = &stop;
	ret = leftover_open(&r->leftover, e);
	if (ret < 0)
		return ret;
	r->env.work = r->leftover.work;
	say_what_is_missing(r);
	plan_print_size(stderr, &r->matrix, &r->scenario, r->blocks);
	ret = make_disk(r, e);
	if (!ret && !strcmp(scenario_text(&r->scenario, KEY_IDLE), "spin"))
		ret = idle_start(&r->idle, &used, e);
	return ret;
}

static int carry_out(struct run *r, struct err *e)
{
	int ret = write_facts(r, false, e);

	if (ret < 0)
		return ret;
	run_folder_latest(&r->folder);
	ret = start(r, e);
	if (!ret)
		ret = run_blocks(r, e);
	if (!ret)
		ret = write_facts(r, true, e);
	if (ret == -EINTR)
		err_set(e, ret, "stopped; what is finished is kept. Go on with:"
			" vioperf run --resume %s", r->folder.dir);
	return ret ?: (int)r->failed;
}

static void run_free(struct run *r)
{
	idle_stop(&r->idle);
	leftover_close(&r->leftover);
	run_folder_close(&r->folder);
	matrix_free(&r->matrix);
	scenario_free(&r->scenario);
	json_decref(r->changes);
	free(r);
}

int run_scenario(const struct run_options *o, char *dir, size_t room,
		 struct err *e)
{
	struct run *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return err_set(e, -ENOMEM, "out of memory");
	r->opt = o;
	r->changes = json_array();
	ret = plan(r, e);
	if (!ret && o->dry) {
		plan_print(stdout, &r->matrix, &r->scenario, r->blocks,
			   &r->disk);
	} else if (!ret) {
		ret = prepare(r, e);
		if (!ret) {
			snprintf(dir, room, "%s", r->folder.dir);
			ret = carry_out(r, e);
		}
	}
	run_free(r);
	return ret;
}
