/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_QMP_H
#define VIOPERF_QMP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * A client of QEMU's monitor (docs/interop/qmp-spec of QEMU): one command at
 * a time, its answer waited for; events that come meanwhile are looked at and
 * dropped.
 */
struct qmp {
	int fd;
	char *buf;
	size_t len, room;
	bool guest_panicked; /* event GUEST_PANICKED */
	char shutdown[32];   /* the reason of event SHUTDOWN, "": none */
};

/* @fd: a connected stream socket, the client's from now on. Waits for the
 * greeting. 0 or -errno. */
int qmp_open(struct qmp *q, int fd, struct err *e);
void qmp_close(struct qmp *q);

/* Run @command with @arguments (NULL: none; stolen). The value of "return" is
 * the caller's; NULL and @e: QEMU's own words, or that it is gone. */
json_t *qmp_command(struct qmp *q, const char *command, json_t *arguments,
		    struct err *e);

/* Take events that have come, without waiting. 0 or -EPIPE. */
int qmp_events(struct qmp *q);

#endif
