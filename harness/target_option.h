/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TARGET_OPTION_H
#define VIOPERF_TARGET_OPTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/process.h"

/* What a disk's data are: bits. */
enum {
	BACKING_NULL = 1,
	BACKING_RAM = 2,
	BACKING_FILE = 4,
};

/*
 * What stands behind a target's name: NAME+OPTION+OPTION=VALUE. In a name that
 * has been checked (target_option_check) options are sorted and values in
 * their shortest form, so that one setting has one name.
 */
struct target_option {
	const char *name;
	const char *what;     /* one line for people */
	bool takes_time;      /* =TIME; else no value */
	unsigned int backings; /* BACKING_* where it says something; 0: all */
	const char *one_of;   /* excludes others of this group */
	const char *needs;    /* another option */
	const char *without;  /* one that it cannot stand beside */
};

/* How QEMU's programs ask the host for a file's data. */
#define TARGET_OPTIONS_AIO                                                     \
	{ "io_uring", "a file is read by io_uring (so it is)",                 \
	  .backings = BACKING_FILE, .one_of = "aio" },                         \
	{ "native", "a file is read by Linux's older AIO",                     \
	  .backings = BACKING_FILE, .one_of = "aio" },                         \
	{ "threads", "a file is read by a pool of threads",                    \
	  .backings = BACKING_FILE, .one_of = "aio" }

/* QEMU's cache modes, as libvirt has them: without one it is "none", past the
 * page cache. Linux's older AIO is for that only. */
#define TARGET_OPTIONS_CACHE                                                   \
	{ "directsync", "past the page cache, each write to the medium",       \
	  .backings = BACKING_FILE, .one_of = "cache" },                       \
	{ "unsafe", "through the page cache, flushes ignored",                 \
	  .backings = BACKING_FILE, .one_of = "cache", .without = "native" },  \
	{ "writeback", "through the page cache (QEMU's own default)",          \
	  .backings = BACKING_FILE, .one_of = "cache", .without = "native" },  \
	{ "writethrough", "through the page cache, each write to the medium",  \
	  .backings = BACKING_FILE, .one_of = "cache", .without = "native" }

struct target_ops;

/* The options of @name: "+iothread", or "" in the string's end. */
const char *target_options(const char *name);

/* Check the options of @name, which is @t's, and write the name into @out with
 * its options in order. 0 or -EINVAL and @e. */
int target_option_check(const struct target_ops *t, const char *name,
			char *out, size_t room, struct err *e);

/* Is @name among @options ("+iothread+poll-max=0")? */
bool target_option_has(const char *options, const char *name);

/* The value of @name into @value: false when it is not there. */
bool target_option_value(const char *options, const char *name, char *value,
			 size_t room);

/* Append --NAME=VALUE if it is there. */
void target_option_arg(struct process *p, const char *options,
		       const char *name);

/* "io_uring", "native" or "threads". */
const char *target_option_aio(const char *options);

/* ",poll-max-ns=N" for an iothread of QEMU's, or "". */
const char *target_option_poll_max(char *buf, size_t room,
				   const char *options);

/* One of @options of @t that says nothing with @backing, NULL: none. */
const char *target_option_idle(const struct target_ops *t, const char *options,
			       unsigned int backing);

/* {"poll-max":"0","iothread":true} */
json_t *target_option_json(const char *options);

#endif
