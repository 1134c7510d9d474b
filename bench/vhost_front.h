/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_VHOST_FRONT_H
#define VIOPERF_BENCH_VHOST_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

/*
 * The front end of vhost-user: talks to the back end in the order in which
 * the functions stand here, one answer awaited before the next question.
 * Every error names the message that failed. Start with .sock = -1; close
 * accepts that.
 */
struct vhost_front {
	int sock;
	const char *path;
	pid_t device_pid;	    /* 0: the kernel does not tell */
	uint64_t device_features;   /* offered */
	uint64_t features;	    /* negotiated */
	uint64_t protocol;	    /* negotiated protocol features */
	unsigned int device_queues; /* 0: it does not tell */
};

/* A queue as the device must know it; addresses of this process. */
struct vhost_front_queue {
	unsigned int index;
	unsigned int num;
	const void *desc;
	const void *avail;
	const void *used;
	int kick_fd;
	int call_fd;
};

/* Connect, trying again while nothing listens, for at most @wait_ns; an
 * answer may take @timeout_ns. 0 or -errno, as all below. */
int vhost_front_connect(struct vhost_front *f, const char *path,
			uint64_t wait_ns, uint64_t timeout_ns, struct err *e);

/* Take of @wanted what the device offers, set protocol features and owner. */
int vhost_front_negotiate(struct vhost_front *f, uint64_t wanted,
			  struct err *e);

/* Read up to @bytes of the device's configuration. Returns how many. */
int vhost_front_config(struct vhost_front *f, void *config, uint32_t bytes,
		       struct err *e);

/* Give the device the one region of memory: @bytes of @fd. */
int vhost_front_memory(struct vhost_front *f, int fd, uint64_t gpa,
		       const void *base, uint64_t bytes, struct err *e);

int vhost_front_queue_start(struct vhost_front *f,
			    const struct vhost_front_queue *q, struct err *e);

/* Stop a queue; the device finishes what is in flight first. */
int vhost_front_queue_stop(struct vhost_front *f, unsigned int index,
			   struct err *e);

/* Has the device closed the connection? Never blocks. */
bool vhost_front_gone(const struct vhost_front *f);

/* CPU time of the device's process so far, or -errno. */
int vhost_front_device_cpu_ns(const struct vhost_front *f, uint64_t *ns);

void vhost_front_close(struct vhost_front *f);

#endif
