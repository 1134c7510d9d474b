/* SPDX-License-Identifier: MIT */
#include "html.h"

#include "utf8.h"

static const char *entity(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_put(FILE *out, const char *text)
{
	const char *e;
	int n;

	for (; *text; text++) {
		n = *text == '\n' ? 0 : utf8_control(text);
		e = n ? "?" : entity(*text);
		if (e)
			fputs(e, out);
		else
			fputc(*text, out);
		text += n > 1;
	}
}

void html_element(FILE *out, const char *tag, const char *class,
		  const char *text)
{
	if (class)
		fprintf(out, "<%s class=\"%s\">", tag, class);
	else
		fprintf(out, "<%s>", tag);
	html_put(out, text);
	fprintf(out, "</%s>\n", tag);
}
