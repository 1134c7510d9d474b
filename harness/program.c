/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/record.h"
#include "hostfacts.h"

static bool is_program(const char *path, struct stat *st)
{
	return !stat(path, st) && S_ISREG(st->st_mode) && !access(path, X_OK);
}

/* As execvp finds it. */
static bool find(struct program *p, struct stat *st)
{
	const char *dirs = getenv("PATH");
	char full[PATH_MAX], *copy, *dir, *save = NULL;
	bool found = false;

	if (strchr(p->name, '/'))
		return is_program(p->name, st) && realpath(p->name, p->path);
	copy = strdup(dirs ? dirs : "/bin:/usr/bin");
	for (dir = copy ? strtok_r(copy, ":", &save) : NULL; dir && !found;
	     dir = strtok_r(NULL, ":", &save)) {
		snprintf(full, sizeof(full), "%s/%s", dir, p->name);
		found = is_program(full, st) && realpath(full, p->path);
	}
	free(copy);
	return found;
}

static void take_stat(struct program *p, const struct stat *st)
{
	p->dev = st->st_dev;
	p->ino = st->st_ino;
	p->bytes = (uint64_t)st->st_size;
	p->modified = st->st_mtim;
}

void programs_add(struct programs *all, const char *name, bool ask)
{
	struct program *p = &all->at[all->nr];
	char command[PATH_MAX + 64];
	struct stat st;

	if (all->nr == PROGRAMS_MAX || programs_find(all, name))
		return;
	*p = (struct program){ .version = "" };
	snprintf(p->name, sizeof(p->name), "%s", name);
	if (strlen(name) >= sizeof(p->name) || !find(p, &st))
		return;
	take_stat(p, &st);
	program_build_id(p->build_id, sizeof(p->build_id), p->path);
	if (ask) {
		snprintf(command, sizeof(command), "%s --version 2>&1 "
			 "</dev/null", name);
		hostfacts_line(p->version, sizeof(p->version), command);
	}
	all->nr++;
}

const struct program *programs_find(const struct programs *all,
				    const char *name)
{
	unsigned int i;

	for (i = 0; i < all->nr; i++)
		if (!strcmp(all->at[i].name, name))
			return &all->at[i];
	return NULL;
}

static bool is_changed(const struct program *p)
{
	struct program now = { .version = "" };
	struct stat st;

	memcpy(now.name, p->name, sizeof(now.name));
	if (!find(&now, &st))
		return true;
	return st.st_dev != p->dev || st.st_ino != p->ino ||
	       (uint64_t)st.st_size != p->bytes ||
	       st.st_mtim.tv_sec != p->modified.tv_sec ||
	       st.st_mtim.tv_nsec != p->modified.tv_nsec;
}

const struct program *programs_changed(struct programs *all)
{
	unsigned int i;

	for (i = 0; i < all->nr; i++)
		if (!all->at[i].changed && is_changed(&all->at[i])) {
			all->at[i].changed = true;
			return &all->at[i];
		}
	return NULL;
}

static bool differs(const struct program *p, const json_t *then)
{
	return !p || strcmp(record_str(then, "build_id", ""), p->build_id) ||
	       (!*p->build_id &&
		record_num(then, "bytes", 0) != (double)p->bytes) ||
	       strcmp(record_str(then, "version", ""), p->version);
}

const char *programs_differ(const struct programs *all, const json_t *recorded)
{
	const char *name;
	json_t *then;
	size_t i;

	json_array_foreach((json_t *)recorded, i, then) {
		name = record_str(then, "name", "");
		if (differs(programs_find(all, name), then))
			return name;
	}
	return NULL;
}

static json_t *or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

json_t *programs_json(const struct programs *all)
{
	json_t *list = json_array();
	char modified[32];
	unsigned int i;
	struct tm tm;

	for (i = 0; i < all->nr; i++) {
		const struct program *p = &all->at[i];

		gmtime_r(&p->modified.tv_sec, &tm);
		strftime(modified, sizeof(modified), "%Y-%m-%dT%H:%M:%SZ",
			 &tm);
		json_array_append_new(
			list, json_pack("{ss ss so so sI ss}", "name", p->name,
					"path", p->path, "build_id",
					or_null(p->build_id), "version",
					or_null(p->version), "bytes",
					(json_int_t)p->bytes, "modified",
					modified));
	}
	return list;
}
