/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_MSG_H
#define VIOPERF_GUEST_MSG_H

#include <stdint.h>

/*
 * Frames between the host and /init in the guest, over a virtio-serial port:
 * a head of 16 bytes, then `length` bytes. Little-endian, as both ends are on
 * the same machine. The host gives each request a number of its own; what
 * comes back for it carries the same.
 *
 *   guest                                    host
 *   HELLO  text "KEY=VALUE\n"…      ->           once, and after the port came back
 *   BEAT                            ->           once a second, from the main loop
 *                                   <-  MODULE   name NUL, the .ko's bytes
 *                                   <-  RUN      flags, timeout ms, words, each NUL-ended
 *                                   <-  CLOCK    CLOCK_REALTIME in ns
 *                                   <-  BYE      power off
 *   OUT, ERROR  bytes               ->           while a command runs
 *   DONE   int32: exit status or -errno, int32: signal   ->   of MODULE, RUN, CLOCK
 */
#define GUEST_MSG_MAGIC 0x31706976u /* "vip1" */
#define GUEST_MSG_MAX	(16u << 20)  /* bytes; a module is the largest */
#define GUEST_PORT_NAME "vioperf"

enum guest_msg_type {
	GUEST_HELLO = 1,
	GUEST_BEAT,
	GUEST_OUT,
	GUEST_ERROR,
	GUEST_DONE,
	GUEST_MODULE = 16,
	GUEST_RUN,
	GUEST_CLOCK,
	GUEST_BYE,
};

struct guest_msg_head {
	uint32_t magic;
	uint32_t type;
	uint32_t id;
	uint32_t length;
};

struct guest_msg_run {
	uint32_t timeout_ms; /* then SIGKILL and -ETIMEDOUT */
	uint32_t flags;	     /* none yet */
};

struct guest_msg_done {
	int32_t status;
	int32_t signal;
};

#endif
