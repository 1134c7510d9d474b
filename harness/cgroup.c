/* SPDX-License-Identifier: MIT */
#include "cgroup.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"

/* Is @name one of the comma-separated @list? */
static bool has_word(const char *list, const char *name)
{
	size_t n = strlen(name);
	const char *at;

	for (at = list; (at = strstr(at, name)); at += n)
		if ((at == list || at[-1] == ',') && (!at[n] || at[n] == ','))
			return true;
	return false;
}

/* Our path under @controller: its own hierarchy (v1), or the common one. */
static bool find(char *path, size_t room, const char *controller, bool *v1)
{
	char line[PATH_MAX], *list, *at;
	FILE *f = fopen("/proc/self/cgroup", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		list = strchr(line, ':');
		at = list ? strchr(++list, ':') : NULL;
		if (!at)
			continue;
		*at++ = 0;
		*v1 = has_word(list, controller);
		snprintf(path, room, ROOT "%s%s%s", *v1 ? "/" : "",
			 *v1 ? list : "", at);
		found = *v1 || (!*list && !access(path, X_OK));
	}
	if (f)
		fclose(f);
	return found;
}

/* The first line of @file there. */
static bool line_of(char *line, size_t room, const char *dir,
		    const char *file)
{
	char path[PATH_MAX + 64];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "re");
	ok = f && fgets(line, (int)room, f);
	if (ok)
		line[strcspn(line, "\n")] = 0;
	if (f)
		fclose(f);
	return ok;
}

int64_t cgroup_throttled_ns(void)
{
	char dir[PATH_MAX], path[PATH_MAX + 16], key[64];
	long long n, ns = -1;
	bool v1;
	FILE *f;

	if (!find(dir, sizeof(dir), "cpu", &v1))
		return -1;
	snprintf(path, sizeof(path), "%s/cpu.stat", dir);
	f = fopen(path, "re");
	while (f && fscanf(f, "%63s %lld", key, &n) == 2) {
		if (!strcmp(key, "throttled_usec"))
			ns = n * 1000;
		if (!strcmp(key, "throttled_time"))
			ns = n;
	}
	if (f)
		fclose(f);
	return ns;
}

/* "max 100000" or "200000 100000" (v2); two files of v1. */
static void put_cpu_max(json_t *facts)
{
	char dir[PATH_MAX], line[128] = "", period[64] = "";
	double quota = 0, per = 0;
	bool v1;

	json_object_set_new(facts, "cgroup_cpu_max", json_null());
	if (!find(dir, sizeof(dir), "cpu", &v1))
		return;
	if (v1) {
		if (!line_of(line, sizeof(line), dir, "cpu.cfs_quota_us") ||
		    !line_of(period, sizeof(period), dir, "cpu.cfs_period_us"))
			return;
		quota = atof(line);
		per = atof(period);
	} else if (!line_of(line, sizeof(line), dir, "cpu.max") ||
		   (strncmp(line, "max", 3) &&
		    sscanf(line, "%lf %lf", &quota, &per) != 2)) {
		return;
	}
	json_object_set_new(facts, "cgroup_cpu_max",
			    quota > 0 && per > 0 ? json_real(quota / per) :
						   json_string("max"));
}

/* A file of v2's name, or of v1's. */
static void put_line(json_t *facts, const char *fact, const char *controller,
		     const char *v2_file, const char *v1_file)
{
	char dir[PATH_MAX], line[512];
	bool v1, ok = find(dir, sizeof(dir), controller, &v1) &&
		      line_of(line, sizeof(line), dir, v1 ? v1_file : v2_file);

	json_object_set_new(facts, fact, ok ? json_string(line) : json_null());
}

void cgroup_facts(json_t *facts)
{
	put_cpu_max(facts);
	put_line(facts, "cgroup_memory_max", "memory", "memory.max",
		 "memory.limit_in_bytes");
	put_line(facts, "cgroup_cpus", "cpuset", "cpuset.cpus.effective",
		 "cpuset.cpus");
}
