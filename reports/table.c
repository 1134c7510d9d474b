/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "utf8.h"

/* Continuation bytes are 10xxxxxx; all else begins a character. */
int table_width(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void table_put_plain(FILE *out, const char *text)
{
	int n;

	for (; *text; text++) {
		n = utf8_control(text);
		fputc(n ? '?' : *text, out);
		text += n > 1;
	}
}

void table_put_markdown(FILE *out, const char *text)
{
	int n;

	for (; *text; text++) {
		n = utf8_control(text);
		text += n > 1;
		if (n)
			fputc('?', out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (strchr("\\`*_[]|#", *text))
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static struct table_row *add_row(struct table *t)
{
	struct table_row *row;

	row = realloc(t->row, (size_t)(t->nr_rows + 1) * sizeof(*row));
	if (!row) {
		t->failed = true;
		return NULL;
	}
	t->row = row;
	row += t->nr_rows++;
	memset(row, 0, sizeof(*row));
	return row;
}

void table_heading(struct table *t, const char *text)
{
	struct table_row *row = add_row(t);

	if (!row)
		return;
	row->heading = true;
	table_set(t, 0, text);
}

void table_note(struct table *t, const char *text)
{
	table_heading(t, text);
	if (!t->failed)
		t->row[t->nr_rows - 1].colour = TABLE_DIM;
}

void table_row(struct table *t, enum table_colour colour)
{
	struct table_row *row = add_row(t);

	if (row)
		row->colour = colour;
}

void table_set(struct table *t, int column, const char *text)
{
	char **to;

	if (t->failed)
		return;
	to = &t->row[t->nr_rows - 1].text[column];
	free(*to);
	*to = strdup(text);
	t->failed = !*to;
}

static const char *text_at(const struct table_row *row, int column)
{
	return row->text[column] ? row->text[column] : "";
}

static void measure(const struct table *t, int *width)
{
	int i, j;

	for (j = 0; j < t->nr_columns; j++) {
		width[j] = table_width(t->title[j]);
		for (i = 0; i < t->nr_rows; i++)
			if (!t->row[i].heading)
				width[j] = MAX(
					width[j],
					table_width(text_at(&t->row[i], j)));
	}
}

int table_total_width(const struct table *t)
{
	int width[TABLE_COLUMNS];
	int j, total = 0;

	measure(t, width);
	for (j = 0; j < t->nr_columns; j++)
		total += 2 + width[j];
	return total;
}

/* Columns @from … @to - 1 of a table that is too wide for one piece; the first
 * one stands in front of each. */
struct piece {
	const struct table *table;
	int width[TABLE_COLUMNS];
	int from;
	int to;
};

static bool is_in(const struct piece *p, int column)
{
	return !column || (column >= p->from && column < p->to);
}

static int piece_width(const struct piece *p)
{
	int j, total = 0;

	for (j = 0; j < p->table->nr_columns; j++)
		total += is_in(p, j) ? 2 + p->width[j] : 0;
	return total;
}

/* The next piece after @p; false: there is none. */
static bool next_piece(struct piece *p)
{
	int nr = p->table->nr_columns;

	p->from = p->to;
	if (p->from >= nr)
		return false;
	for (p->to = nr; p->to > p->from + 1; p->to--)
		if (piece_width(p) <= TABLE_WIDTH)
			break;
	return true;
}

static void print_line(const struct piece *p, FILE *out,
		       const char *const *text)
{
	const struct table *t = p->table;
	int j, pad, last = p->to - 1;

	while (last > 0 && (!is_in(p, last) || !text[last][0]))
		last--;
	for (j = 0; j <= last; j++) {
		if (!is_in(p, j))
			continue;
		pad = p->width[j] - table_width(text[j]);
		fputs("  ", out);
		if (!t->left[j])
			fprintf(out, "%*s", pad, "");
		table_put_plain(out, text[j]);
		if (t->left[j] && j < last)
			fprintf(out, "%*s", pad, "");
	}
}

static const char *const colour_on[] = { "", "\033[2m", "\033[32m",
					 "\033[31m" };

static void print_row(const struct piece *p, FILE *out, bool colour,
		      const struct table_row *row)
{
	bool note = row->heading && row->colour == TABLE_DIM;
	const char *text[TABLE_COLUMNS];
	int j;

	for (j = 0; j < p->table->nr_columns; j++)
		text[j] = text_at(row, j);
	if (colour)
		fputs(row->heading && !note ? "\033[1m"
					    : colour_on[row->colour],
		      out);
	if (row->heading) {
		fputs(note ? "  " : "", out);
		table_put_plain(out, text[0]);
	} else {
		print_line(p, out, text);
	}
	fputs(colour ? "\033[0m\n" : "\n", out);
}

int table_print(const struct table *t, FILE *out, bool colour)
{
	struct piece p = { .table = t };
	int i;

	if (t->failed)
		return -ENOMEM;
	measure(t, p.width);
	p.to = t->nr_columns > 1;
	while (next_piece(&p)) {
		if (p.from > 1)
			fputc('\n', out);
		fputs(colour ? colour_on[TABLE_DIM] : "", out);
		print_line(&p, out, t->title);
		fputs(colour ? "\033[0m\n" : "\n", out);
		for (i = 0; i < t->nr_rows; i++)
			print_row(&p, out, colour, &t->row[i]);
	}
	return 0;
}

int table_markdown(const struct table *t, FILE *out)
{
	const char *mark;
	int i, j;

	if (t->failed)
		return -ENOMEM;
	for (j = 0; j < t->nr_columns; j++)
		fprintf(out, "| %s ", t->title[j]);
	fputs("|\n", out);
	for (j = 0; j < t->nr_columns; j++)
		fputs(t->left[j] ? "|---" : "|---:", out);
	fputs("|\n", out);
	for (i = 0; i < t->nr_rows; i++) {
		for (j = 0; j < t->nr_columns; j++) {
			mark = !t->row[i].heading || j	       ? ""
			       : t->row[i].colour == TABLE_DIM ? "*"
							       : "**";
			fprintf(out, "| %s", mark);
			table_put_markdown(out, text_at(&t->row[i], j));
			fprintf(out, "%s ", mark);
		}
		fputs("|\n", out);
	}
	return 0;
}

void table_free(struct table *t)
{
	int i, j;

	for (i = 0; i < t->nr_rows; i++)
		for (j = 0; j < TABLE_COLUMNS; j++)
			free(t->row[i].text[j]);
	free(t->row);
	t->row = NULL;
	t->nr_rows = 0;
}

static bool is_empty(const struct table *t, int column)
{
	const char *text;
	int i;

	for (i = 0; i < t->nr_rows; i++) {
		text = text_at(&t->row[i], column);
		if (!t->row[i].heading && *text && strcmp(text, "–"))
			return false;
	}
	return true;
}

void table_drop_empty(struct table *t)
{
	int i, from, to = 1;

	for (from = 1; from < t->nr_columns; from++) {
		bool empty = is_empty(t, from);

		t->title[to] = t->title[from];
		t->left[to] = t->left[from];
		for (i = 0; i < t->nr_rows; i++) {
			char **text = t->row[i].text;

			if (empty || to != from) {
				free(empty ? text[from] : NULL);
				if (!empty)
					text[to] = text[from];
				text[from] = NULL;
			}
		}
		to += !empty;
	}
	t->nr_columns = to;
}
