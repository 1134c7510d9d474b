/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SYNC_H
#define VIOPERF_SYNC_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * A part's end of --sync-fd, the inherited stream socket on which the harness
 * starts the parts of a cell together (docs/design.md): the part writes
 * "ready", the harness answers "go START END" and, to some, "stop".
 * Set it up with { .fd = N }.
 */
struct sync {
	int fd;
	size_t len; /* bytes of an unfinished line in buf */
	char buf[128];
};

enum sync_word {
	SYNC_NONE, /* no whole line has come yet */
	SYNC_GO,
	SYNC_STOP,
	SYNC_EOF, /* the harness is gone, or says that it is done */
};

/* The measured window, CLOCK_MONOTONIC in ns. */
struct sync_window {
	uint64_t start_ns;
	uint64_t end_ns;
};

/* Write "ready". 0 or -errno. */
int sync_ready(struct sync *s, struct err *e);

/* Take one word; blocks only when poll(2) would not report s->fd readable.
 * Returns an enum sync_word or -errno; fills @w when it is SYNC_GO. */
int sync_read(struct sync *s, struct sync_window *w, struct err *e);

/* Take a word that has come already; does not block. */
int sync_next(struct sync *s, struct sync_window *w, struct err *e);

/* Wait for "go". 0, or -EPIPE when the harness gave up, or -errno. */
int sync_wait_go(struct sync *s, struct sync_window *w, struct err *e);

#endif
