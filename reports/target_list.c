/* SPDX-License-Identifier: MIT */
#include "target_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "utf8.h"

static void set_line(struct target_line *l, const json_t *target)
{
	const char *version = record_str(target, "version", "");

	l->name = record_str(target, "name", "?");
	snprintf(l->what, sizeof(l->what), "%.120s%s%.70s",
		 record_str(target, "what", "?"), *version ? "; " : "",
		 version);
	utf8_repair(l->what);
}

static bool is_listed(const struct target_line *list, int nr,
		      const struct target_line *l)
{
	int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(list[i].name, l->name) &&
		    !strcmp(list[i].what, l->what))
			return true;
	return false;
}

int target_list(const struct report *r, struct target_line **list)
{
	json_t *targets, *target;
	size_t n, all = 1;
	int i, nr = 0;

	for (i = 0; i < r->nr_runs; i++)
		all += json_array_size(
			json_object_get(r->run[i].json, "targets"));
	*list = calloc(all, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	for (i = 0; i < r->nr_runs; i++) {
		targets = json_object_get(r->run[i].json, "targets");
		json_array_foreach(targets, n, target) {
			set_line(&(*list)[nr], target);
			nr += !is_listed(*list, nr, &(*list)[nr]);
		}
	}
	return nr;
}
