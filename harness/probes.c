/* SPDX-License-Identifier: MIT */
#include "probes.h"

#include <stdio.h>
#include <string.h>

#include "../lib/record.h"
#include "target.h"

json_t *probes_json(void)
{
	char command[4200];
	json_t *j;
	FILE *f;

	snprintf(command, sizeof(command),
		 "'%s' trace --list --format json 2>/dev/null", target_self());
	f = popen(command, "re");
	if (!f)
		return NULL;
	j = json_loadf(f, 0, NULL);
	pclose(f);
	return j;
}

/* Kicks and calls are what a run cannot do without. */
void probes_missing(char *why, size_t room)
{
	json_t *all = probes_json(), *stage;
	size_t i;

	why[0] = 0;
	if (!all)
		snprintf(why, room, "this vioperf was built without it "
				    "(make says what was missing)");
	json_array_foreach(json_object_get(all, "stages"), i, stage) {
		if (strcmp(record_str(stage, "name", ""), "kick_signal") ||
		    !strcmp(record_str(stage, "status", ""), "usable"))
			continue;
		snprintf(why, room, "%s",
			 record_str(stage, "reason", "it does not attach"));
	}
	json_decref(all);
}
