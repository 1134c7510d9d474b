/* SPDX-License-Identifier: MIT */
/* A user's own target: the command line of a [target NAME] section. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"

static int usable(struct err *e)
{
	(void)e; /* whether it starts is seen when it is started */
	return 0;
}

/* Copy @word with {socket}, {cpu}, {queues}, {file} and {vioperf} filled in. */
static void expand(char *out, size_t room, const char *word,
		   const struct target_start *t)
{
	char queues[16];
	const struct {
		const char *name, *value;
	} hole[] = { { "{socket}", t->socket },
		     { "{cpu}", t->cpu },
		     { "{queues}", queues },
		     { "{vioperf}", target_self() },
		     { "{file}", t->backing_file ? t->backing_file : "" } };
	size_t n = 0, i;

	snprintf(queues, sizeof(queues), "%u", t->queues);
	while (*word && n + 1 < room) {
		for (i = 0; i < sizeof(hole) / sizeof(hole[0]); i++)
			if (!strncmp(word, hole[i].name, strlen(hole[i].name)))
				break;
		if (i == sizeof(hole) / sizeof(hole[0])) {
			out[n++] = *word++;
			continue;
		}
		n += (size_t)snprintf(out + n, room - n, "%s", hole[i].value);
		word += strlen(hole[i].name);
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

static void command(struct process *p, const struct target_start *t)
{
	const char *s = t->custom->command;
	char word[2048], full[4096];

	while ((s = next_word(s, word, sizeof(word)))) {
		expand(full, sizeof(full), word, t);
		process_arg(p, "%s", full);
	}
}

const struct target_ops target_custom = {
	.name = "custom",
	.load = LOAD_BLK,
	.what = "a [target NAME] section of a scenario",
	.backings = BACKING_NULL | BACKING_RAM | BACKING_FILE,
	.drivers = DRIVER_ANY,
	.usable = usable,
	.command = command,
	.guest = target_guest_vhost_user_blk,
};
