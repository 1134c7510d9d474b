/* SPDX-License-Identifier: MIT */
#include "scenario_file.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/nearest.h"
#include "lib/record.h"
#include "lib/util.h"
#include "self.h"

/* Beside the program: in the source tree, or as installed there; else in the
 * source tree that we are in. */
static void find_folder(char *folder, size_t room)
{
	static const char *const beside[] = { "../harness/scenarios",
					      "../../harness/scenarios",
					      "../share/vioperf/scenarios" };
	char program[PATH_MAX], *dir;
	size_t i;

	snprintf(program, sizeof(program), "%s", self_path());
	dir = dirname(program);
	for (i = 0; i < ARRAY_SIZE(beside); i++) {
		snprintf(folder, room, "%s/%s", dir, beside[i]);
		if (!access(folder, X_OK))
			return;
	}
	snprintf(folder, room, "harness/scenarios");
}

static void first_comment(char *line, size_t room, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t skip;

	line[0] = 0;
	if (f && fgets(line, (int)room, f)) {
		line[strcspn(line, "\n")] = 0;
		skip = strspn(line, ";# ");
		memmove(line, line + skip, strlen(line + skip) + 1);
	}
	if (f)
		fclose(f);
	record_plain(line);
}

static int is_scenario(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 4 &&
	       !strcmp(d->d_name + n - 4, ".ini");
}

json_t *scenario_file_list(void)
{
	char folder[PATH_MAX], path[PATH_MAX + 256], what[160];
	struct dirent **names = NULL;
	json_t *list = json_array();
	int i, n;

	find_folder(folder, sizeof(folder));
	n = scandir(folder, &names, is_scenario, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
			 names[i]->d_name);
		first_comment(what, sizeof(what), path);
		names[i]->d_name[strlen(names[i]->d_name) - 4] = 0;
		json_array_append_new(
			list, json_pack("{ss ss ss}", "name", names[i]->d_name,
					"what", what, "path", path));
		free(names[i]);
	}
	free(names);
	return list;
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISDIR(st.st_mode);
}

static bool looks_like_path(const char *name)
{
	size_t n = strlen(name);

	return strchr(name, '/') ||
	       (n > 4 && !strcmp(name + n - 4, ".ini")) || is_file(name);
}

int scenario_file_find(char *path, size_t room, const char *name,
		       struct err *e)
{
	struct nearest near = { .text = name };
	json_t *list, *j;
	size_t i;
	int ret = -EINVAL;

	if (looks_like_path(name)) {
		snprintf(path, room, "%s", name);
		return 0;
	}
	list = scenario_file_list();
	json_array_foreach(list, i, j) {
		nearest_try(&near, record_str(j, "name", ""));
		if (strcmp(record_str(j, "name", ""), name))
			continue;
		snprintf(path, room, "%s", record_str(j, "path", ""));
		ret = 0;
	}
	if (ret < 0)
		err_set(e, ret, "no scenario '%s': neither a file, nor one of "
			"those that vioperf list --scenarios shows%s", name,
			nearest_hint(&near));
	json_decref(list);
	return ret;
}
