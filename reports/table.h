/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TABLE_H
#define VIOPERF_TABLE_H

#include <stdbool.h>
#include <stdio.h>

/*
 * A table for terminals and markdown. Rows are added cell by cell; a heading
 * row spans the table (in markdown: a bold row). Text is copied, control
 * characters in it replaced: names come from files.
 */
#define TABLE_COLUMNS 24

enum table_colour {
	TABLE_PLAIN,
	TABLE_DIM,
	TABLE_GOOD,
	TABLE_BAD,
};

struct table_row {
	bool heading; /* dim: a note */
	enum table_colour colour;
	char *text[TABLE_COLUMNS]; /* NULL: empty */
};

struct table {
	int nr_columns;
	const char *title[TABLE_COLUMNS];
	bool left[TABLE_COLUMNS]; /* left-aligned; others to the right */
	int nr_rows;
	struct table_row *row;
	bool failed; /* out of memory: table_print says so */
};

void table_heading(struct table *t, const char *text);
void table_note(struct table *t, const char *text); /* spans it, below */
void table_row(struct table *t, enum table_colour colour);
void table_set(struct table *t, int column, const char *text);

/* Take out columns, but the first, in which no row has anything but "–". */
void table_drop_empty(struct table *t);

/* Columns of the terminal that the widest line takes, headings aside. */
int table_total_width(const struct table *t);

/* 0 or -ENOMEM. @colour: use escape sequences. What is wider than TABLE_WIDTH
 * is folded: the columns that do not fit follow below, beside the first. */
#define TABLE_WIDTH 100
int table_print(const struct table *t, FILE *out, bool colour);
int table_markdown(const struct table *t, FILE *out);
void table_free(struct table *t);

/* Columns that UTF-8 @text takes on a terminal. */
int table_width(const char *text);

/* Print @text to a terminal or file of lines, control characters as '?'. */
void table_put_plain(FILE *out, const char *text);

/* Print @text so that markdown shows it as it is. */
void table_put_markdown(FILE *out, const char *text);

#endif
