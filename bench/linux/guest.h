/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_H
#define VIOPERF_GUEST_H

#include <jansson.h>

#include "lib/sync.h"
#include "bench/failures.h"
#include "guest_cpu.h"
#include "guest_vm.h"

#define GUEST_MAX_VMS 2

struct guest;

/*
 * What can be asked of a Linux guest. In the order in which they are called:
 *   programs	 the host's programs that the guest needs, NULL-ended
 *   check	 of the command line alone, before anything starts
 *   host	 what has to be there on the host before a guest starts
 *   prepare	 in the booted guest: find the device, see what it negotiated
 *   run	 the load itself
 *   teardown	 accepts half-built state
 */
struct guest_load_ops {
	const char *name;
	const char *const *programs;
	int (*check)(const struct guest_config *c, struct err *e);
	int (*host)(struct guest *g, struct err *e);
	int (*prepare)(struct guest *g, struct err *e);
	int (*run)(struct guest *g, struct err *e);
	void (*teardown)(struct guest *g);
};

extern const struct guest_load_ops guest_load_blk, guest_load_command,
	guest_load_net, guest_load_rng, guest_load_balloon;

struct guest {
	const struct guest_config *config;
	const struct guest_load_ops *ops;
	struct guest_kernel kernel;
	char initrd[PATH_MAX];
	struct guest_module_list modules; /* of the device */
	bool kvm;
	char why_not_kvm[256];
	struct guest_vm vm[GUEST_MAX_VMS];
	unsigned int nr_vms; /* that the load needs: 1 if not said */
	struct sync_window window;
	uint64_t load_ns; /* when the load was started, CLOCK_MONOTONIC */
	struct guest_cpu_use cpu;
	json_t *device;	  /* what the guest's driver negotiated */
	json_t *result;	  /* the load's own fields of the record */
	json_t *metrics;
	struct failures failures; /* requests of the load */
	struct guest_net *net;
	volatile sig_atomic_t stop;
};

/* Boot, load, report: 0 or -errno and @e; -ENOTSUP: this machine lacks
 * something (a module, root, a program) that it takes. */
int guest_run(struct guest *g, struct err *e);
void guest_close(struct guest *g);

/* The record of results/README.md; @ret and @e are guest_run's. */
json_t *guest_record(const struct guest *g, int ret, const struct err *e);

/* KVM or TCG, as asked for or as this machine allows: sets kvm and, under
 * "auto", why_not_kvm. The answer is cached until kernel or QEMU change. */
int guest_accel_choose(struct guest *g, struct err *e);

/* Path of @given, or of a file in memory called @name where it is NULL. */
int guest_scratch(const char *given, const char *name, char *path, size_t room,
		  struct err *e);

/* "KEY=VALUE" lines of @text: the value of @key into @buf, "" if absent. */
const char *guest_text_value(const char *text, const char *key, char *buf,
			     size_t room);

/* Read the features of virtio device type config->virtio_id and compare them
 * with what was asked for; -EPROTO when it got something else. */
int guest_check_features(struct guest *g, const char *facts, struct err *e);

#endif
