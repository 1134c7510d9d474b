/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_CONFIG_H
#define VIOPERF_BENCH_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/allowance.h"
#include "lib/blk_load.h"
#include "lib/err.h"

/* What is asked of a load: the command line, checked. Strings are argv's. */
struct load_config {
	const char *socket;
	bool in_process;
	bool kvm;	/* the ring is worked by a bare guest under KVM */
	bool kick_port; /* it kicks by OUT, not by a store */
	const char *type;
	const char *rw; /* NULL: not given */
	bool random;
	unsigned int read_percent;
	uint64_t bs_bytes;
	uint64_t size_bytes; /* 0: the whole device */
	unsigned int depth;  /* per queue */
	unsigned int queues;
	unsigned int ring_size;
	uint64_t time_ns;
	uint64_t warmup_ns;
	uint64_t timeout_ns;
	uint64_t rate; /* requests/s over all queues; 0: closed loop */
	bool poisson;
	bool poll;
	bool verify;
	struct allowance allowed; /* requests that may fail */
	bool event_idx;
	bool indirect;
	const char *stamps;
	unsigned int stamps_every;
	const char *rings;
	int sync_fd; /* -1: none */
	const char *cpus;
	uint64_t seed;
	const char *record;
	bool json;
};

/* Fill @c from argv. 0, or -EINVAL after a message on stderr. argp exits by
 * itself for --help and unknown options (status 2). */
int load_config_parse(struct load_config *c, int argc, char **argv);

#endif
