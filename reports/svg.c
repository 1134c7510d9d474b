/* SPDX-License-Identifier: MIT */
#include "svg.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/util.h"

/* Elements that go with all that is in them. Names from files are escaped, so
 * that no text begins like a tag. */
static const char *const elements[][2] = {
	{ "<title>", "</title>" },
	{ "<desc>", "</desc>" },
	{ "<defs>", "</defs>" },
};

/* Attributes: what the style sheet says, or what holds anyway. */
static const char *const attributes[] = {
	" stroke-linecap=\"butt\"", " stroke-linejoin=\"miter\"",
	" font-family=\"sans-serif\"", " font-size=\"13.00\"",
};

static bool begins(const char *p, const char *with)
{
	return !strncmp(p, with, strlen(with));
}

/* Past the element that begins at @p, or @p. */
static const char *past_element(const char *p)
{
	const char *end;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(elements); i++) {
		if (!begins(p, elements[i][0]))
			continue;
		end = strstr(p, elements[i][1]);
		return end ? end + strlen(elements[i][1]) : p;
	}
	return p;
}

static const char *past_attribute(const char *p)
{
	const char *end;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attributes); i++)
		if (begins(p, attributes[i]))
			return p + strlen(attributes[i]);
	/* The same in each plot, so they name nothing. */
	end = begins(p, " id=\"gnuplot_") ? strchr(p + 5, '"') : NULL;
	return end ? end + 1 : p;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* A tag that begins a line needs no space in front. */
static const char *past_space(const char *p)
{
	const char *q = p;

	while (is_space(*q))
		q++;
	return *q == '<' || !*q ? q : q > p ? q - 1 : p;
}

char *svg_shrink(char *svg)
{
	const char *p = strstr(svg, "<svg"), *end, *next;
	char *to = svg, *empty = NULL; /* a group with nothing in it yet */

	end = p ? strstr(p, "</svg>") : NULL;
	p = p ? strchr(p, '>') : NULL;
	if (!end || p > end)
		return NULL;
	for (p++; p < end; p = next) {
		next = *p == '<' ? past_element(p) : is_space(*p) ?
				   past_attribute(p) : p;
		if (next == p && is_space(*p))
			next = past_space(p);
		if (next > p)
			continue;
		if (empty && begins(p, "</g>")) {
			to = empty;
			empty = NULL;
			next = p + strlen("</g>");
			continue;
		}
		if (*p == '<')
			empty = begins(p, "<g ") ? to : NULL;
		*to++ = *p;
		next = p + 1;
	}
	*to = '\0';
	return svg;
}
