/* SPDX-License-Identifier: MIT */
#include "commas.h"

#include <stdlib.h>
#include <string.h>

char *commas_double(const char *text)
{
	char *out = malloc(strlen(text) * 2 + 1), *to = out;

	if (!out)
		return NULL;
	for (; *text; text++) {
		*to++ = *text;
		if (*text == ',')
			*to++ = ',';
	}
	*to = 0;
	return out;
}

char *commas_cut(char **at)
{
	char *first = *at, *from = first, *to = first;

	for (*at = NULL; *from; from++) {
		if (*from == ',' && *++from != ',') {
			*at = from;
			break;
		}
		*to++ = *from;
	}
	*to = 0;
	return first;
}
