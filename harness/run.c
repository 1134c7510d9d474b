/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "run_state.h"

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
	ret = run_plan(r, e);
	if (!ret && o->dry) {
		plan_print(stdout, &r->matrix, &r->scenario, r->blocks,
			   &r->disk);
	} else if (!ret) {
		ret = run_prepare(r, e);
		if (!ret) {
			snprintf(dir, room, "%s", r->folder.dir);
			ret = carry_out(r, e);
		}
	}
	run_free(r);
	return ret;
}
