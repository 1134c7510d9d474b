/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CELL_H
#define VIOPERF_CELL_H

#include <signal.h>

#include "matrix.h"

/* What all cells of a run share. */
struct cell_env {
	const struct scenario *scenario;
	const char *run_id;
	const char *dir;  /* the run's folder */
	const char *work; /* short-lived files: sockets, stamps */
	const char *disk; /* backing file, NULL when no cell needs one */
	char driver_cpu[16], device_cpu[16];
	volatile sig_atomic_t *stop; /* set by Ctrl-C */
};

/*
 * Run @c once, as the @order-th of block @block: start target, load and
 * tracer, let them go together, end them, put what they report together and
 * write the record. 1 ok; 0 the cell failed (the record says why); -EINTR
 * stopped by the user, no record; other -errno: the record cannot be written.
 */
int cell_run(const struct cell_env *env, const struct cell *c,
	     unsigned int block, unsigned int order, struct err *e);

/* Path of the record of @c in @block. */
void cell_record_path(char *path, size_t room, const struct cell_env *env,
		      const struct cell *c, unsigned int block);

#endif
