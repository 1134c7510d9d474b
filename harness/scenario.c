/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/ring.h"
#include "../lib/units.h"

struct key_info {
	const char *name;
	bool (*ok)(const char *value);
	const char *allowed;
	const char *fallback;
};

static bool name_ok(const char *v)
{
	return *v && strspn(v, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
			     strlen(v) && strlen(v) < 48;
}

static bool one_of(const char *v, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(v, *words))
			return true;
	return false;
}

static bool onoff(const char *v)
{
	return one_of(v, (const char *const[]){ "on", "off", NULL });
}

static bool driver_ok(const char *v)
{
	return one_of(v, (const char *const[]){ "user", NULL });
}

static bool completion_ok(const char *v)
{
	return one_of(v, (const char *const[]){ "interrupt", "poll", NULL });
}

static bool idle_ok(const char *v)
{
	return one_of(v, (const char *const[]){ "sleep", "spin", NULL });
}

static bool traced_ok(const char *v)
{
	return one_of(v, (const char *const[]){ "auto", "yes", "no", NULL });
}

static bool size_ok(const char *v)
{
	uint64_t n;

	return !units_parse_size(v, &n) && n >= 512 && n % 512 == 0;
}

static bool backing_ok(const char *v)
{
	if (!strncmp(v, "ram:", 4))
		return size_ok(v + 4);
	return one_of(v, (const char *const[]){ "null", "ram", "file", NULL });
}

static bool in_range(const char *v, uint64_t low, uint64_t high)
{
	uint64_t n;

	return !units_parse_count(v, &n) && n >= low && n <= high;
}

static bool rw_ok(const char *v)
{
	if (!strncmp(v, "mix:", 4))
		return in_range(v + 4, 0, 100);
	return one_of(v, (const char *const[]){ "randread", "randwrite",
						"read", "write", NULL });
}

static bool depth_ok(const char *v)
{
	return in_range(v, 1, RING_SIZE_MAX);
}

static bool queues_ok(const char *v)
{
	return in_range(v, 1, 64);
}

static bool ring_size_ok(const char *v)
{
	uint64_t n;

	return !units_parse_count(v, &n) && n >= 8 && n <= RING_SIZE_MAX &&
	       !(n & (n - 1));
}

static bool rate_ok(const char *v)
{
	char copy[64], *comma;

	snprintf(copy, sizeof(copy), "%s", v);
	comma = strchr(copy, '/');
	if (comma && strcmp(comma, "/poisson"))
		return false;
	if (comma)
		*comma = 0;
	return in_range(copy, 0, 1000000000);
}

static bool time_ok(const char *v)
{
	uint64_t ns;

	return !units_parse_time(v, &ns) && ns >= 1000000 &&
	       ns <= 3600000000000ull;
}

static bool warmup_ok(const char *v)
{
	uint64_t ns;

	return !units_parse_time(v, &ns) && ns <= 3600000000000ull;
}

static bool blocks_ok(const char *v)
{
	return in_range(v, 1, 1000);
}

static bool seed_ok(const char *v)
{
	return in_range(v, 0, 1ull << 62);
}

static const struct key_info keys[KEY_COUNT] = {
	[KEY_TARGET] = { "target", name_ok, "names of targets, as vioperf list shows them", "blk" },
	[KEY_BACKING] = { "backing", backing_ok, "null, ram, ram:SIZE or file", "null" },
	[KEY_DRIVER] = { "driver", driver_ok, "user", "user" },
	[KEY_RW] = { "rw", rw_ok, "randread, randwrite, read, write or mix:PERCENT", "randread" },
	[KEY_BS] = { "bs", size_ok, "a size, a multiple of 512, as in 4k", "4k" },
	[KEY_DEPTH] = { "depth", depth_ok, "1 to 1024", "1" },
	[KEY_QUEUES] = { "queues", queues_ok, "1 to 64", "1" },
	[KEY_COMPLETION] = { "completion", completion_ok, "interrupt or poll", "interrupt" },
	[KEY_RATE] = { "rate", rate_ok, "requests/s as in 20k or 20k/poisson, 0 for a closed loop", "0" },
	[KEY_EVENT_IDX] = { "event-idx", onoff, "on or off", "on" },
	[KEY_INDIRECT] = { "indirect", onoff, "on or off", "on" },
	[KEY_RING_SIZE] = { "ring-size", ring_size_ok, "a power of two, 8 to 1024", "256" },
	[KEY_TIME] = { "time", time_ok, "a time from 1ms to 1h, as in 0.4s", "0.4s" },
	[KEY_WARMUP] = { "warmup", warmup_ok, "a time up to 1h, as in 0.1s", "0.1s" },
	[KEY_BLOCKS] = { "blocks", blocks_ok, "1 to 1000", "6" },
	[KEY_SEED] = { "seed", seed_ok, "a number", "0" },
	[KEY_IDLE] = { "idle", idle_ok, "sleep or spin", "sleep" },
	[KEY_TRACED] = { "traced", traced_ok, "auto, yes or no", "auto" },
	[KEY_VERIFY] = { "verify", onoff, "on or off", "off" },
	[KEY_REFERENCE] = { "reference", name_ok, "the name of a target", "" },
	[KEY_FILE_SIZE] = { "file-size", size_ok, "a size, as in 1g", "1g" },
	[KEY_NAME] = { "name", name_ok, "letters, digits, - _ .", "" },
};

const char *scenario_key_name(enum scenario_key key)
{
	return keys[key].name;
}

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
	if (!keys[key].ok(value))
		return bad(r, line, keys[key].name, value, keys[key].allowed);
	if (v->nr == (key < KEY_LISTS ? SCENARIO_MAX_VALUES : 1))
		return bad(r, line, keys[key].name, value,
			   key < KEY_LISTS ? "at most 16 values" :
					     "one value");
	v->value[v->nr++] = strdup(value);
	return 0;
}

static int set_key(struct reader *r, const char *name, const char *value,
		   int line)
{
	char *copy, *part, *save = NULL;
	int key, ret = 0;

	for (key = 0; key < KEY_COUNT; key++)
		if (!strcmp(keys[key].name, name))
			break;
	if (key == KEY_COUNT)
		return bad(r, line, "unknown key", name,
			   "a key that vioperf-run(1) lists");
	copy = strdup(value);
	values_clear(&r->s->key[key]);
	part = strtok_r(copy, ",", &save);
	if (!part)
		ret = bad(r, line, name, value, keys[key].allowed);
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
	if (!name_ok(name)) {
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
				strdup(keys[key].fallback);
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
	else if (key == KEY_FILE_SIZE)
		units_parse_size(v, &n);
	else
		units_parse_count(v, &n);
	return n;
}
