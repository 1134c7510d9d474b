/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_NAMES_H
#define VIOPERF_NAMES_H

#include <jansson.h>

/*
 * Names and where each of them stands in an array, to be found at once. It is
 * an object of jansson's: a hash table that is there already.
 */
static inline int names_find(const json_t *names, const char *name)
{
	const json_t *at = json_object_get(names, name);

	return at ? (int)json_integer_value(at) : -1;
}

/* 0, or -1: no memory, or @name is not UTF-8. */
static inline int names_add(json_t *names, const char *name, int at)
{
	return json_object_set_new(names, name, json_integer(at));
}

/* A copy of @text that lives as long as @names does; NULL: no memory. */
static inline const char *names_keep(json_t *names, const char *text)
{
	if (!json_object_get(names, text) && names_add(names, text, 0) < 0)
		return NULL;
	return json_object_iter_key(json_object_iter_at(names, text));
}

#endif
