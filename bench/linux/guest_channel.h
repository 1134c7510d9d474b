/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_CHANNEL_H
#define VIOPERF_GUEST_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/*
 * The host's end of the port to /init in a guest (guest_msg.h). It never
 * waits for the guest: requests are written, guest_channel_read takes what
 * has come, and who waits does so in guest_vm.c, where a guest's death is
 * seen too. A guest is not trusted: lengths and numbers are checked, what a
 * command writes is kept up to a limit and always ends in a NUL.
 */
#define GUEST_OUTPUT_MAX (64u << 20)

struct guest_text {
	char *data; /* NULL while empty */
	size_t len, room;
	bool cut; /* there was more than GUEST_OUTPUT_MAX */
};

/* A request on its way, and what came back for it. */
struct guest_job {
	uint32_t id; /* 0: none */
	bool done;
	int status; /* exit status, or -errno of the guest */
	int signal;
	struct guest_text out, error;
	struct guest_job *next;
};

struct guest_channel {
	int fd;
	uint32_t next_id;
	struct guest_job *jobs;
	uint64_t beat_ns; /* when the guest was last heard of */
	char hello[512];  /* "": not yet */
	unsigned char head[16];
	size_t head_len;
	struct guest_text body;
};

/* @fd: a connected stream socket, the channel's from now on. */
void guest_channel_open(struct guest_channel *c, int fd);
void guest_channel_close(struct guest_channel *c);

/* Take what has come without waiting. 0; -EPIPE: the other end is gone;
 * -EPROTO: it does not keep to the protocol. */
int guest_channel_read(struct guest_channel *c, struct err *e);

/*
 * Ask for something; @j is set up and stays the caller's, who must not free
 * it before it is done or dropped. 0 or -errno. clock: the guest's is set to
 * ours, @ahead_ns later.
 */
int guest_channel_run(struct guest_channel *c, struct guest_job *j,
		      char *const *argv, uint32_t timeout_ms, struct err *e);
int guest_channel_module(struct guest_channel *c, struct guest_job *j,
			 const char *path, struct err *e);
int guest_channel_clock(struct guest_channel *c, struct guest_job *j,
			uint64_t ahead_ns, struct err *e);
int guest_channel_bye(struct guest_channel *c);

/* Forget @j, done or not, and free what it holds. */
void guest_channel_drop(struct guest_channel *c, struct guest_job *j);

#endif
