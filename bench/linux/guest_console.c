/* SPDX-License-Identifier: MIT */
#include "guest_console.h"

#include <stdio.h>
#include <string.h>

#include "lib/util.h"

#define TAIL_BYTES 8192
#define TAIL_LINES 10

static const struct {
	const char *says, *means;
} known[] = {
	{ "Failed to set msg fds",
	  "the guest's memory is not shared with the back end: use "
	  "memory-backend-memfd,share=on" },
	{ "Could not access KVM", "/dev/kvm cannot be used here" },
	{ "Failed to connect to", "is the back end running?" },
};

/* The end of a file, ended by NUL. */
static void read_end(const char *path, char *buf, size_t room)
{
	FILE *f = fopen(path, "re");
	size_t n;

	buf[0] = 0;
	if (!f)
		return;
	if (fseek(f, -(long)(room - 1), SEEK_END))
		rewind(f);
	n = fread(buf, 1, room - 1, f);
	fclose(f);
	buf[n] = 0;
	for (; n; n--)
		if (!buf[n - 1])
			buf[n - 1] = '?';
}

static void clean(char *s)
{
	for (; *s; s++)
		if ((*s < ' ' && *s != '\n' && *s != '\r') || *s == 127 ||
		    (unsigned char)*s > 127)
			*s = '?';
		else if (*s == '\r')
			*s = ' ';
}

/* Where the last @lines lines of @text begin, within @room bytes. */
static const char *last_lines(const char *text, int lines, size_t room)
{
	size_t n = strlen(text);
	const char *p = text + n;

	while (p > text && (size_t)(text + n - p) < room)
		if (*--p == '\n' && p[1] && !lines--)
			return p + 1;
	return p;
}

static void append(char *buf, size_t room, const char *text)
{
	size_t at = strlen(buf);

	if (at && buf[at - 1] != '\n' && at + 1 < room) {
		buf[at++] = '\n';
		buf[at] = 0;
	}
	snprintf(buf + at, room - at, "%s", text);
	at = strlen(buf);
	while (at && (buf[at - 1] == '\n' || buf[at - 1] == ' '))
		buf[--at] = 0;
}

/* A panic's first lines say more than the last ones of its trace. */
static const char *choose_lines(char *text, size_t room)
{
	char *panic = strstr(text, "Kernel panic"), *p;
	int lines = TAIL_LINES;

	if (!panic)
		return last_lines(text, TAIL_LINES, room);
	while (panic > text && panic[-1] != '\n')
		panic--;
	for (p = panic; *p && lines; p++)
		lines -= *p == '\n';
	*p = 0;
	return panic;
}

void guest_console_tail(const char *console, const char *log, char *buf,
			size_t room)
{
	char text[TAIL_BYTES];
	size_t i;

	buf[0] = 0;
	read_end(console, text, sizeof(text));
	clean(text);
	append(buf, room, choose_lines(text, room * 2 / 3));
	read_end(log, text, sizeof(text));
	clean(text);
	append(buf, room, last_lines(text, 3, room / 4));
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (strstr(text, known[i].says))
			append(buf, room, known[i].means);
}

bool guest_console_has(const char *console, const char *what)
{
	char text[TAIL_BYTES];

	read_end(console, text, sizeof(text));
	return strstr(text, what) != NULL;
}
