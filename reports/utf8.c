/* SPDX-License-Identifier: MIT */
#include "utf8.h"

/* Bytes of the sequence that @c begins; 0: it begins none. */
static int sequence_bytes(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c < 0xc2)
		return 0;
	return c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

char *utf8_repair(char *text)
{
	char *p = text;
	int i, n;

	while (*p) {
		n = sequence_bytes((unsigned char)*p);
		for (i = 1; i < n; i++)
			if (((unsigned char)p[i] & 0xc0) != 0x80)
				break;
		if (n && i == n)
			p += n;
		else
			*p++ = '?';
	}
	return text;
}

int utf8_control(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	if (p[0] && (p[0] < 0x20 || p[0] == 0x7f))
		return 1;
	return p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0 ? 2 : 0;
}
