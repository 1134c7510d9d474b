/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SELF_H
#define VIOPERF_SELF_H

#include "lib/process.h"

/*
 * This program, for starting its parts. What runs is the file that we came
 * from, held open, whatever has been put in its place meanwhile: a rebuild
 * during a run does not mix two programs in it.
 */

/* Its name on disk, for people. */
const char *self_path(void);

/* A path to execute, also for children of our children while we live. */
const char *self_program(void);

/* Begin the command line of a part: `vioperf WORD`. */
void self_command(struct process *p, const char *word);

#endif
