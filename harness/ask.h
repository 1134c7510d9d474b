/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_ASK_H
#define VIOPERF_ASK_H

#include <jansson.h>

/* Run this program with @words (NULL-ended) and read the JSON that it prints;
 * what it says on stderr is for the user. NULL: it printed none. */
json_t *ask_self(const char *const *words);

#endif
