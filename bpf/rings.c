/* SPDX-License-Identifier: MIT */
/* From a rings file to the processes and descriptors to watch. */
#include "rings.h"

#include <errno.h>
#include <string.h>

#include "lib/record.h"

/* Integer @key of @j in [min, max]; -ENOENT when it is absent or null. */
static int get_int(const json_t *j, const char *key, json_int_t min,
		   json_int_t max, json_int_t *out)
{
	const json_t *v = json_object_get(j, key);

	if (!v || json_is_null(v))
		return -ENOENT;
	if (!json_is_integer(v))
		return -EINVAL;
	*out = json_integer_value(v);
	return *out < min || *out > max ? -EINVAL : 0;
}

static int parse_id(const json_t *q, const char *key, struct rings_ring *ring,
		    enum trace_kind kind)
{
	json_int_t v = 0;
	int ret = get_int(q, key, 0, INT64_MAX, &v);

	ring->id[kind] = (uint64_t)v;
	ring->has[kind] = !ret;
	return ret == -ENOENT ? 0 : ret;
}

static int parse_queue(struct rings *r, const json_t *q, const char *path,
		       size_t index, struct err *e)
{
	struct rings_ring *ring = &r->ring[r->nr_rings];
	json_int_t queue, tid = 0, times, offset = 0;
	int ret;

	ret = get_int(q, "queue", 0, 65535, &queue);
	if (!ret)
		ret = parse_id(q, "kick_id", ring, TRACE_KICK);
	if (!ret)
		ret = parse_id(q, "call_id", ring, TRACE_CALL);
	if (!ret && get_int(q, "tid", 1, INT32_MAX, &tid) == -EINVAL)
		ret = -EINVAL;
	if (ret < 0 || !ring->has[TRACE_KICK])
		return err_set(e, -EINVAL,
			       "%s: queues[%zu]: needs whole numbers \"queue\" "
			       "and \"kick_id\"; \"call_id\" and \"tid\" are "
			       "numbers or null",
			       path, index);
	ring->queue = (unsigned int)queue;
	ring->tid = (pid_t)tid;
	if (tid && !get_int(q, "guest_times", 1, INT64_MAX, &times)) {
		ring->times = (uint64_t)times;
		get_int(q, "tsc_offset", INT64_MIN, INT64_MAX, &offset);
		ring->tsc_offset = offset;
	}
	r->nr_rings++;
	return 0;
}

static int parse_queues(struct rings *r, const json_t *j, const char *path,
			struct err *e)
{
	const json_t *queues = json_object_get(j, "queues"), *q;
	size_t i;
	int ret;

	if (!json_is_array(queues) || !json_array_size(queues))
		return err_set(e, -EINVAL, "%s: \"queues\" has no entry", path);
	if (json_array_size(queues) > TRACE_MAX_RINGS)
		return err_set(e, -E2BIG, "%s: %zu queues, at most %d can be "
			       "traced", path, json_array_size(queues),
			       TRACE_MAX_RINGS);
	json_array_foreach(queues, i, q) {
		ret = parse_queue(r, q, path, i, e);
		if (ret < 0)
			return ret;
	}
	return 0;
}

struct peers {
	pid_t driver;
	pid_t device[TRACE_MAX_PROCS - 1];
	int nr_devices;
};

static int parse_peers(struct peers *p, const json_t *j, const char *path,
		       struct err *e)
{
	json_int_t v;
	int ret;

	if (strcmp(record_str(j, "kind", ""), "rings"))
		return err_set(e, -EINVAL, "%s: \"kind\" is not \"rings\"",
			       path);
	if (get_int(j, "pid", 1, INT32_MAX, &v))
		return err_set(e, -EINVAL, "%s: no process id in \"pid\"",
			       path);
	p->driver = (pid_t)v;
	ret = get_int(j, "device_pid", 1, INT32_MAX, &v);
	if (ret == -EINVAL)
		return err_set(e, ret, "%s: \"device_pid\" is no process id",
			       path);
	p->nr_devices = !ret;
	p->device[0] = ret ? 0 : (pid_t)v;
	return 0;
}

