/* SPDX-License-Identifier: MIT */
/* A user's own target: the command line of a [target NAME] section. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nearest.h"
#include "lib/util.h"
#include "harness/program.h"
#include "harness/target.h"

/* What is filled in, in a command line and on the way to one. */
static const char *const holes[] = { "{socket}", "{cpu}", "{queues}",
				     "{vioperf}", "{file}" };

static const char *fill(size_t hole, const struct target_start *t,
			const char *queues)
{
	const char *const value[] = { t->socket, t->cpu, queues, self_program(),
				      t->backing_file ? t->backing_file : "" };

	return value[hole];
}

static size_t hole_at(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(holes); i++)
		if (!strncmp(word, holes[i], strlen(holes[i])))
			break;
	return i;
}

static void expand(char *out, size_t room, const char *word,
		   const struct target_start *t)
{
	char queues[16];
	size_t n = 0, i;

	snprintf(queues, sizeof(queues), "%u", t->queues);
	while (*word && n + 1 < room) {
		i = hole_at(word);
		if (i == ARRAY_SIZE(holes)) {
			out[n++] = *word++;
			continue;
		}
		n += (size_t)snprintf(out + n, room - n, "%s",
				      fill(i, t, queues));
		word += strlen(holes[i]);
		if (n >= room)
			n = room - 1;
	}
	out[n] = 0;
}

/* Words are separated by blanks; "..." and '...' hold a word together. */
static const char *next_word(const char *s, char *out, size_t room)
{
	char quote = 0;
	size_t n = 0;

	s += strspn(s, " \t");
	if (!*s)
		return NULL;
	for (; *s && (quote || (*s != ' ' && *s != '\t')); s++) {
		if (quote ? *s == quote : (*s == '"' || *s == '\''))
			quote = quote ? 0 : *s;
		else if (n + 1 < room)
			out[n++] = *s;
	}
	out[n] = 0;
	return s;
}

static int check_quotes(const char *command, struct err *e)
{
	char quote = 0;

	for (; *command; command++)
		if (quote ? *command == quote :
			    (*command == '"' || *command == '\''))
			quote = quote ? 0 : *command;
	return quote ? err_set(e, -EINVAL, "command: no second %c", quote) : 0;
}

/* {word}, of small letters, is meant to be filled in; other braces are not. */
static int check_hole(const char *at, struct err *e)
{
	size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz"), i;
	char word[32];
	struct nearest near = { .text = word };

	if (!n || at[n + 1] != '}' || hole_at(at) < ARRAY_SIZE(holes))
		return 0;
	snprintf(word, sizeof(word), "%.*s", (int)n + 2, at);
	for (i = 0; i < ARRAY_SIZE(holes); i++)
		nearest_try(&near, holes[i]);
	return err_set(e, -EINVAL, "command: nothing is filled in for %s; use "
		       "{socket}, {cpu}, {queues}, {file} or {vioperf}%s",
		       word, nearest_hint(&near));
}

int target_custom_check(const char *command, struct err *e)
{
	const char *at = command;
	int ret = check_quotes(command, e);

	for (; !ret && (at = strchr(at, '{')); at++)
		ret = check_hole(at, e);
	return ret;
}

void target_custom_programs(const struct scenario_target *t,
			    struct programs *all)
{
	const char *s = t->command;
	bool first = true;
	char word[2048];

	while ((s = next_word(s, word, sizeof(word)))) {
		if (!strchr(word, '{') && (first || *word == '/'))
			programs_add(all, word, false);
		first = false;
	}
}

static void command(struct process *p, const struct target_start *t)
{
	const char *s = t->custom->command;
	char word[2048], full[4096];

	while ((s = next_word(s, word, sizeof(word)))) {
		expand(full, sizeof(full), word, t);
		process_arg(p, "%s", full);
	}
}

/* One for each type that a section can say. */
static const struct target_ops custom[] = {
	{
		.name = "custom",
		.load = LOAD_BLK,
		.what = "a [target NAME] section of the scenario",
		.backings = BACKING_NULL | BACKING_RAM | BACKING_FILE,
		.drivers = DRIVER_ANY,
		.command = command,
		.guest = target_guest_vhost_user_blk,
	},
	{
		.name = "custom",
		.load = LOAD_RNG,
		.what = "a [target NAME] section of the scenario",
		.drivers = DRIVER_USER | DRIVER_QEMU,
		.one_queue = true,
		.command = command,
		.guest = target_guest_vhost_user_rng,
	},
};

const struct target_ops *target_custom(const char *type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(custom); i++)
		if (!strcmp(target_load_name(custom[i].load), type))
			return &custom[i];
	return NULL;
}
