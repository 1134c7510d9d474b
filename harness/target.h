/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TARGET_H
#define VIOPERF_TARGET_H

#include "lib/process.h"
#include "harness/scenario.h"
#include "harness/self.h"
#include "target_option.h"

/*
 * A target: a device implementation under test. One file and one line in
 * target.c each; a user's own come from [target NAME] of a scenario.
 */
/* Who can work it: bits. */
enum {
	DRIVER_USER = 1, /* our own driver, over vhost-user */
	DRIVER_QEMU = 2, /* a Linux guest under QEMU */
	DRIVER_KVM = 4,	 /* a bare guest of ours, over vhost-user */
	DRIVER_ANY = 7,
};

/* What can be asked of it: bits, so that keys can name several. */
enum {
	LOAD_BLK = 1,
	LOAD_NET = 2,
	LOAD_RNG = 4,
	LOAD_BALLOON = 8,
};

/* What a target is started with. */
struct target_start {
	const char *socket;
	const char *cpu;
	const char *record;	  /* where ours writes its report */
	const char *stamps;	  /* NULL: do not stamp */
	unsigned int stamps_every;
	unsigned int backing;	  /* BACKING_* */
	const char *backing_file; /* path, for BACKING_FILE */
	uint64_t backing_bytes;
	unsigned int queues;
	const struct scenario_target *custom;
	const char *options; /* "+iothread+poll-max=0", "": none */
	unsigned int ring_size;
	bool event_idx, indirect, packed;
};

struct target_ops {
	const char *name;
	unsigned int load;   /* LOAD_*: which one */
	const char *what;    /* one line for people */
	const char *package; /* Debian package that brings it, NULL: ours */
	unsigned int backings;
	unsigned int drivers;
	const struct target_option *options; /* ended by one without a name */
	const char *const *programs; /* that it takes, NULL-ended; first its own */
	bool in_process;   /* no process: the load answers itself */
	bool stamps;	   /* stamps its side of a request */
	bool one_queue;	   /* there is no second one */
	bool split_only;   /* knows no packed ring */
	bool emulated;	   /* real hardware's twin: has no virtio ring */
	/* Append the command line to @p; NULL: it is within QEMU. */
	void (*command)(struct process *p, const struct target_start *t);
	/* Append what `vioperf guest` needs to know of it. */
	void (*guest)(struct process *p, const struct target_start *t);
};

extern const struct target_ops target_blk, target_qsd_blk, target_null,
	target_rng, target_null_rng;
extern const struct target_ops target_qemu_virtio_blk, target_qemu_virtio_scsi,
	target_qemu_ide, target_qemu_ahci, target_qemu_nvme;
extern const struct target_ops target_qemu_virtio_net, target_qemu_e1000,
	target_qemu_e1000e, target_qemu_rtl8139, target_qemu_vmxnet3;
extern const struct target_ops target_qemu_virtio_rng,
	target_qemu_virtio_balloon;

/* NULL-terminated. */
extern const struct target_ops *const target_table[];

/* What a [target NAME] of this type ("blk", "rng") is; NULL: there is none. */
const struct target_ops *target_custom(const char *type);

/* The target called @name, up to its first '+': of the table, or one of the
 * scenario's, then with *@custom set. NULL when there is none. */
const struct target_ops *target_find(const char *name,
				     const struct scenario *s,
				     const struct scenario_target **custom);

/* Is the command line of a [target NAME] well formed? 0 or -EINVAL and @e. */
int target_custom_check(const char *command, struct err *e);

struct programs;

/* Add what it executes: its first word, and other words that are programs. */
void target_custom_programs(const struct scenario_target *t,
			    struct programs *all);

/* BACKING_* of "null", "ram", "ram:64m", "file"; the size of a ram one. */
unsigned int target_backing(const char *text, uint64_t *bytes);

/* Are the programs there that @t takes? 0, or -errno and which is not. */
int target_usable(const struct target_ops *t, struct err *e);

/* "blk" of LOAD_BLK. */
const char *target_load_name(unsigned int load);

/* --qemu-arg=WORD for each of two words, the second one printf style. */
void target_qemu_arg(struct process *p, const char *option, const char *fmt,
		     ...) __attribute__((format(printf, 3, 4)));

/* The options of a virtio device that shape its ring, and what the guest has
 * to find of them. @size_key: "queue-size", "virtqueue_size". */
void target_ring_args(struct process *p, const struct target_start *t,
		      char *device, size_t room, const char *size_key);

/* Find a virtio-blk disk in the guest, with all its queues. */
void target_guest_vda(struct process *p, const struct target_start *t);

/* QEMU's end of vhost-user, for a back end at @t->socket. */
void target_guest_vhost_user_rng(struct process *p,
				 const struct target_start *t);
void target_guest_vhost_user_blk(struct process *p,
				 const struct target_start *t);

#endif
