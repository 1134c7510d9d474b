/* SPDX-License-Identifier: MIT */
#include "skim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/record.h"
#include "lib/util.h"

/* Members that no report reads: how deep they stand, and their names. */
static const struct {
	int depth;
	const char *name;
} unread[] = {
	{ 1, "device" },  { 1, "trace" }, { 1, "processes" },
	{ 2, "metrics" }, { 2, "fio" },	  { 2, "iperf" },
	{ 2, "latency" }, { 2, "cycles" }, { 3, "query_stats" },
	{ 3, "handler_to_reaped" },
};

#define UNREAD_DEPTH 3

static bool is_unread(int depth, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unread); i++)
		if (unread[i].depth == depth &&
		    strlen(unread[i].name) == len &&
		    !memcmp(unread[i].name, name, len))
			return true;
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* @p is a quote; past the one that closes it, or @end. */
static char *past_string(char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\';
	return p < end ? p + 1 : (char *)end;
}

static char *past_space(char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

/* Past an object or an array, told by its brackets alone, or @end. */
static char *past_value(char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = past_string(p, end);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && !--depth)
			return p + 1;
		p++;
	}
	return p;
}

/* Past [[1,2],[3,4],…], numbers without sign or fraction; NULL: it is not. */
static char *past_pairs(char *p, const char *end)
{
	static const char form[] = "[0,0],";
	int at = 0; /* in form */
	int digits;

	for (p = past_space(p + 1, end); p < end; p = past_space(p, end)) {
		for (digits = 0; p < end && is_digit(*p); p++)
			digits++;
		if (digits > 18 || (digits > 1 && p[-digits] == '0'))
			return NULL;
		if (form[at] == '0' ? !digits : digits > 0)
			return NULL;
		if (form[at] == ',' && !form[at + 1] && *p == ']')
			return p + 1;
		if (form[at] != '0' && *p++ != form[at])
			return NULL;
		at = form[at + 1] ? at + 1 : 0;
	}
	return NULL;
}

/* Their numbers as a string: "1 2 3 4 ", which is shorter. */
static char *put_pairs(char *to, const char *p, const char *end)
{
	*to++ = '"';
	for (; p < end; p++) {
		if (is_digit(*p))
			*to++ = *p;
		else if (is_digit(p[-1]))
			*to++ = ' ';
	}
	*to++ = '"';
	return to;
}

/* The value of the member whose name ends at @p: its first bracket; NULL: that
 * is no name, or its value has no brackets. */
static char *value_of(char *p, const char *end)
{
	p = past_space(p, end);
	if (p == end || *p != ':')
		return NULL;
	p = past_space(p + 1, end);
	return p < end && (*p == '{' || *p == '[') ? p : NULL;
}

/* Cut what follows at @p, after the string @name that ends at *@to. Past it, or
 * @p: it stays. */
static char *cut_value(const char *name, char *p, const char *end, int depth,
		       char **to)
{
	size_t len = (size_t)(*to - name) - 2;
	bool unread, pairs;
	char *value, *next;

	unread = depth <= UNREAD_DEPTH && is_unread(depth, name + 1, len);
	pairs = len == strlen("buckets") && !memcmp(name + 1, "buckets", len);
	value = unread || pairs ? value_of(p, end) : NULL;
	next = value && unread ? past_value(value, end) :
	       value	       ? past_pairs(value, end) :
				 NULL;
	if (!next)
		return p;
	*(*to)++ = ':';
	if (!unread) {
		*to = put_pairs(*to, value, next);
		return next;
	}
	/* Its brackets stay; without the last one, an error. */
	*(*to)++ = *value;
	if (next < end)
		*(*to)++ = next[-1];
	return next;
}

size_t skim_cut(char *text, size_t len)
{
	char *p = text, *to = text, *next;
	const char *end = text + len;
	int depth = 0;
	size_t n;

	while (p < end) {
		if (*p == '"') {
			next = past_string(p, end);
			n = (size_t)(next - p);
			memmove(to, p, n);
			to += n;
			p = n < 2 ? next :
				    cut_value(to - n, next, end, depth, &to);
			continue;
		}
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		*to++ = *p;
		/* One of several, so that two numbers never become one. */
		p = is_space(*p) ? past_space(p, end) : p + 1;
	}
	return (size_t)(to - text);
}

/* The whole of @fd into s->text; its length or -errno. */
static ssize_t read_text(struct skim *s, int fd)
{
	size_t len = 0;
	struct stat st;
	ssize_t n;
	char *more;

	if (fstat(fd, &st) < 0)
		return -errno;
	for (;;) {
		if (s->room <= MAX(len, (size_t)st.st_size)) {
			s->room = 2 * MAX(len, (size_t)st.st_size) + 4096;
			more = realloc(s->text, s->room);
			if (!more)
				return -ENOMEM;
			s->text = more;
		}
		n = read(fd, s->text + len, s->room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : (ssize_t)len;
		len += (size_t)n;
	}
}

static json_t *parse(struct skim *s, ssize_t len)
{
	json_t *j;

	if (len < 0)
		return NULL;
	j = json_loadb(s->text, skim_cut(s->text, (size_t)len),
		       JSON_REJECT_DUPLICATES, NULL);
	if (json_integer_value(json_object_get(j, "schema")) == RECORD_SCHEMA)
		return j;
	json_decref(j);
	return NULL;
}

json_t *skim_read(struct skim *s, int dirfd, const char *dir, const char *name,
		  struct err *e)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	json_t *j = NULL;
	char path[4096];

	if (fd >= 0) {
		j = parse(s, read_text(s, fd));
		close(fd);
	}
	if (j)
		return j;
	/* What is wrong, and in which line, is told of the whole text. */
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return record_read(path, e);
}

void skim_free(struct skim *s)
{
	free(s->text);
	*s = (struct skim){ 0 };
}
