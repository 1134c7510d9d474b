/* SPDX-License-Identifier: MIT */
/* One key of a scenario takes its values. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nearest.h"
#include "scenario_keys.h"
#include "scenario_reader.h"
#include "target.h"

int scenario_bad(struct scenario_reader *r, int line, const char *fmt, ...)
{
	char text[800];
	va_list ap;

	if (r->ret)
		return r->ret;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->ret = -EINVAL;
	if (line)
		return err_set(r->e, -EINVAL, "%s:%d: %s", r->path, line, text);
	return err_set(r->e, -EINVAL, "--set %s", text);
}

char *scenario_copy(struct scenario_reader *r, const char *text)
{
	char *copy = strdup(text);

	if (!copy && !r->ret)
		r->ret = err_set(r->e, -ENOMEM, "out of memory");
	return copy;
}

void scenario_values_clear(struct scenario_values *v)
{
	while (v->nr)
		free(v->value[--v->nr]);
	v->given = GIVEN_NOT;
}

/* Without the blanks around it; @s is cut. */
static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = 0;
	return s;
}

static int add_value(struct scenario_reader *r, enum scenario_key key,
		     struct scenario_values *v, char *value)
{
	const struct scenario_key_info *info = &scenario_keys[key];
	char canon[64];

	value = trim(value);
	if (!info->ok(value))
		return scenario_bad(r, v->line, "%s '%s': use %s", info->name,
				    value, info->allowed);
	if (v->nr == SCENARIO_MAX_VALUES)
		return scenario_bad(r, v->line, "%s '%s': use at most %d "
				    "values", info->name, value,
				    SCENARIO_MAX_VALUES);
	if (info->canon)
		info->canon(value, canon, sizeof(canon));
	v->value[v->nr] = scenario_copy(r, info->canon ? canon : value);
	v->nr += v->value[v->nr] != NULL;
	return r->ret;
}

static int add_list(struct scenario_reader *r, enum scenario_key key,
		    struct scenario_values *v, char *list)
{
	char *part, *next = list;

	while (next && !r->ret) {
		part = next;
		next = strchr(part, ',');
		if (next)
			*next++ = 0;
		add_value(r, key, v, part);
	}
	return r->ret;
}

static int unknown_key(struct scenario_reader *r, const char *name, int line)
{
	struct nearest n = { .text = name };
	int key;

	for (key = 0; key < KEY_COUNT; key++)
		nearest_try(&n, scenario_keys[key].name);
	return scenario_bad(r, line, "unknown key '%s': use a key that "
			    "vioperf-run(1) lists%s", name, nearest_hint(&n));
}

static int given_twice(struct scenario_reader *r, const char *name, int line,
		       int first)
{
	if (line)
		return scenario_bad(r, line, "%s is given in line %d already",
				    name, first);
	return scenario_bad(r, 0, "%s: given twice; several values are one "
			    "list: --set %s=A,B", name, name);
}

int scenario_put(struct scenario_reader *r, struct scenario_values *keys,
		 const char *name, const char *text, int line,
		 enum scenario_given given)
{
	enum scenario_key key = scenario_key_find(name);
	struct scenario_values *v = &keys[key];
	char *copy;

	if (key == KEY_COUNT)
		return unknown_key(r, name, line);
	if (v->given == given)
		return given_twice(r, name, line, v->line);
	if (v->given > given)
		return 0;
	copy = scenario_copy(r, text);
	if (!copy)
		return r->ret;
	scenario_values_clear(v);
	v->given = given;
	v->line = line;
	if (key >= KEY_TIME)
		add_value(r, key, v, copy);
	else
		add_list(r, key, v, copy);
	free(copy);
	return r->ret;
}

static struct scenario_target *target_of(struct scenario_reader *r,
					 const char *name, int line)
{
	struct scenario *s = r->s;
	unsigned int i;

	for (i = 0; i < s->nr_targets; i++)
		if (!strcmp(s->target[i].name, name))
			return &s->target[i];
	if (!scenario_name_ok(name)) {
		scenario_bad(r, line, "target '%s': use letters, digits, - _ .",
			     name);
		return NULL;
	}
	if (s->nr_targets == SCENARIO_MAX_TARGETS) {
		scenario_bad(r, line, "target '%s': use at most %d targets",
			     name, SCENARIO_MAX_TARGETS);
		return NULL;
	}
	s->target[i] = (struct scenario_target){
		.name = scenario_copy(r, name), .line = line
	};
	return s->target[i].name ? &s->target[s->nr_targets++] : NULL;
}

static int set_once(struct scenario_reader *r, char **to, const char *key,
		    const char *value, int line)
{
	if (*to)
		return scenario_bad(r, line, "%s is given twice", key);
	*to = scenario_copy(r, value);
	return r->ret;
}

int scenario_put_target(struct scenario_reader *r, const char *name,
			const char *key, const char *value, int line)
{
	struct scenario_target *t = target_of(r, name, line);

	if (!t)
		return r->ret;
	if (!strcmp(key, "type")) {
		if (!target_custom(value))
			return scenario_bad(r, line, "%s '%s': use blk or rng",
					    key, value);
		return set_once(r, &t->type, key, value, line);
	}
	if (strcmp(key, "command"))
		return scenario_bad(r, line, "unknown key '%s': use type and "
				    "command", key);
	if (!strstr(value, "{socket}"))
		return scenario_bad(r, line, "%s '%s': use a command line with "
				    "{socket} in it", key, value);
	return set_once(r, &t->command, key, value, line);
}
