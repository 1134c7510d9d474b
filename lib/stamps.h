/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_STAMPS_H
#define VIOPERF_STAMPS_H

#include <stdint.h>

#include "err.h"
#include "hist.h"

/*
 * Stamps of whole requests. Driver and device each write a file of their own
 * (mapped; one writer, no line shared with the peer), a fixed ring of samples
 * per queue. Both number the requests of a queue from 0 in the order of the
 * available ring and keep those whose number is a multiple of `every`, a power
 * of two: so the same requests are sampled on both sides without talking, or
 * those of the one that keeps fewer. A full ring overwrites its oldest sample;
 * `written` tells how many were lost.
 */
#define STAMPS_MAGIC	0x706d617473706f76ull /* "vopstamp" */
#define STAMPS_SLOTS	131072u		      /* per queue, a power of two */
#define STAMPS_MAX_QUEUES 64u
#define STAMPS_EVERY	  16u /* kept of the requests: one in so many */

/* Times are clock_ticks(). Meaning of t[]: see the enums. */
struct stamps_sample {
	uint64_t seq;
	uint64_t t[4];
	uint32_t head;
	uint32_t pad;
	uint64_t reserved[2];
};

enum { STAMPS_ADDED, STAMPS_PUBLISHED, STAMPS_REAPED };
enum { STAMPS_POPPED, STAMPS_SUBMITTED, STAMPS_COMPLETED, STAMPS_PUSHED };

struct stamps_queue {
	uint64_t written; /* samples ever written */
	uint64_t pad[7];
	struct stamps_sample slot[STAMPS_SLOTS];
};

struct stamps_file {
	uint64_t magic;
	uint32_t nr_queues;
	uint32_t every;
	uint64_t from, until; /* ticks; driver only: the measured window */
	uint64_t pad[4];
	struct stamps_queue queue[];
};

/* Create @path (truncated) for @nr_queues and map it. @every: 1 in N. */
int stamps_create(const char *path, uint32_t nr_queues, uint32_t every,
		  struct stamps_file **file, struct err *e);

/* Map an existing file read-only after checking its header and size. */
int stamps_open(const char *path, const struct stamps_file **file,
		struct err *e);
void stamps_close(const struct stamps_file *file);

/* Is request number @seq one that is kept? @every is a power of two. */
static inline int stamps_wanted(const struct stamps_file *f, uint64_t seq)
{
	return !(seq & (f->every - 1));
}

/* The place of request @seq follows from its number. */
static inline unsigned int stamps_place(const struct stamps_file *f,
					uint64_t seq)
{
	return (seq / f->every) & (STAMPS_SLOTS - 1);
}

/* The slot of request @seq, counted as written. */
static inline struct stamps_sample *stamps_slot(struct stamps_file *f,
						unsigned int queue,
						uint64_t seq)
{
	struct stamps_queue *q = &f->queue[queue];

	q->written++;
	return &q->slot[stamps_place(f, seq)];
}

/* What @device has of the driver's sample @a, or NULL: it did not keep that
 * request, or no longer has it. */
const struct stamps_sample *stamps_partner(const struct stamps_file *device,
					   unsigned int queue,
					   const struct stamps_sample *a);

/* What joining the two sides by (queue, seq, head) yields, in ns. */
struct stamps_joined {
	uint64_t joined;     /* requests seen by both sides in the window */
	uint64_t unmatched;  /* driver samples without a partner, of those
			      * that both sides keep */
	uint64_t overwritten; /* samples lost to full rings, both sides */
	uint64_t inversions; /* requests whose stamps were out of order */
	struct hist publish;	 /* added -> published */
	struct hist to_device;	 /* published -> popped */
	struct hist submit;	 /* popped -> submitted */
	struct hist io;		 /* submitted -> completed */
	struct hist push;	 /* completed -> pushed */
	struct hist to_driver;	 /* pushed -> reaped */
	struct hist latency;	 /* added -> reaped */
};

/* Join the driver's and the device's file. @device may be NULL (a foreign
 * target): then only publish and latency are filled. @j is initialised here.
 * @ns_per_tick: from the driver's record. */
int stamps_join(const struct stamps_file *driver,
		const struct stamps_file *device, double ns_per_tick,
		struct stamps_joined *j);

#endif
