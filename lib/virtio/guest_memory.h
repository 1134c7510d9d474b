/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_MEMORY_H
#define VIOPERF_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lib/err.h"
#include "lib/util.h"

/*
 * Guest memory as one side of vhost-user sees it: regions of files of the
 * peer, mapped here. Guest physical addresses come from the peer; every one
 * of them goes through guest_memory_at() or guest_memory_iov(), which answer
 * only for ranges that lie whole inside regions.
 *
 * A mapping is shared: each request in flight holds a reference, so a table
 * replaced by the front end goes with its last request. References belong to
 * one thread; they are not atomic.
 *
 * The peer can truncate a file under us. guest_memory_guard() installs a
 * SIGBUS handler that puts zero pages in the region's place and marks the
 * memory broken; who works on it looks at guest_memory_broken() and ends the
 * connection. Faults elsewhere end the process as usual.
 */
#define GUEST_MEMORY_MAX_REGIONS 32

struct guest_region {
	uint64_t gpa;	/* guest physical address */
	uint64_t bytes;
	uint64_t uva;	/* address in the front end (ring addresses use it) */
	uint8_t *host;	/* where gpa is mapped here */
	void *map;
	uint64_t map_bytes;
};

struct guest_memory {
	unsigned int refs;
	unsigned int nr;
	unsigned int last; /* region of the last hit */
	volatile bool broken;
	struct guest_memory *next; /* list of all, for the SIGBUS handler */
	struct guest_region region[GUEST_MEMORY_MAX_REGIONS];
};

/* Empty memory with one reference, owned by the caller. NULL: no memory. */
struct guest_memory *guest_memory_new(void);

/* Take and drop a reference; the last put unmaps. */
void guest_memory_get(struct guest_memory *m);
void guest_memory_put(struct guest_memory *m); /* NULL is fine */

/* Map @bytes of @fd from @offset as guest address @gpa, front end address
 * @uva. The file must be large enough; the region must neither wrap nor
 * overlap another. The fd stays the caller's. 0 or -errno and @e. */
int guest_memory_add(struct guest_memory *m, uint64_t gpa, uint64_t bytes,
		     uint64_t uva, int fd, uint64_t offset, struct err *e);

/* Unmap the region with just these bounds; no request may be in flight.
 * 0 or -ENOENT. */
int guest_memory_remove(struct guest_memory *m, uint64_t gpa, uint64_t bytes,
			uint64_t uva);

/* Host address of [@gpa, @gpa + @bytes), or NULL unless one region holds all
 * of it. @bytes 0 gives NULL. */
void *guest_memory_at(struct guest_memory *m, uint64_t gpa, uint64_t bytes);

/* The same where the region hit last holds it, and NULL otherwise: for hints
 * on the hot path. */
static __always_inline void *guest_memory_near(const struct guest_memory *m,
					       uint64_t gpa, uint64_t bytes)
{
	const struct guest_region *r = &m->region[m->last];
	uint64_t offset = gpa - r->gpa;

	return offset < r->bytes && bytes <= r->bytes - offset
		       ? r->host + offset
		       : NULL;
}

/* The same for front end addresses, as ring addresses are given. */
void *guest_memory_at_user(struct guest_memory *m, uint64_t uva,
			   uint64_t bytes);

/* Cut [@gpa, @gpa + @bytes) at region borders into at most @max pieces.
 * Returns their number, -EFAULT outside the regions, -E2BIG above @max. */
int guest_memory_iov(struct guest_memory *m, uint64_t gpa, uint64_t bytes,
		     struct iovec *iov, int max);

/* Install the SIGBUS handler for this process. 0 or -errno. */
int guest_memory_guard(void);

static inline bool guest_memory_broken(const struct guest_memory *m)
{
	return m->broken;
}

#endif
