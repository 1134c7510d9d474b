/* SPDX-License-Identifier: MIT */
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

#include "table.h"

static void put_word(FILE *out, const char *word, size_t len)
{
	char *copy = strndup(word, len);

	if (copy)
		table_put_plain(out, copy);
	free(copy);
}

static int word_width(const char *word, size_t len)
{
	char *copy = strndup(word, len);
	int width = copy ? table_width(copy) : (int)len;

	free(copy);
	return width;
}

void wrap_put(FILE *out, const char *first, int indent, const char *text)
{
	int at = table_width(first), width;
	bool begun = false;
	size_t len;

	fputs(first, out);
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		len = strcspn(text, " ");
		width = word_width(text, len);
		if (begun && at + 1 + width > TABLE_WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		} else if (begun) {
			fputc(' ', out);
			at++;
		}
		put_word(out, text, len);
		at += width;
		text += len;
		begun = true;
	}
	fputc('\n', out);
}
