/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_DEVICE_H
#define VIOPERF_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/virtio/guest_memory.h"
#include "lib/hist.h"
#include "lib/virtio/ring_layout.h"
#include "lib/stamps.h"
#include "loop.h"

/*
 * A virtio device served over vhost-user.
 *
 * `struct device_ops` is what a device type brings (blk.c and its like: one
 * file and one line in cmd_device.c). `struct device` is one instance: it
 * outlives connections. `struct queue` is one virtqueue of the connection.
 *
 * One thread runs a device: socket, kicks and backing I/O meet in one loop.
 */
struct device;
struct queue;

#define DEVICE_MAX_QUEUES 64

struct device_options;

struct device_ops {
	const char *name;
	uint32_t virtio_id;
	size_t config_bytes; /* 0: it has no configuration */
	const char *source;  /* what it serves from unless told otherwise */

	/* Mistakes in the options that show without opening anything. */
	int (*check)(const struct device_options *opt, struct err *e);
	/* Begin; offered features go to d->features. Closing takes what was
	 * never opened. */
	int (*open)(struct device *d, struct err *e);
	void (*close)(struct device *d);
	void (*config_read)(struct device *d, void *config);
	/* 0 or -EINVAL: not writable there */
	int (*config_write)(struct device *d, uint32_t offset,
			    const uint8_t *data, uint32_t bytes);
	/* A queue begins (its ring is set up) or ends (nothing in flight).
	 * Before it ends, cancel gives back (unpop) what waits for anything
	 * but I/O; NULL: nothing does. */
	int (*queue_start)(struct queue *q);
	void (*queue_cancel)(struct queue *q);
	void (*queue_stop)(struct queue *q);
	/* Serve what the ring holds, once; how many chains, -EPROTO. */
	int (*queue_ready)(struct queue *q);
};

/* How the driver may have to wait for a queue that has nothing to do. */
struct device_options {
	const char *socket;
	const char *backing; /* NULL: not given */
	const char *source;  /* likewise */
	uint64_t rate;	     /* bytes/s; 0: no limit */
	const char *record;
	const char *stamps;
	unsigned int nr_queues;
	unsigned int stamps_every;
	uint64_t poll_ns;    /* most to busy-poll before sleeping; 0 never */
	uint64_t service_ns; /* extra time each request is kept busy for */
};

struct queue_stats {
	uint64_t requests;
	uint64_t errors;
	uint64_t kicks; /* wake-ups by the kick fd */
	uint64_t calls;
};

/* Times of a sampled request, in ticks. */
struct queue_stamp {
	uint64_t seq;
	uint64_t popped, submitted, completed, pushed;
	uint32_t head;
};

struct queue {
	struct device *dev;
	unsigned int index;

	/* as the front end set it up */
	unsigned int num;
	uint64_t addr[RING_AREAS]; /* in the front end's address space */
	uint32_t base;
	int kick_fd, call_fd, err_fd;
	bool have_addr, have_kick, enabled;

	bool running;
	bool broken; /* the driver broke the ring; ends with the connection */
	struct loop_event kick;
	const struct ring_layout *layout; /* set when it starts */
	struct ring_device ring;
	unsigned int inflight; /* requests popped and not yet pushed */
	uint64_t uncalled;     /* pushed and not yet published */
	void *priv;	       /* the device type's */

	struct queue_stats stats;

	/* stamps of this connection; unused without d->stamps */
	uint64_t seq; /* of the next chain popped */
	unsigned int nr_stamped, nr_shown;
	struct queue_stamp stamped[RING_SIZE_MAX]; /* pushed, not yet kept */
};

struct device {
	const struct device_ops *ops;
	const struct device_options *opt;
	struct loop loop;
	uint64_t features; /* offered */
	uint64_t acked;	   /* negotiated */
	struct guest_memory *mem;
	struct queue queue[DEVICE_MAX_QUEUES];
	void *priv;

	struct stamps_file *stamps;
	struct clock_scale scale;
	struct hist stage_submit, stage_io, stage_push;

	unsigned int connections;
	char why_broken[256]; /* the last queue or connection that broke */
};

extern const struct device_ops blk_device_ops, rng_device_ops;

/* Note why a queue or connection was given up, for people and the record. */
void device_broken(struct device *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Write the device's own record to opt->record, if asked for. */
int device_record(struct device *d, struct err *e);

#endif
