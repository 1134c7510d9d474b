/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_CONSOLE_H
#define VIOPERF_GUEST_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* What a guest's console and QEMU itself printed last, for people: nothing
 * is ever decided by it but the wording of an error. */

/* The last lines of @console, then of QEMU's @log, into @buf; bytes that do
 * not print become '?'. What QEMU's words are known to mean is added. */
void guest_console_tail(const char *console, const char *log, char *buf,
			size_t room);

/* Does @console hold @text? */
bool guest_console_has(const char *console, const char *text);

#endif
