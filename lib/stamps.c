/* SPDX-License-Identifier: MIT */
#include "stamps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

static size_t file_bytes(uint32_t nr_queues)
{
	return sizeof(struct stamps_file) +
	       sizeof(struct stamps_queue) * nr_queues;
}

int stamps_create(const char *path, uint32_t nr_queues, uint32_t every,
		  struct stamps_file **file, struct err *e)
{
	size_t bytes = file_bytes(nr_queues);
	struct stamps_file *f;
	int fd, ret;

	if (!nr_queues || nr_queues > STAMPS_MAX_QUEUES || !every ||
	    (every & (every - 1)))
		return err_set(e, -EINVAL, "%s: stamps of %u queues, 1 in %u: "
			       "1 to %u queues, a power of two", path,
			       nr_queues, every, STAMPS_MAX_QUEUES);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	ret = posix_fallocate(fd, 0, (off_t)bytes);
	f = ret ? MAP_FAILED :
		  mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, fd, 0);
	if (f == MAP_FAILED) {
		ret = ret ? -ret : -errno;
		close(fd);
		return err_set(e, ret, "%s: cannot map %zu bytes: %s", path,
			       bytes, strerror(-ret));
	}
	close(fd);
	f->magic = STAMPS_MAGIC;
	f->nr_queues = nr_queues;
	f->every = every;
	f->until = UINT64_MAX;
	*file = f;
	return 0;
}

static int check_header(const struct stamps_file *f, uint64_t bytes)
{
	if (f->magic != STAMPS_MAGIC || !f->nr_queues ||
	    f->nr_queues > STAMPS_MAX_QUEUES ||
	    bytes < file_bytes(f->nr_queues))
		return -EINVAL;
	if (!f->every || (f->every & (f->every - 1)))
		return -EINVAL;
	return 0;
}

int stamps_open(const char *path, const struct stamps_file **file,
		struct err *e)
{
	struct stat st;
	void *map;
	int fd, ret;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	ret = fstat(fd, &st) < 0 ? -errno : 0;
	if (!ret && st.st_size < (off_t)sizeof(struct stamps_file))
		ret = -EINVAL;
	map = ret ? MAP_FAILED :
		    mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd,
			 0);
	if (!ret && map == MAP_FAILED)
		ret = -errno;
	close(fd);
	if (!ret && check_header(map, (uint64_t)st.st_size) < 0) {
		munmap(map, (size_t)st.st_size);
		ret = -EINVAL;
	}
	if (ret < 0)
		return err_set(e, ret, "%s: not a stamps file: %s", path,
			       strerror(-ret));
	*file = map;
	return 0;
}

void stamps_close(const struct stamps_file *file)
{
	if (file)
		munmap((void *)file, file_bytes(file->nr_queues));
}

static void joined_init(struct stamps_joined *j)
{
	memset(j, 0, sizeof(*j));
	hist_init(&j->publish);
	hist_init(&j->to_device);
	hist_init(&j->submit);
	hist_init(&j->io);
	hist_init(&j->push);
	hist_init(&j->to_driver);
	hist_init(&j->latency);
}

static bool in_order(const struct stamps_sample *a,
		     const struct stamps_sample *b)
{
	if (a->t[STAMPS_PUBLISHED] < a->t[STAMPS_ADDED] ||
	    a->t[STAMPS_REAPED] < a->t[STAMPS_PUBLISHED])
		return false;
	if (!b)
		return true;
	return b->t[STAMPS_POPPED] >= a->t[STAMPS_PUBLISHED] &&
	       b->t[STAMPS_SUBMITTED] >= b->t[STAMPS_POPPED] &&
	       b->t[STAMPS_COMPLETED] >= b->t[STAMPS_SUBMITTED] &&
	       b->t[STAMPS_PUSHED] >= b->t[STAMPS_COMPLETED] &&
	       a->t[STAMPS_REAPED] >= b->t[STAMPS_PUSHED];
}

/* An interval in ns; stamps of two CPUs can be some ns out of order, which
 * counts as nothing. */
static uint64_t span(uint64_t from, uint64_t to, double ns_per_tick)
{
	return to > from ? (uint64_t)((double)(to - from) * ns_per_tick + 0.5)
			 : 0;
}

static void add_sample(struct stamps_joined *j, const struct stamps_sample *a,
		       const struct stamps_sample *b, double scale)
{
	if (!in_order(a, b))
		j->inversions++;
	hist_add(&j->publish, span(a->t[STAMPS_ADDED],
				   a->t[STAMPS_PUBLISHED], scale));
	hist_add(&j->latency, span(a->t[STAMPS_ADDED], a->t[STAMPS_REAPED],
				   scale));
	if (!b)
		return;
	j->joined++;
	hist_add(&j->to_device, span(a->t[STAMPS_PUBLISHED],
				     b->t[STAMPS_POPPED], scale));
	hist_add(&j->submit, span(b->t[STAMPS_POPPED],
				  b->t[STAMPS_SUBMITTED], scale));
	hist_add(&j->io, span(b->t[STAMPS_SUBMITTED],
			      b->t[STAMPS_COMPLETED], scale));
	hist_add(&j->push, span(b->t[STAMPS_COMPLETED], b->t[STAMPS_PUSHED],
				scale));
	hist_add(&j->to_driver, span(b->t[STAMPS_PUSHED],
				     a->t[STAMPS_REAPED], scale));
}

static uint64_t overwritten(const struct stamps_queue *q)
{
	return q->written > STAMPS_SLOTS ? q->written - STAMPS_SLOTS : 0;
}

const struct stamps_sample *stamps_partner(const struct stamps_file *device,
					   unsigned int queue,
					   const struct stamps_sample *a)
{
	const struct stamps_sample *b;

	if (queue >= device->nr_queues || !stamps_wanted(device, a->seq))
		return NULL;
	b = &device->queue[queue].slot[stamps_place(device, a->seq)];
	return b->seq == a->seq && b->head == a->head && b->t[STAMPS_POPPED] ?
		       b : NULL;
}

static void join_queue(struct stamps_joined *j, const struct stamps_file *drv,
		       const struct stamps_file *dev, uint32_t queue,
		       double scale)
{
	const struct stamps_queue *q = &drv->queue[queue];
	const struct stamps_sample *a, *b;

	j->overwritten += overwritten(q) +
			  (dev ? overwritten(&dev->queue[queue]) : 0);
	for (a = q->slot; a < q->slot + STAMPS_SLOTS; a++) {
		if (!a->t[STAMPS_REAPED] || a->t[STAMPS_REAPED] < drv->from ||
		    a->t[STAMPS_REAPED] >= drv->until)
			continue;
		b = dev ? stamps_partner(dev, queue, a) : NULL;
		if (!dev || b)
			add_sample(j, a, b, scale);
		else if (stamps_wanted(dev, a->seq))
			j->unmatched++;
	}
}

int stamps_join(const struct stamps_file *driver,
		const struct stamps_file *device, double ns_per_tick,
		struct stamps_joined *j)
{
	uint32_t q;

	joined_init(j);
	if (device && device->nr_queues < driver->nr_queues)
		return -EINVAL;
	for (q = 0; q < driver->nr_queues; q++)
		join_queue(j, driver, device, q, ns_per_tick);
	return 0;
}
