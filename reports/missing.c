/* SPDX-License-Identifier: MIT */
#include "missing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "names.h"
#include "utf8.h"

static void say_status(char *buf, size_t len, const struct cell *c)
{
	if (c->blocks_ok)
		snprintf(buf, len, "%d of %d failed", c->blocks_failed,
			 c->blocks_ok + c->blocks_failed);
	else
		snprintf(buf, len, "%.20s%s", c->status,
			 c->traced ? " (traced)" : "");
	utf8_repair(buf);
}

/* The line of @c, which is made the first time; or -ENOMEM. */
static int add_missing(struct missing *m, int *nr, json_t *lines,
		       const struct cell *c)
{
	char status[64], *alike;
	int at, ret = 0;

	say_status(status, sizeof(status), c);
	if (asprintf(&alike, "%s\n%s\n%s", status, c->target, c->reason) < 0)
		return -ENOMEM;
	at = names_find(lines, alike);
	if (at < 0) {
		at = (*nr)++;
		m[at].cell = c;
		strcpy(m[at].status, status);
		ret = names_add(lines, alike, at);
	}
	m[at].nr++;
	free(alike);
	return ret < 0 ? -ENOMEM : 0;
}

int missing_list(const struct report *r, struct missing **list)
{
	struct missing *m = calloc((size_t)r->nr_cells + 1, sizeof(*m));
	json_t *lines = json_object();
	const struct cell *c;
	int i, ret, nr = 0;

	*list = m;
	ret = m && lines ? 0 : -ENOMEM;
	for (i = 0; !ret && i < r->nr_cells; i++) {
		c = &r->cell[i];
		if (c->reason[0] || strcmp(c->status, "ok"))
			ret = add_missing(m, &nr, lines, c);
	}
	json_decref(lines);
	return ret < 0 ? ret : nr;
}

char *missing_cells(char *buf, size_t len, const struct missing *m)
{
	if (m->nr > 1)
		snprintf(buf, len, "%s, and %d more", m->cell->heading,
			 m->nr - 1);
	else
		snprintf(buf, len, "%s", m->cell->heading);
	return utf8_repair(buf);
}

char *missing_reason(char *buf, size_t len, const struct missing *m)
{
	snprintf(buf, len, "%.*s", (int)strcspn(m->cell->reason, "\n"),
		 m->cell->reason);
	return utf8_repair(buf);
}

const char *missing_lines(const struct missing *m)
{
	const char *end = strchr(m->cell->reason, '\n');

	return end && end[1] ? end + 1 : NULL;
}

void missing_put_lines(const struct missing *m, FILE *out)
{
	const char *p = missing_lines(m);
	char line[sizeof(m->cell->reason)];
	size_t n;

	while (p && *p) {
		n = strcspn(p, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, p);
		fputs("    ", out);
		table_put_plain(out, line);
		fputc('\n', out);
		p += n + (p[n] == '\n');
	}
}

void missing_fill(const struct report *r, struct table *t)
{
	static const char *const titles[] = { "target", "cell", "status",
					      "reason" };
	char text[sizeof(((struct cell *)NULL)->reason)];
	struct missing *m;
	int i, nr;

	t->nr_columns = 4;
	for (i = 0; i < t->nr_columns; i++) {
		t->title[i] = titles[i];
		t->left[i] = true;
	}
	nr = missing_list(r, &m);
	t->failed |= nr < 0;
	for (i = 0; i < nr; i++) {
		table_row(t, TABLE_PLAIN);
		table_set(t, 0, m[i].cell->target);
		table_set(t, 1, missing_cells(text, sizeof(text), &m[i]));
		table_set(t, 2, m[i].status);
		table_set(t, 3, missing_reason(text, sizeof(text), &m[i]));
	}
	free(m);
}

static void put_html_line(const struct missing *m, FILE *out)
{
	char text[sizeof(m->cell->reason)];

	fputs("<tr>", out);
	html_element(out, "td", NULL, m->cell->target);
	html_element(out, "td", "text", missing_cells(text, sizeof(text), m));
	html_element(out, "td", "word", m->status);
	html_element(out, "td", "text", missing_reason(text, sizeof(text), m));
	fputs("</tr>\n", out);
	if (missing_lines(m)) {
		fputs("<tr><td colspan=\"4\"><pre>", out);
		html_put(out, missing_lines(m));
		fputs("</pre></td></tr>\n", out);
	}
}

void missing_html(const struct report *r, FILE *out)
{
	struct missing *m;
	int i, nr = missing_list(r, &m);

	if (nr > 0) {
		fputs("<section><h2>Without figures, or not in every "
		      "block</h2><div class=\"wide\" tabindex=\"0\"><table>\n",
		      out);
		for (i = 0; i < nr; i++)
			put_html_line(&m[i], out);
		fputs("</table></div></section>\n", out);
	}
	free(m);
}
