/* SPDX-License-Identifier: MIT */
#include "guest_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

/* All memories of this process; changed with SIGBUS unable to strike, as the
 * thread that changes it touches no guest memory meanwhile. */
static struct guest_memory *all_memories;

struct guest_memory *guest_memory_new(void)
{
	struct guest_memory *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->refs = 1;
	m->next = all_memories;
	all_memories = m;
	return m;
}

void guest_memory_get(struct guest_memory *m)
{
	m->refs++;
}

void guest_memory_put(struct guest_memory *m)
{
	struct guest_memory **p;
	unsigned int i;

	if (!m || --m->refs)
		return;
	for (p = &all_memories; *p != m; p = &(*p)->next)
		;
	*p = m->next;
	for (i = 0; i < m->nr; i++)
		munmap(m->region[i].map, m->region[i].map_bytes);
	free(m);
}

static int check_region(const struct guest_memory *m, uint64_t gpa,
			uint64_t bytes, uint64_t uva, struct err *e)
{
	unsigned int i;

	if (m->nr == GUEST_MEMORY_MAX_REGIONS)
		return err_set(e, -E2BIG, "more than %u memory regions", m->nr);
	if (!bytes || gpa + bytes < gpa || uva + bytes < uva)
		return err_set(e, -EINVAL,
			       "memory region 0x%" PRIx64 "+0x%" PRIx64
			       " is empty or wraps", gpa, bytes);
	for (i = 0; i < m->nr; i++) {
		const struct guest_region *r = &m->region[i];

		if (gpa < r->gpa + r->bytes && r->gpa < gpa + bytes)
			return err_set(e, -EINVAL,
				       "memory region 0x%" PRIx64
				       " overlaps the one at 0x%" PRIx64,
				       gpa, r->gpa);
	}
	return 0;
}

static int check_file(int fd, uint64_t offset, uint64_t bytes, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, -errno, "memory region's file: %s",
			       strerror(errno));
	if (offset + bytes < offset || offset + bytes > INT64_MAX)
		return err_set(e, -EINVAL, "memory region's offset wraps");
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size < offset + bytes)
		return err_set(e, -EINVAL,
			       "memory region needs %" PRIu64
			       " bytes, its file has %" PRIu64,
			       offset + bytes, (uint64_t)st.st_size);
	return 0;
}

int guest_memory_add(struct guest_memory *m, uint64_t gpa, uint64_t bytes,
		     uint64_t uva, int fd, uint64_t offset, struct err *e)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t skew = offset & (page - 1);
	struct guest_region *r;
	void *map;
	int ret;

	ret = check_region(m, gpa, bytes, uva, e);
	if (!ret)
		ret = check_file(fd, offset, bytes, e);
	if (ret < 0)
		return ret;
	map = mmap(NULL, bytes + skew, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_NORESERVE, fd, (off_t)(offset - skew));
	if (map == MAP_FAILED)
		return err_set(e, -errno, "cannot map %" PRIu64
			       " bytes of guest memory: %s",
			       bytes, strerror(errno));
	r = &m->region[m->nr];
	*r = (struct guest_region){ gpa,	   bytes, uva,
				    (uint8_t *)map + skew, map,
				    bytes + skew };
	m->nr++;
	return 0;
}

int guest_memory_remove(struct guest_memory *m, uint64_t gpa, uint64_t bytes,
			uint64_t uva)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		struct guest_region *r = &m->region[i];

		if (r->gpa != gpa || r->bytes != bytes || r->uva != uva)
			continue;
		munmap(r->map, r->map_bytes);
		*r = m->region[--m->nr];
		m->region[m->nr] = (struct guest_region){ 0 };
		m->last = 0;
		return 0;
	}
	return -ENOENT;
}

/* Is [@at, @at + @bytes) inside a region that begins at @base? Written so
 * that nothing can wrap. */
static bool inside(uint64_t at, uint64_t bytes, uint64_t base, uint64_t size)
{
	return at >= base && at - base < size && bytes <= size - (at - base);
}

void *guest_memory_at(struct guest_memory *m, uint64_t gpa, uint64_t bytes)
{
	unsigned int i;
	const struct guest_region *r = &m->region[m->last];

	if (unlikely(!bytes))
		return NULL;
	if (likely(inside(gpa, bytes, r->gpa, r->bytes)))
		return r->host + (gpa - r->gpa);
	for (i = 0; i < m->nr; i++) {
		r = &m->region[i];
		if (!inside(gpa, bytes, r->gpa, r->bytes))
			continue;
		m->last = i;
		return r->host + (gpa - r->gpa);
	}
	return NULL;
}

void *guest_memory_at_user(struct guest_memory *m, uint64_t uva,
			   uint64_t bytes)
{
	unsigned int i;

	for (i = 0; bytes && i < m->nr; i++) {
		const struct guest_region *r = &m->region[i];

		if (inside(uva, bytes, r->uva, r->bytes))
			return r->host + (uva - r->uva);
	}
	return NULL;
}

int guest_memory_iov(struct guest_memory *m, uint64_t gpa, uint64_t bytes,
		     struct iovec *iov, int max)
{
	int n = 0;
	void *whole = guest_memory_at(m, gpa, bytes);

	if (likely(whole)) {
		if (max < 1)
			return -E2BIG;
		iov[0] = (struct iovec){ whole, bytes };
		return 1;
	}
	if (!bytes || gpa + bytes < gpa)
		return -EFAULT;
	while (bytes) {
		const struct guest_region *r;
		uint64_t piece;

		if (!guest_memory_at(m, gpa, 1))
			return -EFAULT;
		if (n == max)
			return -E2BIG;
		r = &m->region[m->last];
		if (!inside(gpa, 1, r->gpa, r->bytes))
			return -EFAULT;
		piece = MIN(bytes, r->bytes - (gpa - r->gpa));
		iov[n++] = (struct iovec){ r->host + (gpa - r->gpa), piece };
		gpa += piece;
		bytes -= piece;
	}
	return n;
}

/* Async-signal-safe: mmap is a plain system call, the list is stable. */
static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	uint8_t *at = info->si_addr;
	struct guest_memory *m;
	unsigned int i;

	for (m = all_memories; m; m = m->next) {
		for (i = 0; i < m->nr; i++) {
			struct guest_region *r = &m->region[i];

			if (at < (uint8_t *)r->map ||
			    at >= (uint8_t *)r->map + r->map_bytes)
				continue;
			if (mmap(r->map, r->map_bytes, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
					 MAP_NORESERVE,
				 -1, 0) == MAP_FAILED)
				break;
			m->broken = true;
			return;
		}
	}
	signal(sig, SIG_DFL); /* not ours: fault again and die of it */
}

int guest_memory_guard(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigbus,
				.sa_flags = SA_SIGINFO | SA_NODEFER };

	sigemptyset(&sa.sa_mask);
	return sigaction(SIGBUS, &sa, NULL) < 0 ? -errno : 0;
}
