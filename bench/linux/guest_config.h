/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_CONFIG_H
#define VIOPERF_GUEST_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/allowance.h"
#include "lib/blk_load.h"
#include "lib/words.h"

#define GUEST_MAX_ARGS	   96
#define GUEST_MAX_MODULES  16
#define GUEST_MAX_FEATURES 8
#define GUEST_MAX_PROGRAMS 4
#define GUEST_MAX_VCPUS	   64

/* What is asked of a guest: the command line, checked. Strings are argv's. */
struct guest_config {
	const char *type; /* of the load */
	/* the device */
	const char *qemu_arg[GUEST_MAX_ARGS];
	unsigned int nr_qemu_args;
	const char *module[GUEST_MAX_MODULES];
	unsigned int nr_modules;
	const char *disk;	    /* its name in the guest: "vda" */
	const char *net_device;	    /* -device argument for the network */
	const char *net_backend;    /* "tap", "tap,vhost", "user" */
	unsigned int virtio_id;	    /* whose features are read; 0: none */
	unsigned int expect_queues; /* 0: any number */
	const char *feature[GUEST_MAX_FEATURES]; /* "packed=on" */
	unsigned int nr_features;
	pid_t device_pid; /* process of a back end, 0: none */
	/* the load */
	const char *rw; /* as given; what it means: */
	struct blk_mix mix;
	uint64_t bs_bytes;
	unsigned int depth;
	unsigned int queues; /* jobs, one a queue */
	const char *engine;
	enum words_traffic traffic;
	bool verify;
	struct allowance allowed; /* requests that may fail */
	uint64_t size_bytes;
	uint64_t time_ns;
	uint64_t warmup_ns;
	char **command; /* run this in place of a load; NULL */
	const char *program[GUEST_MAX_PROGRAMS]; /* to be there for it */
	unsigned int nr_programs;
	/* the guest */
	const char *accelerator; /* auto, kvm, tcg */
	unsigned int vcpus;
	uint64_t memory_bytes;
	const char *kernel, *initrd, *image;
	const char *append; /* to the kernel's command line */
	const char *cpus;   /* host CPUs to use; NULL: all we may */
	uint64_t boot_timeout_ns;
	uint64_t hang_timeout_ns;
	/* results */
	const char *record;
	bool json;
	int sync_fd; /* -1: none */
	const char *log, *console;
	bool probe; /* only say whether the accelerator boots a guest */
};

/* As load_config_parse. */
int guest_config_parse(struct guest_config *c, int argc, char **argv);

#endif
