/* SPDX-License-Identifier: MIT */
#include "run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/output.h"
#include "lib/record.h"
#include "scenario_file.h"
#include "owner.h"

#define RESULTS	 "results"
#define MAX_SAME 100 /* runs of one name, begun in one second */

/* Who holds it says so in run.json, if it has come that far. */
static int is_busy(const char *dir, struct err *e)
{
	char path[PATH_MAX + 16], who[32] = "";
	json_t *j;

	snprintf(path, sizeof(path), "%s/run.json", dir);
	j = record_read(path, NULL);
	if (record_num(j, "pid", 0) > 0)
		snprintf(who, sizeof(who), ", by process %d",
			 (int)record_num(j, "pid", 0));
	json_decref(j);
	return err_set(e, -EINVAL, "%s: a run goes on there%s; wait for it, or "
		       "stop it first", dir, who);
}

static int lock(struct run_folder *f, struct err *e)
{
	f->lock = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->lock < 0)
		return err_set(e, -errno, "%s: %s", f->dir, strerror(errno));
	if (!flock(f->lock, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		return is_busy(f->dir, e);
	fprintf(stderr, "%s cannot be locked (%s): do not run into it twice\n",
		f->dir, strerror(errno));
	return 0;
}

int run_folder_find(struct run_folder *f, const struct run_options *o,
		    struct err *e)
{
	struct stat st;

	f->lock = -1;
	if (!o->resume)
		return scenario_file_find(f->scenario, sizeof(f->scenario),
					  o->scenario, e);
	if (!realpath(o->resume, f->dir))
		return err_set(e, -EINVAL, "%s: %s", o->resume,
			       strerror(errno));
	if (snprintf(f->scenario, sizeof(f->scenario), "%s/scenario.ini",
		     f->dir) >= (int)sizeof(f->scenario) ||
	    stat(f->scenario, &st) < 0)
		return err_set(e, -EINVAL, "%s: not the folder of a run",
			       o->resume);
	return lock(f, e);
}

/* 1: it was there already. */
static int make_folder(const char *path, struct err *e)
{
	if (!mkdir(path, 0755)) {
		owner_give(path);
		return 0;
	}
	if (errno == EEXIST)
		return 1;
	return err_set(e, -errno, "%s: cannot create: %s", path,
		       strerror(errno));
}

/* The scenario's name: its own, or its file's. */
static void name_of(struct run_folder *f, const struct scenario *s)
{
	const char *own = scenario_text(s, KEY_NAME);
	char copy[PATH_MAX];
	size_t n;

	snprintf(copy, sizeof(copy), "%s", f->scenario);
	snprintf(f->name, sizeof(f->name), "%s", *own ? own : basename(copy));
	n = strlen(f->name);
	if (n > 4 && !strcmp(f->name + n - 4, ".ini"))
		f->name[n - 4] = 0;
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

/* results/<time>-<name>, and -2, -3 … for those of the same second. */
static int make_named(struct run_folder *f, char *made, size_t room,
		      const struct tm *tm, struct err *e)
{
	int ret = make_folder(RESULTS, e), i;
	char time[32];

	strftime(time, sizeof(time), "%Y%m%d-%H%M%S", tm);
	for (i = 1; ret >= 0 && i <= MAX_SAME; i++) {
		snprintf(f->id, sizeof(f->id), "%s-%s", time, f->name);
		if (i > 1)
			snprintf(f->id, sizeof(f->id), "%s-%s-%d", time,
				 f->name, i);
		snprintf(made, room, RESULTS "/%s", f->id);
		ret = make_folder(made, e);
		if (!ret)
			return 0;
	}
	return ret < 0 ? ret : err_set(e, -EEXIST, "%s: there already", made);
}

static int make_given(struct run_folder *f, const char *out, char *made,
		      size_t room, const struct tm *tm, struct err *e)
{
	int ret = make_folder(out, e);
	char time[32];

	strftime(time, sizeof(time), "%Y%m%d-%H%M%S", tm);
	snprintf(f->id, sizeof(f->id), "%s-%s", time, f->name);
	snprintf(made, room, "%s", out);
	return ret < 0 ? ret : 0;
}

static int make_inner(const struct run_folder *f, const char *name,
		      struct err *e)
{
	char path[PATH_MAX + 16];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	ret = make_folder(path, e);
	return ret < 0 ? ret : 0;
}

int run_folder_create(struct run_folder *f, const struct run_options *o,
		      const struct scenario *s, struct err *e)
{
	char path[PATH_MAX + 16], made[PATH_MAX];
	time_t now = time(NULL);
	struct tm tm;
	int ret;

	gmtime_r(&now, &tm);
	name_of(f, s);
	strftime(f->started, sizeof(f->started), "%Y-%m-%dT%H:%M:%SZ", &tm);
	ret = o->out ? make_given(f, o->out, made, sizeof(made), &tm, e) :
		       make_named(f, made, sizeof(made), &tm, e);
	if (ret < 0)
		return ret;
	if (!realpath(made, f->dir))
		return err_set(e, -errno, "%s: %s", made, strerror(errno));
	ret = lock(f, e);
	if (ret < 0)
		return ret;
	snprintf(path, sizeof(path), "%s/run.json", f->dir);
	if (!access(path, F_OK))
		return err_set(e, -EINVAL, "%s holds a run already; use "
			       "--resume %s to complete it", made, made);
	return make_inner(f, "records", e) ?: make_inner(f, "logs", e) ?:
	       keep_scenario(f, o, s, e);
}

json_t *run_folder_resume(struct run_folder *f, struct err *e)
{
	char path[PATH_MAX + 16];
	json_t *j;

	snprintf(path, sizeof(path), "%s/run.json", f->dir);
	j = record_read(path, e);
	if (!j)
		return NULL;
	snprintf(f->id, sizeof(f->id), "%s", record_str(j, "id", "run"));
	snprintf(f->name, sizeof(f->name), "%s",
		 record_str(j, "scenario", "run"));
	snprintf(f->started, sizeof(f->started), "%s",
		 record_str(j, "started", ""));
	return j;
}

/* Replaced in one step, never absent. */
static int replace_link(const char *to, const char *folder)
{
	char next[PATH_MAX + 48], latest[PATH_MAX + 16];
	int ret = 0;

	snprintf(latest, sizeof(latest), "%s/latest", folder);
	snprintf(next, sizeof(next), "%s/.latest.%d", folder, (int)getpid());
	unlink(next);
	if (symlink(to, next) < 0)
		return -errno;
	if (rename(next, latest) < 0) {
		ret = -errno;
		unlink(next);
	}
	return ret;
}

/* Runs elsewhere (--out) do not touch it. */
void run_folder_latest(const struct run_folder *f)
{
	char parent[PATH_MAX], *name;
	int ret;

	snprintf(parent, sizeof(parent), "%s", f->dir);
	name = strrchr(parent, '/');
	*name++ = 0;
	if (strlen(parent) < 8 ||
	    strcmp(parent + strlen(parent) - 8, "/" RESULTS))
		return;
	ret = replace_link(name, parent);
	if (ret < 0)
		fprintf(stderr, "%s/latest does not point to this run: %s\n",
			parent, ret == -EISDIR ? "it is a folder, no link" :
						 strerror(-ret));
}

void run_folder_close(struct run_folder *f)
{
	if (f->lock >= 0)
		close(f->lock);
	f->lock = -1;
}
