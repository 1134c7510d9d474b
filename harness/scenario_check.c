/* SPDX-License-Identifier: MIT */
/* What only the whole of a scenario can tell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nearest.h"
#include "scenario_keys.h"
#include "scenario_reader.h"
#include "target.h"

/* Named by a builtin target's name, a section would take its place. */
static int check_section(struct scenario_reader *r,
			 const struct scenario_target *t)
{
	const struct target_ops *const *known;
	struct err e;

	for (known = target_table; *known; known++)
		if (!strcmp((*known)->name, t->name))
			return scenario_bad(r, t->line, "target '%s': vioperf "
					    "has one of this name; use another",
					    t->name);
	if (!t->command || !t->type)
		return scenario_bad(r, t->line, "target '%s': use type = and "
				    "command = in its section", t->name);
	if (target_custom_check(t->command, &e) < 0)
		return scenario_bad(r, t->line, "target '%s': %s", t->name,
				    e.text);
	return 0;
}

static int unknown_target(struct scenario_reader *r, int line,
			  const char *name)
{
	const struct target_ops *const *t;
	char plain[64];
	struct nearest n = { .text = plain };
	unsigned int i;

	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(name, "+"), name);
	for (t = target_table; *t; t++)
		nearest_try(&n, (*t)->name);
	for (i = 0; i < r->s->nr_targets; i++)
		nearest_try(&n, r->s->target[i].name);
	return scenario_bad(r, line, "no target '%s'; vioperf list shows what "
			    "there is, [target %s] adds one%s", name, plain,
			    nearest_hint(&n));
}

/* Give a target's name its one form. */
static int check_target(struct scenario_reader *r, char **name, int line)
{
	const struct scenario_target *custom;
	const struct target_ops *t = target_find(*name, r->s, &custom);
	char canon[64];
	struct err e;

	if (!t)
		return unknown_target(r, line, *name);
	if (target_option_check(t, *name, canon, sizeof(canon), &e) < 0)
		return scenario_bad(r, line, "target '%s': %s", *name, e.text);
	free(*name);
	*name = scenario_copy(r, canon);
	return r->ret;
}

static int check_targets(struct scenario_reader *r, struct scenario_values *v)
{
	unsigned int i;

	for (i = 0; i < v->nr && !r->ret; i++)
		if (*v->value[i])
			check_target(r, &v->value[i], v->line);
	return r->ret;
}

/* Is target @name asked for in any part? */
static bool is_asked(const struct scenario *s, const char *name,
		     struct nearest *n)
{
	const struct scenario_values *v;
	unsigned int part, i;
	bool found = false;

	for (part = 0; part <= s->nr_also; part++) {
		v = scenario_values(s, part, KEY_TARGET);
		for (i = 0; i < v->nr; i++) {
			found |= !strcmp(v->value[i], name);
			nearest_try(n, v->value[i]);
		}
	}
	return found;
}

/* --set target=… may leave a reference of the file behind: then the rest of
 * its list is tried, as in a table that the first is not in. */
static int check_reference(struct scenario_reader *r)
{
	struct scenario_values *v = &r->s->key[KEY_REFERENCE];
	bool excused = v->given == GIVEN_FILE &&
		       r->s->key[KEY_TARGET].given > GIVEN_FILE;
	unsigned int i;

	if (!*v->value[0])
		return 0;
	for (i = 0; i < v->nr && !r->ret; i++) {
		struct nearest n = { .text = v->value[i] };

		if (!is_asked(r->s, v->value[i], &n) && !excused)
			scenario_bad(r, v->line, "reference '%s': use a target "
				     "of this run%s", v->value[i],
				     nearest_hint(&n));
	}
	return r->ret;
}

static int check_twice(struct scenario_reader *r, int key,
		       const struct scenario_values *v)
{
	unsigned int i, k;

	for (i = 0; i < v->nr; i++)
		for (k = 0; k < i; k++)
			if (!strcmp(v->value[i], v->value[k]))
				return scenario_bad(r, v->line, "%s '%s': the "
						    "same value twice",
						    scenario_keys[key].name,
						    v->value[i]);
	return r->ret;
}

static int check_unused(struct scenario_reader *r)
{
	const struct scenario_target *t = r->s->target;
	unsigned int i;

	if (scenario_was_set(r->s))
		return 0; /* which may have taken it out */
	for (i = 0; i < r->s->nr_targets; i++) {
		struct nearest n = { .text = "" };

		if (!is_asked(r->s, t[i].name, &n))
			return scenario_bad(r, t[i].line, "target '%s' is in "
					    "no list of targets", t[i].name);
	}
	return 0;
}

static int put_fallbacks(struct scenario_reader *r)
{
	struct scenario_values *v = r->s->key;
	int key;

	for (key = 0; key < KEY_COUNT && !r->ret; key++) {
		if (v[key].nr)
			continue;
		v[key].value[0] = scenario_copy(r, scenario_keys[key].fallback);
		v[key].nr = !r->ret;
	}
	return r->ret;
}

/* What --set gives holds for all parts. */
static void drop_overridden(struct scenario *s)
{
	unsigned int i;
	int key;

	for (key = 0; key < KEY_COUNT; key++)
		for (i = 0; i < s->nr_also; i++)
			if (s->key[key].given >= GIVEN_KEPT)
				scenario_values_clear(&s->also[i].key[key]);
}

static int check_errors(struct scenario_reader *r)
{
	const struct scenario_values *v = &r->s->key[KEY_ALLOW_ERRORS];

	if (!strcmp(scenario_text(r->s, KEY_VERIFY), "on") &&
	    strcmp(v->value[0], "0"))
		return scenario_bad(r, v->line, "allow-errors '%s': verify "
				    "cannot go on after an error; leave one "
				    "of them out", v->value[0]);
	return 0;
}

int scenario_check(struct scenario_reader *r)
{
	struct scenario *s = r->s;
	unsigned int i;
	int key;

	drop_overridden(s);
	for (i = 0; i < s->nr_targets && !r->ret; i++)
		check_section(r, &s->target[i]);
	if (r->ret || put_fallbacks(r) < 0 ||
	    check_targets(r, &s->key[KEY_TARGET]) < 0 ||
	    check_targets(r, &s->key[KEY_REFERENCE]) < 0)
		return r->ret;
	for (i = 0; i < s->nr_also && !r->ret; i++)
		check_targets(r, &s->also[i].key[KEY_TARGET]);
	for (key = 0; key < KEY_COUNT && !r->ret; key++) {
		check_twice(r, key, &s->key[key]);
		for (i = 0; i < s->nr_also; i++)
			check_twice(r, key, &s->also[i].key[key]);
	}
	return r->ret ?: check_reference(r) ?: check_errors(r) ?:
	       check_unused(r);
}
