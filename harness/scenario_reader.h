/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SCENARIO_READER_H
#define VIOPERF_SCENARIO_READER_H

#include "scenario.h"

/* A scenario while it is read. The first thing that is wrong ends it. */
struct scenario_reader {
	struct scenario *s;
	const char *path;
	struct err *e;
	const char *at; /* of the text, next to read */
	int line;	/* the one read last */
	int section;	/* the line of its section's head */
	int ret;
};

/* Say what is wrong in line @line, or, for 0, with --set. Returns -EINVAL. */
int scenario_bad(struct scenario_reader *r, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A copy of @text; NULL when there is no memory, which is an error. */
char *scenario_copy(struct scenario_reader *r, const char *text);

/* Put @text, a value or a list of them, into @name of @keys. */
int scenario_put(struct scenario_reader *r, struct scenario_values *keys,
		 const char *name, const char *text, int line,
		 enum scenario_given given);

/* Put "KEY = VALUE" of section [target NAME]. */
int scenario_put_target(struct scenario_reader *r, const char *name,
			const char *key, const char *value, int line);

/* All is read: put in what was not given, and check what only the whole can
 * tell. */
int scenario_check(struct scenario_reader *r);

void scenario_values_clear(struct scenario_values *v);

#endif
