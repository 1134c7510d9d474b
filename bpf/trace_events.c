/* SPDX-License-Identifier: MIT */
#include "trace_events.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/output.h"
#include "lib/stamps.h"
#include "lib/util.h"

#define MAX_LANES 1024
#define EDGES	  7 /* added … reaped */

/* One request: when it came to each edge, in ticks. */
struct request {
	uint64_t t[EDGES];
	uint64_t seq;
	uint32_t queue;
	bool whole; /* the device's edges are there too */
};

struct requests {
	struct request *r;
	size_t nr, room;
};

static const char *const stages[EDGES - 1] = {
	"publish", "to_device", "device_submit", "device_io", "device_push",
	"to_driver",
};

static int add(struct requests *all, const struct stamps_sample *a,
	       const struct stamps_sample *b, uint32_t queue)
{
	struct request *r;
	int i;

	if (all->nr == all->room) {
		r = realloc(all->r, (all->room * 2 + 1024) * sizeof(*r));
		if (!r)
			return -ENOMEM;
		all->r = r;
		all->room = all->room * 2 + 1024;
	}
	r = &all->r[all->nr++];
	*r = (struct request){ .seq = a->seq, .queue = queue,
			       .whole = b != NULL };
	r->t[0] = a->t[STAMPS_ADDED];
	r->t[1] = a->t[STAMPS_PUBLISHED];
	for (i = 0; b && i < 4; i++)
		r->t[2 + i] = b->t[STAMPS_POPPED + i];
	r->t[EDGES - 1] = a->t[STAMPS_REAPED];
	return 0;
}

/* All requests of the window that the driver saw, and, where there is one,
 * the device saw too. */
static int collect(struct requests *all, const struct stamps_file *drv,
		   const struct stamps_file *dev)
{
	const struct stamps_sample *a, *b;
	uint32_t q, i;
	int ret = 0;

	for (q = 0; q < drv->nr_queues; q++)
		for (i = 0; !ret && i < STAMPS_SLOTS; i++) {
			a = &drv->queue[q].slot[i];
			if (!a->t[STAMPS_REAPED] ||
			    a->t[STAMPS_REAPED] < drv->from ||
			    a->t[STAMPS_REAPED] >= drv->until)
				continue;
			b = dev ? stamps_partner(dev, q, a) : NULL;
			if (b || !dev)
				ret = add(all, a, b, q);
		}
	return ret;
}

static int by_start(const void *x, const void *y)
{
	uint64_t a = ((const struct request *)x)->t[0];
	uint64_t b = ((const struct request *)y)->t[0];

	return a < b ? -1 : a > b;
}

/* The first line on which nothing is in flight any more. */
static unsigned int lane_of(const struct request *r, uint64_t *free_at)
{
	unsigned int i;

	for (i = 0; i < MAX_LANES - 1; i++)
		if (free_at[i] <= r->t[0])
			break;
	free_at[i] = r->t[EDGES - 1];
	return i;
}

static void put(FILE *f, const char *name, const struct request *r,
		unsigned int lane, uint64_t from, uint64_t to, uint64_t base,
		double us)
{
	fprintf(f, ",\n{\"name\":\"%s\",\"ph\":\"X\",\"pid\":1,\"tid\":%u,"
		   "\"ts\":%.3f,\"dur\":%.3f,\"args\":{\"queue\":%u,"
		   "\"seq\":%llu}}",
		name, lane + 1, (double)(from - base) * us,
		to > from ? (double)(to - from) * us : 0, r->queue,
		(unsigned long long)r->seq);
}

static void put_request(FILE *f, const struct request *r, unsigned int lane,
			uint64_t base, double us)
{
	int i;

	put(f, "request", r, lane, r->t[0], r->t[EDGES - 1], base, us);
	put(f, stages[0], r, lane, r->t[0], r->t[1], base, us);
	if (!r->whole) {
		put(f, "device", r, lane, r->t[1], r->t[EDGES - 1], base, us);
		return;
	}
	for (i = 1; i + 1 < EDGES; i++)
		put(f, stages[i], r, lane, r->t[i], r->t[i + 1], base, us);
}

static void put_all(FILE *f, const struct requests *all, unsigned int max,
		    uint64_t *free_at)
{
	const struct request *r = all->nr > max ? all->r + all->nr - max :
						  all->r;
	uint64_t base = r->t[0];
	struct clock_scale scale;

	clock_scale_now(&scale);
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
	      "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,"
	      "\"args\":{\"name\":\"requests\"}}", f);
	for (; r < all->r + all->nr; r++)
		put_request(f, r, lane_of(r, free_at), base,
			    scale.ns_per_tick / 1000);
	fputs("\n]}\n", f);
}

static int write_all(const char *path, const struct requests *all,
		     unsigned int max, struct err *e)
{
	uint64_t *free_at = calloc(MAX_LANES, sizeof(*free_at));
	struct output o;
	int ret;

	if (!free_at)
		return err_set(e, -ENOMEM, "out of memory");
	ret = output_open(&o, path, e);
	if (!ret) {
		put_all(o.file, all, max, free_at);
		ret = output_close(&o, 0, e);
	}
	free(free_at);
	return ret;
}

int trace_events_write(const char *path, const char *driver,
		       const char *device, unsigned int max, struct err *e)
{
	const struct stamps_file *drv = NULL, *dev = NULL;
	struct requests all = { 0 };
	int ret = stamps_open(driver, &drv, e);

	if (!ret && device)
		ret = stamps_open(device, &dev, e);
	if (!ret && collect(&all, drv, dev) < 0)
		ret = err_set(e, -ENOMEM, "out of memory");
	if (!ret && !all.nr && device)
		ret = err_set(e, -ENODATA, "%s and %s have no request in "
			      "common: they must be of one connection, and the "
			      "device's is begun anew with each", driver,
			      device);
	else if (!ret && !all.nr)
		ret = err_set(e, -ENODATA, "%s: no request was measured",
			      driver);
	if (!ret) {
		qsort(all.r, all.nr, sizeof(*all.r), by_start);
		ret = write_all(path, &all, max, e);
	}
	free(all.r);
	stamps_close(drv);
	stamps_close(dev);
	return ret;
}