/*
 * The device is who holds the first ring's kick. The process that the rings
 * file names need not: the socket's listener may have passed it on.
 */
static int find_devices(const struct rings *r, struct peers *p,
			struct err *e)
{
	static struct rings probe;
	struct trace_fd fd = { 0 };
	uint64_t id = r->ring[0].id[TRACE_KICK];
	struct rings_holders h;
	int ret;

	probe.nr_fds = 0;
	if (p->nr_devices && rings_add_fds(&probe, p->device[0], id, &fd) > 0)
		return 0;
	ret = rings_scan_holders(&h);
	p->nr_devices = (int)rings_holders_of(&h, id, p->driver, p->device,
					      TRACE_MAX_PROCS - 1);
	rings_free_holders(&h);
	if (ret < 0)
		return err_set(e, ret, "/proc: %s", strerror(-ret));
	if (!p->nr_devices)
		return err_set(e, -ESRCH,
			       "queue %u: no process but %d holds eventfd %llu;"
			       " is the device connected, and may you read its "
			       "/proc/PID/fd?",
			       r->ring[0].queue, p->driver,
			       (unsigned long long)id);
	return 0;
}

static int add_edge(struct rings *r, unsigned int ring, enum trace_kind kind,
		    pid_t pid, __u32 wakee, struct err *e)
{
	struct trace_fd fd = { .ring = ring, .kind = kind,
			       .wakee_tgid = wakee };
	int ret;

	if (!r->ring[ring].has[kind])
		return 0;
	ret = rings_add_fds(r, pid, r->ring[ring].id[kind], &fd);
	if (ret > 0)
		return 0;
	return err_set(e, ret ? ret : -ENOENT,
		       "queue %u: process %d: %s %llu", r->ring[ring].queue,
		       pid, ret ? strerror(-ret) : "does not hold eventfd",
		       (unsigned long long)r->ring[ring].id[kind]);
}

static int add_ring(struct rings *r, unsigned int ring, const struct peers *p,
		    struct err *e)
{
	__u32 device = p->nr_devices == 1 ? (__u32)p->device[0] : 0;
	int i, ret;

	ret = add_edge(r, ring, TRACE_KICK, p->driver, device, e);
	for (i = 0; !ret && i < p->nr_devices; i++)
		ret = add_edge(r, ring, TRACE_CALL, p->device[i],
			       (__u32)p->driver, e);
	return ret;
}

static int resolve(struct rings *r, struct peers *p, struct err *e)
{
	unsigned int ring;
	int i, ret;

	ret = rings_add_proc(r, p->driver, TRACE_DRIVER, 0, e);
	ret = ret ?: rings_add_vhost(r, p->driver, e);
	if (!ret && !r->vhost)
		ret = find_devices(r, p, e);
	for (i = 0; !ret && i < p->nr_devices; i++)
		ret = rings_add_proc(r, p->device[i], TRACE_DEVICE, 0, e);
	for (ring = 0; !ret && ring < r->nr_rings; ring++)
		ret = add_ring(r, ring, p, e);
	return ret;
}

int rings_from_file(struct rings *r, const char *path, struct err *e)
{
	json_int_t doorbell;
	struct peers peers;
	json_t *j;
	int ret;

	memset(r, 0, sizeof(*r));
	j = record_read(path, e);
	if (!j)
		return -EINVAL;
	ret = parse_peers(&peers, j, path, e);
	if (!ret)
		ret = parse_queues(r, j, path, e);
	r->weights = !json_is_false(json_object_get(j, "weights"));
	r->poll = !strcmp(record_str(j, "completion", ""), "poll");
	if (!get_int(j, "doorbell", 1, INT64_MAX, &doorbell))
		r->doorbell[r->nr_doorbells++] = (struct rings_doorbell){
			{ (uint64_t)doorbell, 0 }, TRACE_RING_OF_THREAD
		};
	json_decref(j);
	if (ret < 0)
		return ret;
	ret = resolve(r, &peers, e);
	return ret < 0 ? err_prefix(e, ret, "%s", path) : 0;
}
