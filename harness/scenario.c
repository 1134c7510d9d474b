/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "scenario_keys.h"
#include "scenario_reader.h"

/* A command line of a target can be long. */
#define LINE_MAX_BYTES 8192

static int put_note(struct scenario_reader *r, const char *value, int line)
{
	struct scenario *s = r->s;

	if (s->nr_notes == SCENARIO_MAX_NOTES)
		return scenario_bad(r, line, "note '%s': use at most %d notes",
				    value, SCENARIO_MAX_NOTES);
	s->note[s->nr_notes] = scenario_copy(r, value);
	s->nr_notes += s->note[s->nr_notes] != NULL;
	return r->ret;
}

/* A key of [run], [set] or --set. */
static int put(struct scenario_reader *r, const char *name, const char *value,
	       int line, enum scenario_given given)
{
	if (!strcmp(name, "note"))
		return put_note(r, value, line);
	return scenario_put(r, r->s->key, name, value, line, given);
}

/* Each head of an [also] begins a new one. */
static int put_also(struct scenario_reader *r, const char *name,
		    const char *value, int line)
{
	enum scenario_key key = scenario_key_find(name);
	struct scenario *s = r->s;

	if (!s->nr_also || s->also[s->nr_also - 1].line != r->section) {
		if (s->nr_also == SCENARIO_MAX_ALSO)
			return scenario_bad(r, line, "use at most %d [also]",
					    SCENARIO_MAX_ALSO);
		s->also[s->nr_also++].line = r->section;
	}
	if (key != KEY_COUNT && key >= KEY_LISTS && key != KEY_TRACED)
		return scenario_bad(r, line, "%s holds for a whole run: use "
				    "it in [run]", name);
	return scenario_put(r, s->also[s->nr_also - 1].key, name, value, line,
			    GIVEN_FILE);
}

static int on_line(void *user, const char *section, const char *name,
		   const char *value)
{
	struct scenario_reader *r = user;
	int line = r->line;

	if (r->ret)
		return 0;
	if (!strncmp(section, "target ", 7))
		scenario_put_target(r, section + 7, name, value, line);
	else if (!strcmp(section, "also"))
		put_also(r, name, value, line);
	else if (!strcmp(section, "set"))
		put(r, name, value, line, GIVEN_KEPT);
	else if (!strcmp(section, "run"))
		put(r, name, value, line, GIVEN_FILE);
	else
		scenario_bad(r, line, "section '%s': use [run], [also] or "
			     "[target NAME]", section);
	return !r->ret;
}

/* Where a comment begins in @line, or its end: at its first ';' or '#', or at
 * one behind a blank. */
static size_t comment_at(const char *line, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((line[i] == ';' || line[i] == '#') &&
		    (!i || isspace((unsigned char)line[i - 1])))
			break;
	return i;
}

/* inih asks for lines here: Debian's build does not count them itself, and
 * knows comments behind a value by ';' alone. */
static char *next_line(char *line, int room, void *stream)
{
	struct scenario_reader *r = stream;
	size_t n = strcspn(r->at, "\n"), keep;

	if (!*r->at)
		return NULL;
	r->line++;
	keep = comment_at(r->at, n);
	if (keep + 2 > (size_t)room) {
		scenario_bad(r, r->line, "line 'too long': use shorter lines");
		return NULL;
	}
	memcpy(line, r->at, keep);
	strcpy(line + keep, "\n");
	if (line[strspn(line, " \t")] == '[')
		r->section = r->line;
	r->at += n + (r->at[n] == '\n');
	return line;
}

static int read_text(struct scenario *s, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	size_t n, room = 1 << 20;

	if (!f)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	s->text = calloc(1, room + 1);
	n = s->text ? fread(s->text, 1, room, f) : 0;
	if (ferror(f) || !feof(f)) {
		fclose(f);
		return err_set(e, -EINVAL, "%s: not a scenario", path);
	}
	fclose(f);
	if (strlen(s->text) != n)
		return err_set(e, -EINVAL, "%s: not a text file", path);
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One --set. Its text is kept in a scenario.ini, for --resume: what would be a
 * comment or another line there cannot be. */
static int apply_set(struct scenario_reader *r, const char *text)
{
	char *copy = scenario_copy(r, text), *eq, *value;
	size_t n;

	if (!copy)
		return r->ret;
	eq = strchr(copy, '=');
	if (!eq)
		scenario_bad(r, 0, "%s '': use KEY=VALUE", text);
	else if (text[comment_at(text, strlen(text))] || strchr(text, '\n'))
		scenario_bad(r, 0, "'%s': use a value without a line's end, "
			     "and without ; or # behind a blank", text);
	if (!r->ret) {
		for (value = eq + 1; is_blank(*value); value++)
			;
		for (n = (size_t)(eq - copy); n && is_blank(copy[n - 1]); n--)
			;
		copy[n] = 0;
		put(r, copy, value, 0, GIVEN_SET);
	}
	free(copy);
	return r->ret;
}

int scenario_read(struct scenario *s, const char *path, char *const *sets,
		  unsigned int nr_sets, struct err *e)
{
	struct scenario_reader r = { .s = s, .path = path, .e = e };
	unsigned int i;
	int ret;

	memset(s, 0, sizeof(*s));
	ret = read_text(s, path, e);
	if (ret < 0)
		return ret;
	ini_use_stack = false;
	ini_max_line = LINE_MAX_BYTES;
	ini_initial_alloc = LINE_MAX_BYTES; /* it does not grow */
	r.at = s->text;
	ret = ini_parse_stream(next_line, &r, on_line, &r);
	if (r.ret)
		return r.ret;
	if (ret)
		return err_set(e, -EINVAL, "%s:%d: not KEY = VALUE, [SECTION] "
			       "or a comment", path, ret);
	for (i = 0; i < nr_sets && !r.ret; i++)
		apply_set(&r, sets[i]);
	return r.ret ?: scenario_check(&r);
}

static void keys_free(struct scenario_values *keys)
{
	int key;

	for (key = 0; key < KEY_COUNT; key++)
		scenario_values_clear(&keys[key]);
}

void scenario_free(struct scenario *s)
{
	unsigned int i;

	keys_free(s->key);
	for (i = 0; i < s->nr_also; i++)
		keys_free(s->also[i].key);
	for (i = 0; i < s->nr_targets; i++) {
		free(s->target[i].name);
		free(s->target[i].type);
		free(s->target[i].command);
	}
	while (s->nr_notes)
		free(s->note[--s->nr_notes]);
	free(s->text);
}

const struct scenario_values *scenario_values(const struct scenario *s,
					      unsigned int part,
					      enum scenario_key key)
{
	if (part && s->also[part - 1].key[key].nr)
		return &s->also[part - 1].key[key];
	return &s->key[key];
}

bool scenario_was_set(const struct scenario *s)
{
	int key;

	for (key = 0; key < KEY_COUNT; key++)
		if (s->key[key].given >= GIVEN_KEPT)
			return true;
	return false;
}

const char *scenario_text(const struct scenario *s, enum scenario_key key)
{
	return s->key[key].value[0];
}

uint64_t scenario_number(const struct scenario *s, enum scenario_key key)
{
	const char *v = scenario_text(s, key);
	uint64_t n = 0;

	if (key == KEY_TIME || key == KEY_WARMUP)
		units_parse_time(v, &n);
	else if (key == KEY_FILE_SIZE || key == KEY_MEMORY)
		units_parse_size(v, &n);
	else
		units_parse_count(v, &n);
	return n;
}
