/* SPDX-License-Identifier: MIT */
#include "vhost_front.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/virtio/ring.h"
#include "lib/util.h"
#include "lib/virtio/vhost_user.h"

#define RETRY_US 2000

#define PROTOCOL_WANTED                                                        \
	((1ull << VU_F_MQ) | (1ull << VU_F_REPLY_ACK) | (1ull << VU_F_CONFIG))

static int try_connect(int sock, const struct sockaddr_un *addr,
		       uint64_t until_ns)
{
	const struct sockaddr *sa = (const struct sockaddr *)addr;

	while (connect(sock, sa, sizeof(*addr)) < 0) {
		if (errno != ENOENT && errno != ECONNREFUSED && errno != EINTR)
			return -errno;
		if (clock_now_ns() >= until_ns)
			return -errno;
		usleep(RETRY_US);
	}
	return 0;
}

static void front_peer(struct vhost_front *f)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (!getsockopt(f->sock, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		f->device_pid = cred.pid;
}

int vhost_front_connect(struct vhost_front *f, const char *path,
			uint64_t wait_ns, uint64_t timeout_ns, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval tv = { (time_t)(timeout_ns / 1000000000),
			      (suseconds_t)(timeout_ns / 1000 % 1000000) };
	int ret;

	*f = (struct vhost_front){ .sock = -1, .path = path };
	if (strlen(path) >= sizeof(addr.sun_path))
		return err_set(e, -ENAMETOOLONG,
			       "%s: a socket's path has at "
			       "most %zu bytes",
			       path, sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);
	f->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (f->sock < 0)
		return err_set(e, -errno, "socket: %s", strerror(errno));
	ret = try_connect(f->sock, &addr, clock_now_ns() + wait_ns);
	if (ret < 0) {
		vhost_front_close(f);
		return err_set(e, ret,
			       "%s: cannot connect: %s; is a "
			       "vhost-user device listening there?",
			       path, strerror(-ret));
	}
	setsockopt(f->sock, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(f->sock, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	front_peer(f);
	return 0;
}

static int front_send(struct vhost_front *f, struct vu_msg *m, struct err *e)
{
	int ret;

	m->flags |= VU_VERSION;
	ret = vu_send(f->sock, m, e);
	return ret < 0 ? err_prefix(e, ret, "%s", f->path) : 0;
}

/* The answer to @request into @m; its payload must have @bytes at least. */
static int front_answer(struct vhost_front *f, uint32_t request, uint32_t bytes,
			struct vu_msg *m, struct err *e)
{
	const char *name = vu_request_name(request);
	int ret = vu_recv(f->sock, m, e);

	if (!ret)
		return err_set(e, -EPIPE,
			       "%s: the device closed the "
			       "connection at %s",
			       f->path, name);
	if (ret == -ETIMEDOUT)
		return err_set(e, ret,
			       "%s: no answer to %s; the device hangs "
			       "or serves another client",
			       f->path, name);
	if (ret < 0)
		return err_prefix(e, ret, "%s: answer to %s", f->path, name);
	vu_close_fds(m, 0);
	if (m->request != request || !(m->flags & VU_FLAG_REPLY))
		return err_set(e, -EPROTO,
			       "%s: got %s (flags 0x%x) where the "
			       "answer to %s belongs",
			       f->path, vu_request_name(m->request), m->flags,
			       name);
	if (m->size < bytes)
		return err_set(e, -EPROTO,
			       "%s: the answer to %s has %u bytes, "
			       "not %u",
			       f->path, name, m->size, bytes);
	return 0;
}

/* Send a request that has no answer of its own; with REPLY_ACK the device
 * says whether it took it. */
static int front_set(struct vhost_front *f, struct vu_msg *m, struct err *e)
{
	bool ack = f->protocol & (1ull << VU_F_REPLY_ACK);
	uint32_t request = m->request;
	int ret;

	if (ack)
		m->flags |= VU_FLAG_NEED_REPLY;
	ret = front_send(f, m, e);
	if (ret < 0 || !ack)
		return ret;
	ret = front_answer(f, request, sizeof(m->u.u64), m, e);
	if (ret < 0)
		return ret;
	if (m->u.u64)
		return err_set(e, -EPROTO,
			       "%s: the device refused %s (%" PRIu64 ")",
			       f->path, vu_request_name(request), m->u.u64);
	return 0;
}

static int front_set_u64(struct vhost_front *f, uint32_t request, uint64_t v,
			 struct err *e)
{
	struct vu_msg m = { .request = request, .size = sizeof(v), .u.u64 = v };

	return front_set(f, &m, e);
}

static int front_get_u64(struct vhost_front *f, uint32_t request, uint64_t *v,
			 struct err *e)
{
	struct vu_msg m = { .request = request };
	int ret = front_send(f, &m, e);

	if (!ret)
		ret = front_answer(f, request, sizeof(*v), &m, e);
	*v = ret < 0 ? 0 : m.u.u64;
	return ret;
}

static int front_set_state(struct vhost_front *f, uint32_t request,
			   uint32_t index, uint32_t num, struct err *e)
{
	struct vu_msg m = { .request = request,
			    .size = sizeof(struct vu_vring_state),
			    .u.state = { index, num } };

	return front_set(f, &m, e);
}

static int negotiate_protocol(struct vhost_front *f, struct err *e)
{
	uint64_t offered, queues;
	int ret;

	ret = front_get_u64(f, VU_GET_PROTOCOL_FEATURES, &offered, e);
	if (ret < 0)
		return ret;
	ret = front_set_u64(f, VU_SET_PROTOCOL_FEATURES,
			    offered & PROTOCOL_WANTED, e);
	if (ret < 0)
		return ret;
	f->protocol = offered & PROTOCOL_WANTED;
	if (!(f->protocol & (1ull << VU_F_MQ)))
		return 0;
	ret = front_get_u64(f, VU_GET_QUEUE_NUM, &queues, e);
	f->device_queues = (unsigned int)MIN(queues, UINT16_MAX);
	return ret;
}

int vhost_front_negotiate(struct vhost_front *f, uint64_t wanted, struct err *e)
{
	uint64_t protocol_bit = 1ull << VIRTIO_F_PROTOCOL_BIT;
	struct vu_msg owner = { .request = VU_SET_OWNER };
	int ret;

	ret = front_get_u64(f, VU_GET_FEATURES, &f->device_features, e);
	if (ret < 0)
		return ret;
	if (!(f->device_features & (1ull << VIRTIO_F_VERSION_1_BIT)))
		return err_set(e, -ENOTSUP,
			       "%s: the device does not offer "
			       "VIRTIO_F_VERSION_1 (features 0x%" PRIx64
			       "); legacy devices are not supported",
			       f->path, f->device_features);
	if (f->device_features & protocol_bit) {
		ret = negotiate_protocol(f, e);
		if (ret < 0)
			return ret;
	}
	ret = front_set(f, &owner, e);
	if (ret < 0)
		return ret;
	f->features = f->device_features & (wanted | protocol_bit);
	return front_set_u64(f, VU_SET_FEATURES, f->features, e);
}

int vhost_front_config(struct vhost_front *f, void *config, uint32_t bytes,
		       struct err *e)
{
	uint32_t head = offsetof(struct vu_config, data);
	struct vu_msg m = { .request = VU_GET_CONFIG,
			    .size = head + bytes,
			    .u.config = { .size = bytes } };
	int ret;

	if (!(f->protocol & (1ull << VU_F_CONFIG)))
		return 0;
	ret = front_send(f, &m, e);
	if (!ret)
		ret = front_answer(f, VU_GET_CONFIG, 0, &m, e);
	if (ret < 0)
		return ret;
	/* An empty answer means that the device refuses this range. */
	if (m.size <= head)
		return 0;
	bytes = MIN(bytes, MIN(m.u.config.size, m.size - head));
	memcpy(config, m.u.config.data, bytes);
	return (int)bytes;
}

int vhost_front_memory(struct vhost_front *f, int fd, uint64_t gpa,
		       const void *base, uint64_t bytes, struct err *e)
{
	struct vu_msg m = {
		.request = VU_SET_MEM_TABLE,
		.size = offsetof(struct vu_mem_table, region) +
			sizeof(struct vu_region),
		.u.memory = { .nr = 1,
			      .region = { { .gpa = gpa,
					    .bytes = bytes,
					    .uva = (uintptr_t)base } } },
		.nr_fds = 1,
		.fd = { fd },
	};

	return front_set(f, &m, e);
}

static int front_set_fd(struct vhost_front *f, uint32_t request, uint32_t index,
			int fd, struct err *e)
{
	struct vu_msg m = { .request = request,
			    .size = sizeof(uint64_t),
			    .u.u64 = index,
			    .nr_fds = 1,
			    .fd = { fd } };

	return front_set(f, &m, e);
}

static int front_set_addr(struct vhost_front *f,
			  const struct vhost_front_queue *q, struct err *e)
{
	struct vu_msg m = { .request = VU_SET_VRING_ADDR,
			    .size = sizeof(struct vu_vring_addr),
			    .u.addr = { .index = q->index,
					.desc = (uintptr_t)q->desc,
					.used = (uintptr_t)q->used,
					.avail = (uintptr_t)q->avail } };

	return front_set(f, &m, e);
}

int vhost_front_queue_start(struct vhost_front *f,
			    const struct vhost_front_queue *q, struct err *e)
{
	int ret;

	ret = front_set_state(f, VU_SET_VRING_NUM, q->index, q->num, e);
	if (!ret)
		ret = front_set_state(f, VU_SET_VRING_BASE, q->index, 0, e);
	if (!ret)
		ret = front_set_addr(f, q, e);
	if (!ret)
		ret = front_set_fd(f, VU_SET_VRING_CALL, q->index, q->call_fd,
				   e);
	if (!ret)
		ret = front_set_fd(f, VU_SET_VRING_KICK, q->index, q->kick_fd,
				   e);
	/* Without protocol features a ring starts enabled. */
	if (!ret && (f->features & (1ull << VIRTIO_F_PROTOCOL_BIT)))
		ret = front_set_state(f, VU_SET_VRING_ENABLE, q->index, 1, e);
	return ret < 0 ? err_prefix(e, ret, "queue %u", q->index) : 0;
}

int vhost_front_queue_stop(struct vhost_front *f, unsigned int index,
			   struct err *e)
{
	struct vu_msg m = { .request = VU_GET_VRING_BASE,
			    .size = sizeof(struct vu_vring_state),
			    .u.state = { index, 0 } };
	int ret = front_send(f, &m, e);

	return ret ? ret
		   : front_answer(f, VU_GET_VRING_BASE,
				  sizeof(struct vu_vring_state), &m, e);
}

bool vhost_front_gone(const struct vhost_front *f)
{
	struct pollfd p = { .fd = f->sock, .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0 &&
	       (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

int vhost_front_device_cpu_ns(const struct vhost_front *f, uint64_t *ns)
{
	struct timespec ts;
	clockid_t clock;

	if (f->device_pid <= 0)
		return -ENOENT;
	if (clock_getcpuclockid(f->device_pid, &clock) ||
	    clock_gettime(clock, &ts) < 0)
		return -ESRCH;
	*ns = (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
	return 0;
}

void vhost_front_close(struct vhost_front *f)
{
	if (f->sock >= 0)
		close(f->sock);
	f->sock = -1;
}
