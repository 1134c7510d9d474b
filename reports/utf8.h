/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_UTF8_H
#define VIOPERF_UTF8_H

/* Replace what is not UTF-8 in @text by '?', in place: text that was cut to
 * fit may end within a character, and JSON takes no such string. Returns
 * @text. */
char *utf8_repair(char *text);

/* @text begins with a control character, C0 or C1 (which terminals obey too):
 * how many bytes it has; 0: none. */
int utf8_control(const char *text);

#endif
