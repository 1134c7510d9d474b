/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_VHOST_BACK_H
#define VIOPERF_VHOST_BACK_H

#include "lib/virtio/vhost_user.h"
#include "device.h"

/*
 * The back end of one vhost-user connection: it turns messages into the
 * state of a device's queues. Everything in a message is checked before it
 * is used; what a front end got wrong ends at worst its connection.
 */
struct vhost_back {
	struct device *dev;
	int sock;
	uint64_t protocol; /* protocol features negotiated */
};

/* Begin on connected socket @sock, which stays the caller's. */
void vhost_back_open(struct vhost_back *vb, struct device *d, int sock);

/* Receive and carry out one message. 1; 0: the front end has left; -errno
 * and @e: the connection cannot go on. */
int vhost_back_message(struct vhost_back *vb, struct err *e);

/* Stop every queue and forget all that the front end set up. */
void vhost_back_close(struct vhost_back *vb);

#endif
