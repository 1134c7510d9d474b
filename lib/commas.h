/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_COMMAS_H
#define VIOPERF_COMMAS_H

/*
 * Texts in lists that are separated by commas, as QEMU has it: a comma that
 * belongs to a text is written twice.
 */

/* @text with its commas doubled; the caller frees it. NULL: out of memory. */
char *commas_double(const char *text);

/* Cut the first text off the list at *@at, its commas single again. *@at moves
 * behind it, NULL at the end. In place. */
char *commas_cut(char **at);

#endif
