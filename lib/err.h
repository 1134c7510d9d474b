/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_ERR_H
#define VIOPERF_ERR_H

/*
 * How errors travel. Functions return 0 (or a count) or -errno; where a number
 * is not enough for the user they also fill a struct err with one line that
 * says what, where and what to do. Only cmd_*.c print and exit.
 */
struct err {
	char text[1024];
};

/* Fill @e (may be NULL) from @fmt and return @ret, so a failing path is
 * `return err_set(e, -EINVAL, "...")`. @ret: a negative errno. */
int err_set(struct err *e, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "PREFIX: " in front of what @e says; returns @ret. */
int err_prefix(struct err *e, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Print "vioperf CMD: TEXT" on stderr. */
void err_print(const char *cmd, const struct err *e);
void err_printf(const char *cmd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
