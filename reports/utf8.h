/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_UTF8_H
#define VIOPERF_UTF8_H

/* Replace what is not UTF-8 in @text by '?', in place: text that was cut to
 * fit may end within a character, and JSON takes no such string. Returns
 * @text. */
char *utf8_repair(char *text);

#endif
