/* SPDX-License-Identifier: MIT */
#include "probes.h"

#include <stdio.h>
#include <string.h>

#include "../lib/record.h"
#include "ask.h"

json_t *probes_json(void)
{
	return ask_self((const char *const[]){ "trace", "--list", "--format",
					       "json", NULL });
}

/* Kicks and calls are what a run cannot do without. */
void probes_missing(char *why, size_t room)
{
	json_t *all = probes_json(), *stage;
	size_t i;

	why[0] = 0;
	if (!all)
		snprintf(why, room, PROBES_SILENT);
	json_array_foreach(json_object_get(all, "stages"), i, stage) {
		if (strcmp(record_str(stage, "name", ""), "kick_signal") ||
		    !strcmp(record_str(stage, "status", ""), "usable"))
			continue;
		snprintf(why, room, "%s",
			 record_str(stage, "reason", "it does not attach"));
	}
	json_decref(all);
}
