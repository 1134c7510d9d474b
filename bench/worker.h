/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_WORKER_H
#define VIOPERF_BENCH_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/hist.h"
#include "lib/virtio/ring_layout.h"
#include "failures.h"
#include "load.h"
#include "rng.h"

struct inproc;
struct kvm_pass;

/* A request in flight, in memory of the worker's own. What the device sees of
 * it is where seg[] points. */
struct slot {
	struct ring_seg seg[3];
	uint64_t start; /* ticks; latency counts from here */
	void *header;
	volatile uint8_t *status;
	void *data;
	uint64_t block;
	bool write;
	uint64_t seq; /* stamps only, from here on */
	uint64_t added;
	uint64_t published;
	uint32_t generation; /* verify only */
};

/* Requests that went well are those of the latency; bytes are theirs. */
struct worker_counts {
	uint64_t bytes;
	uint64_t errors; /* requests that failed */
	uint64_t bad_lengths; /* used.len not what the request should give */
	uint64_t publishes; /* requests shown to the device, so many times */
	uint64_t kicks;
	uint64_t kicked_requests; /* published together with a kick */
	uint64_t calls;
	uint64_t called_requests; /* found right after a call woke us */
	uint64_t wakeups;
	uint64_t spurious_wakeups;
	uint64_t lost_kicks, lost_calls; /* lost.h */
	uint64_t late_ticks; /* open loop: sum of added - due */
	struct hist latency;
};

static inline uint64_t worker_answered(const struct worker_counts *n)
{
	return n->latency.count + n->errors;
}

/* Driver kvm: what is measured besides the usual, within the window. */
struct kvm_worker_counts {
	uint64_t exits, halt_exits, mmio_exits, io_exits, signal_exits;
	uint64_t halt_successful_poll, halt_wakeup;
	uint64_t kicks_timed, kick_ticks;
	uint64_t log_full;
};

/* Warming up, counting, and waiting for what is still in flight. */
enum worker_phase { WORKER_WARM, WORKER_MEASURE, WORKER_DRAIN };

/*
 * One queue, driven by one thread. Everything on the hot path is in here and
 * touched by that thread alone; the main thread reads it after the join.
 *
 * Time has two grains. The loop compares the clock it has read anyway against
 * next_tick; when that has come, about once a millisecond, worker_tick() does
 * all that is not per request: change of phase, signals, a device that hangs
 * or is gone, moving the parked event index.
 */
struct worker {
	struct ring_driver ring;
	const struct ring_layout *layout; /* for what is not hot */
	void *area[RING_AREAS];		  /* of the ring, in shared memory */
	struct slot *slot;		  /* depth of them */
	uint16_t *free;			  /* a stack of free slots */
	unsigned int nr_free;
	unsigned int depth;
	uint64_t next_tick;
	uint64_t progress; /* ticks of the last completion */
	uint64_t rescued;  /* ticks of a kick that may have been lost, or 0 */
	uint16_t kicked_at; /* what was published with the last kick */
	enum worker_phase phase;
	bool exhausted; /* next() has no more requests in this pass */
	double ns_per_tick;
	uint64_t due; /* open loop: ticks at which the next request is due */
	double due_exact, interval; /* ticks */
	struct rng rng;
	uint64_t seq;	 /* stamps: requests added so far */
	uint16_t *batch; /* stamps: slots to stamp at the next publish */
	unsigned int nr_batch;
	uint64_t first_block, nr_blocks; /* that this worker uses */
	uint64_t position;		 /* sequential: the next of them */
	uint64_t sectors_per_block;
	int kick_fd;
	int call_fd;
	int epoll_fd;
	struct inproc *inproc;
	struct kvm_pass *guest; /* driver kvm */
	void *private; /* the load_ops' */
	struct worker_counts now;

	unsigned int index;
	struct load *load;
	pthread_t thread;
	pid_t tid;
	struct worker_counts result; /* of the window */
	struct kvm_worker_counts kvm;
	struct hist handler; /* driver kvm: interrupt taken to reaped */
	uint64_t unsent; /* open loop: due in the window, never sent */
	uint64_t cpu_start_ns, cpu_ns;
	long preempted; /* times in the window that it had to make way */
	struct failures failures; /* from first to last, whatever ends it */
	int ret;
	struct err err;
};

/* Bytes of shared memory that one worker's ring and slots need. */
uint64_t worker_shared_bytes(const struct load *l);

/* Build ring, slots and fds of worker @index; start it at the device. */
int worker_open(struct worker *w, struct load *l, unsigned int index,
		struct err *e);
int worker_connect(struct worker *w, struct err *e);
void worker_close(struct worker *w);

/* The thread's function. */
void *worker_main(void *arg);

/* Not per request; see above. 0, or -errno and w->err. */
int worker_tick(struct worker *w, uint64_t now);

/* In which part of the load something happens now. */
enum failure_when worker_when(const struct worker *w);

/* After the last pass, or what ended them: complete w->failures. */
void worker_sum_up(struct worker *w);

/* Sleep until called, until @until ticks, or until something is wrong.
 * 1 called, 0 not, -errno. */
int worker_wait(struct worker *w, uint64_t until);

/* The same for @ns, without a look at anything else. */
int worker_wait_events(struct worker *w, uint64_t ns);

void worker_kick(struct worker *w, uint64_t requests);

/* Say in w->err how the device broke the ring. Returns -EPROTO. */
int worker_explain_broken(struct worker *w);

/* Stamps of the slots in the batch, and of one that came back. */
void worker_stamp_published(struct worker *w);
void worker_stamp_reaped(struct worker *w, const struct slot *s, uint16_t id,
			 uint64_t now);

static inline uint64_t worker_ticks(const struct worker *w, uint64_t ns)
{
	return (uint64_t)((double)ns / w->ns_per_tick);
}

#endif
