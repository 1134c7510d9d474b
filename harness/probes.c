/* SPDX-License-Identifier: MIT */
#include "probes.h"

#include <stdio.h>
#include <string.h>

#include "lib/record.h"
#include "ask.h"

static const json_t *answer(void)
{
	static json_t *all;

	if (!all)
		all = ask_self((const char *const[]){
			"trace", "--list", "--format", "json", NULL });
	if (!all) /* it has said why, on stderr */
		all = json_object();
	return all;
}

static json_t *list_of(const char *key)
{
	return json_object_get(answer(), key);
}

static json_t *entry(const json_t *from, const char *name, const char *what)
{
	return json_pack("{ss ss ss}", "name", name, "what", what, "status",
			 record_str(from, "status", "unavailable"));
}

static json_t *not_built(void)
{
	json_t *j = entry(NULL, "trace", "eBPF probes");

	json_object_set_new(j, "reason", json_string(PROBES_SILENT));
	return json_pack("[o]", j);
}

/* An event has a reason for each way that was tried. The last is as good as any
 * of them where none was taken. */
static json_t *edge(const json_t *p)
{
	json_t *refused = json_object_get(p, "refused"), *last;
	const char *way = record_str(p, "attach", NULL);
	json_t *j = entry(p, record_str(p, "edge", "?"), way ? way : "-");

	if (!refused)
		return j;
	json_object_set(j, "refused", refused);
	last = json_array_get(refused, json_array_size(refused) - 1);
	if (!way)
		json_object_set(j, "reason", json_object_get(last, "reason"));
	return j;
}

static json_t *stage(const json_t *s)
{
	json_t *reason = json_object_get(s, "reason"), *j;
	char what[128];

	snprintf(what, sizeof(what), "%s -> %s",
		 record_str(s, "from", "?"), record_str(s, "to", "?"));
	j = entry(s, record_str(s, "name", "?"), what);
	if (reason)
		json_object_set(j, "reason", reason);
	return j;
}

json_t *probes_edges(void)
{
	json_t *list = json_array(), *p;
	size_t i;

	json_array_foreach(list_of("probes"), i, p)
		json_array_append_new(list, edge(p));
	if (i)
		return list;
	json_decref(list);
	return not_built();
}

json_t *probes_stages(void)
{
	json_t *list = json_array(), *s;
	size_t i;

	json_array_foreach(list_of("stages"), i, s)
		json_array_append_new(list, stage(s));
	return list;
}

/* Kicks and calls are what a run cannot do without. */
void probes_missing(char *why, size_t room)
{
	json_t *s;
	size_t i;

	why[0] = 0;
	if (!list_of("stages"))
		snprintf(why, room, PROBES_SILENT);
	json_array_foreach(list_of("stages"), i, s) {
		if (strcmp(record_str(s, "name", ""), "kick_signal") ||
		    !strcmp(record_str(s, "status", ""), "usable"))
			continue;
		snprintf(why, room, "%s",
			 record_str(s, "reason", "it does not attach"));
	}
}
