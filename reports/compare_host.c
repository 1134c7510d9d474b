/* SPDX-License-Identifier: MIT */
#include "compare_host.h"

#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/util.h"
#include "utf8.h"
#include "wrap.h"

#define VALUE_MAX 70 /* columns of a value that is printed */

/* These differ between any two runs, and mean nothing. */
static bool is_passing(const char *fact)
{
	static const char *const passing[] = { "load1",
					       "memory_available_bytes",
					       "path" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(passing); i++)
		if (!strcmp(passing[i], fact))
			return true;
	return false;
}

static void add(json_t *list, const char *prefix, const char *fact,
		const json_t *a, const json_t *b)
{
	json_t *none = json_null();

	a = a ?: none;
	b = b ?: none;
	if (is_passing(fact) || json_equal(a, b))
		return;
	json_array_append_new(list,
			      json_pack("{so sO sO}", "fact",
					json_sprintf("%s%s", prefix, fact), "a",
					a, "b", b));
}

/* The facts of @a, then those that only @b has. */
static void add_object(json_t *list, const char *prefix, json_t *a, json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach(a, key, value)
		add(list, prefix, key, value, json_object_get(b, key));
	json_object_foreach(b, key, value)
		if (!json_object_get(a, key))
			add(list, prefix, key, NULL, value);
}

static json_t *find_target(const json_t *run, const char *name)
{
	json_t *list = json_object_get(run, "targets"), *j;
	size_t i;

	json_array_foreach(list, i, j)
		if (!strcmp(record_str(j, "name", ""), name))
			return j;
	return NULL;
}

static void add_targets(json_t *list, const json_t *a, const json_t *b)
{
	json_t *mine = json_object_get(a, "targets"), *j, *other;
	const char *name;
	size_t i;

	json_array_foreach(mine, i, j) {
		name = record_str(j, "name", "");
		other = find_target(b, name);
		if (other)
			add(list, name, " version",
			    json_object_get(j, "version"),
			    json_object_get(other, "version"));
	}
}

json_t *compare_host_differences(const struct run *a, const struct run *b)
{
	json_t *list = json_array();

	add_object(list, "", json_object_get(a->json, "host"),
		   json_object_get(b->json, "host"));
	add_object(list, "vioperf ", json_object_get(a->json, "vioperf"),
		   json_object_get(b->json, "vioperf"));
	add_targets(list, a->json, b->json);
	return list;
}

static char *value_text(char *buf, size_t len, const json_t *value)
{
	char *text = json_is_string(value) ? strdup(json_string_value(value))
					   : json_dumps(value, JSON_ENCODE_ANY);

	if (json_is_null(value))
		snprintf(buf, len, "not known");
	else if (text && !*text)
		snprintf(buf, len, "none");
	else
		snprintf(buf, len, "%.*s%s", VALUE_MAX, text ? text : "?",
			 text && strlen(text) > VALUE_MAX ? "…" : "");
	free(text);
	return utf8_repair(buf);
}

void compare_host_print(const json_t *differences, FILE *out)
{
	char a[VALUE_MAX + 8], b[VALUE_MAX + 8], text[2 * VALUE_MAX + 40];
	char fact[80];
	const json_t *j;
	size_t i;

	json_array_foreach((json_t *)differences, i, j) {
		snprintf(fact, sizeof(fact),
			 "differs: %s: ", record_str(j, "fact", "?"));
		snprintf(text, sizeof(text), "%s, then %s",
			 value_text(a, sizeof(a), json_object_get(j, "a")),
			 value_text(b, sizeof(b), json_object_get(j, "b")));
		wrap_put(out, fact, 4, text);
	}
}
