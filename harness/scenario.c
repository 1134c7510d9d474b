/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/units.h"
#include "scenario_keys.h"

/* A command line of a target can be long. */
#define LINE_MAX_BYTES 8192

struct reader {
	struct scenario *s;
	const char *path;
	struct err *e;
	const char *at; /* of the text, next to read */
	int line;
	int ret;
};

static void values_clear(struct scenario_values *v)
{
	while (v->nr)
		free(v->value[--v->nr]);
}

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

static int bad(struct reader *r, int line, const char *what, const char *value,
	       const char *allowed)
{
	if (r->ret)
		return r->ret;
	r->ret = -EINVAL;
	if (line)
		return err_set(r->e, -EINVAL, "%s:%d: %s '%s': use %s",
			       r->path, line, what, value, allowed);
	return err_set(r->e, -EINVAL, "--set %s: '%s': use %s", what, value,
		       allowed);
}

static int add_value(struct reader *r, enum scenario_key key, char *value,
		     int line)
{
	struct scenario_values *v = &r->s->key[key];

	value = trim(value);
	if (!scenario_keys[key].ok(value))
		return bad(r, line, scenario_keys[key].name, value,
			   scenario_keys[key].allowed);
	if (v->nr == SCENARIO_MAX_VALUES)
		return bad(r, line, scenario_keys[key].name, value,
			   "at most 16 values");
	v->value[v->nr++] = strdup(value);
	return 0;
}

static int set_key(struct reader *r, const char *name, const char *value,
		   int line)
{
	enum scenario_key key = scenario_key_find(name);
	char *copy, *part, *save = NULL;
	int ret = 0;

	if (key == KEY_COUNT)
		return bad(r, line, "unknown key", name,
			   "a key that vioperf-run(1) lists");
	copy = strdup(value);
	values_clear(&r->s->key[key]);
	if (key >= KEY_TIME) {
		ret = add_value(r, key, copy, line);
		free(copy);
		return ret;
	}
	part = strtok_r(copy, ",", &save);
	if (!part)
		ret = bad(r, line, name, value, scenario_keys[key].allowed);
	for (; part && !ret; part = strtok_r(NULL, ",", &save))
		ret = add_value(r, key, part, line);
	free(copy);
	return ret;
}

static int set_note(struct reader *r, const char *value, int line)
{
	struct scenario *s = r->s;

	if (s->nr_notes == SCENARIO_MAX_NOTES)
		return bad(r, line, "note", value, "at most 16 notes");
	s->note[s->nr_notes++] = strdup(value);
	return 0;
}

static struct scenario_target *target_of(struct reader *r, const char *name,
					 int line)
{
	struct scenario *s = r->s;
	unsigned int i;

	for (i = 0; i < s->nr_targets; i++)
		if (!strcmp(s->target[i].name, name))
			return &s->target[i];
	if (!scenario_name_ok(name)) {
		bad(r, line, "target", name, "letters, digits, - _ .");
		return NULL;
	}
	if (s->nr_targets == SCENARIO_MAX_TARGETS) {
		bad(r, line, "target", name, "at most 16 targets");
		return NULL;
	}
	s->target[s->nr_targets] = (struct scenario_target){
		.name = strdup(name), .line = line
	};
	return &s->target[s->nr_targets++];
}

static int set_target(struct reader *r, const char *name, const char *key,
		      const char *value, int line)
{
	struct scenario_target *t = target_of(r, name, line);

	if (!t)
		return r->ret;
	if (!strcmp(key, "type")) {
		if (strcmp(value, "blk"))
			return bad(r, line, key, value, "blk");
		free(t->type);
		t->type = strdup(value);
	} else if (!strcmp(key, "command")) {
		if (!strstr(value, "{socket}"))
			return bad(r, line, key, value,
				   "a command line with {socket} in it");
		free(t->command);
		t->command = strdup(value);
	} else {
		return bad(r, line, "unknown key", key, "type and command");
	}
	return 0;
}

static int on_line(void *user, const char *section, const char *name,
		   const char *value)
{
	struct reader *r = user;
	int line = r->line;

	if (r->ret)
		return 0;
	if (!strncmp(section, "target ", 7))
		set_target(r, section + 7, name, value, line);
	else if (strcmp(section, "run"))
		bad(r, line, "section", section, "[run] or [target NAME]");
	else if (!strcmp(name, "note"))
		set_note(r, value, line);
	else
		set_key(r, name, value, line);
	return !r->ret;
}

/* inih asks for lines here: Debian's build does not count them itself. */
static char *next_line(char *line, int room, void *stream)
{
	struct reader *r = stream;
	size_t n = strcspn(r->at, "\n");

	if (!*r->at)
		return NULL;
	r->line++;
	if (n + 2 > (size_t)room) {
		bad(r, r->line, "line", "too long", "shorter lines");
		return NULL;
	}
	memcpy(line, r->at, n);
	strcpy(line + n, "\n");
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

static int apply_sets(struct reader *r, char *const *sets, unsigned int nr)
{
	unsigned int i;
	char *eq, *copy;

	for (i = 0; i < nr && !r->ret; i++) {
		copy = strdup(sets[i]);
		eq = strchr(copy, '=');
		if (eq) {
			*eq = 0;
			set_key(r, trim(copy), trim(eq + 1), 0);
		} else {
			bad(r, 0, sets[i], "", "KEY=VALUE");
		}
		free(copy);
	}
	return r->ret;
}

static int check_whole(struct reader *r)
{
	struct scenario *s = r->s;
	unsigned int i;
	int key;

	for (i = 0; i < s->nr_targets; i++)
		if (!s->target[i].command || !s->target[i].type)
			return bad(r, s->target[i].line, "target",
				   s->target[i].name,
				   "type = and command = in its section");
	for (key = 0; key < KEY_COUNT; key++)
		if (!s->key[key].nr)
			s->key[key].value[s->key[key].nr++] =
				strdup(scenario_keys[key].fallback);
	return 0;
}

int scenario_read(struct scenario *s, const char *path, char *const *sets,
		  unsigned int nr_sets, struct err *e)
{
	struct reader r = { .s = s, .path = path, .e = e };
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
	ret = apply_sets(&r, sets, nr_sets);
	return ret ?: check_whole(&r);
}

void scenario_free(struct scenario *s)
{
	unsigned int i;

	for (i = 0; i < KEY_COUNT; i++)
		values_clear(&s->key[i]);
	for (i = 0; i < s->nr_targets; i++) {
		free(s->target[i].name);
		free(s->target[i].type);
		free(s->target[i].command);
	}
	while (s->nr_notes)
		free(s->note[--s->nr_notes]);
	free(s->text);
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
