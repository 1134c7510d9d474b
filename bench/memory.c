/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PART_ALIGN 4096ull

uint64_t load_memory_part(uint64_t bytes)
{
	return (bytes + PART_ALIGN - 1) & ~(PART_ALIGN - 1);
}

/* All of it will be touched: better an error than the OOM killer. */
static bool too_much(uint64_t bytes)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);

	return bytes / (uint64_t)sysconf(_SC_PAGESIZE) > pages / 2;
}

static int memory_create(struct load_memory *m, uint64_t bytes)
{
	if (too_much(bytes))
		return -ENOMEM;
	m->fd = memfd_create("vioperf-load", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (m->fd < 0 || ftruncate(m->fd, (off_t)bytes) < 0)
		return -errno;
	if (fcntl(m->fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	m->base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, m->fd, 0);
	if (m->base == MAP_FAILED) {
		m->base = NULL;
		return -errno;
	}
	m->bytes = bytes;
	return 0;
}

int load_memory_open(struct load_memory *m, uint64_t bytes, struct err *e)
{
	int ret;

	*m = (struct load_memory){ .fd = -1 };
	ret = memory_create(m, bytes);
	if (ret < 0) {
		load_memory_close(m);
		return err_set(e, ret,
			       "cannot get %" PRIu64 " bytes of shared "
			       "memory: %s; %s",
			       bytes, strerror(-ret),
			       ret == -EFBIG ?
				       "the file size limit is lower (ulimit "
				       "-f)" :
				       "less --depth, --bs or --queues needs "
				       "less");
	}
	return 0;
}

void load_memory_close(struct load_memory *m)
{
	if (m->base)
		munmap(m->base, m->bytes);
	if (m->fd >= 0)
		close(m->fd);
	*m = (struct load_memory){ .fd = -1 };
}

void *load_memory_take(struct load_memory *m, uint64_t bytes)
{
	void *p = m->base + m->taken;

	m->taken += load_memory_part(bytes);
	assert(m->taken <= m->bytes);
	return p;
}
