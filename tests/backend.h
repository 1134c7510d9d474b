/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TESTS_BACKEND_H
#define VIOPERF_TESTS_BACKEND_H

/* A small vhost-user back end in a thread, honest but for what a test adds.
 * For one test program; include after cmocka.h. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/virtio/guest_memory.h"
#include "lib/virtio/ring_split.h"
#include "lib/virtio/vhost_user.h"

#define QUEUES 2

struct backend;

/*
 * One way to misbehave. answer() sees each reply before it is sent and may
 * change it, or return false to end the connection; ring() is called once the
 * first requests of the first queue are in the ring.
 */
struct hostile {
	const char *name;
	bool (*answer)(struct backend *b, struct vu_msg *m);
	bool (*ring)(struct backend *b);
	int ret;	  /* what load_run returns */
	const char *says; /* in its message */
};

struct backend {
	const struct hostile *how;
	char path[64];
	int listener;
	int sock;
	struct guest_memory *mem;
	struct ring_device ring; /* of queue 0 */
	struct ring_chain chain;
	int kick_fd, call_fd;
	bool misbehaved;
	pthread_t thread;
};

static void reply_u64(struct vu_msg *m, uint64_t v)
{
	m->size = sizeof(v);
	m->u.u64 = v;
}

static uint64_t features(void)
{
	return (1ull << VIRTIO_F_VERSION_1_BIT) |
	       (1ull << VIRTIO_F_PROTOCOL_BIT) |
	       (1ull << VIRTIO_F_EVENT_IDX_BIT) |
	       (1ull << VIRTIO_F_INDIRECT_BIT);
}

static void take_memory(struct backend *b, struct vu_msg *m)
{
	const struct vu_region *r = &m->u.memory.region[0];
	struct err e;

	b->mem = guest_memory_new();
	assert_non_null(b->mem);
	assert_int_equal(guest_memory_add(b->mem, r->gpa, r->bytes, r->uva,
					  m->fd[0], r->offset, &e),
			 0);
	b->ring.mem = b->mem;
}

static void take_addr(struct backend *b, const struct vu_vring_addr *a)
{
	uint16_t num = b->ring.num;

	b->ring.split.desc =
		guest_memory_at_user(b->mem, a->desc, split_desc_bytes(num));
	b->ring.split.avail =
		guest_memory_at_user(b->mem, a->avail, split_avail_bytes(num));
	b->ring.split.used =
		guest_memory_at_user(b->mem, a->used, split_used_bytes(num));
	split_set_base(&b->ring, 0);
}

static void put_config(struct vu_msg *m)
{
	uint64_t sectors = 2048;

	memset(m->u.config.data, 0, m->u.config.size);
	memcpy(m->u.config.data, &sectors, sizeof(sectors));
}

static void handle(struct backend *b, struct vu_msg *m)
{
	switch (m->request) {
	case VU_GET_FEATURES:
		reply_u64(m, features());
		break;
	case VU_GET_PROTOCOL_FEATURES:
		reply_u64(m, (1ull << VU_F_MQ) | (1ull << VU_F_REPLY_ACK) |
				     (1ull << VU_F_CONFIG));
		break;
	case VU_GET_QUEUE_NUM:
		reply_u64(m, QUEUES);
		break;
	case VU_GET_CONFIG:
		put_config(m);
		break;
	case VU_SET_MEM_TABLE:
		take_memory(b, m);
		break;
	case VU_SET_FEATURES:
		b->ring.event_idx = m->u.u64 >> VIRTIO_F_EVENT_IDX_BIT & 1;
		b->ring.indirect = m->u.u64 >> VIRTIO_F_INDIRECT_BIT & 1;
		break;
	case VU_SET_VRING_NUM:
		b->ring.num = (uint16_t)m->u.state.num;
		break;
	case VU_SET_VRING_ADDR:
		take_addr(b, &m->u.addr);
		break;
	case VU_SET_VRING_KICK:
		b->kick_fd = vu_take_fd(m, 0);
		break;
	case VU_SET_VRING_CALL:
		b->call_fd = vu_take_fd(m, 0);
		break;
	}
}

static bool answer(struct backend *b, struct vu_msg *m)
{
	const struct vu_request_info *info = vu_request_info(m->request);
	bool ack = m->flags & VU_FLAG_NEED_REPLY && !info->replies;
	struct err e;

	if (!info->replies && !ack)
		return true;
	if (ack)
		reply_u64(m, 0);
	vu_close_fds(m, 0);
	m->flags = VU_VERSION | VU_FLAG_REPLY;
	if (b->how->answer && !b->how->answer(b, m))
		return false;
	return vu_send(b->sock, m, &e) == 0;
}

static bool serve_message(struct backend *b)
{
	struct vu_msg m;
	struct err e;
	bool alive;

	if (vu_recv(b->sock, &m, &e) <= 0)
		return false;
	handle(b, &m);
	alive = answer(b, &m);
	vu_close_fds(&m, 0);
	return alive;
}

static void call(struct backend *b)
{
	uint64_t one = 1;

	assert_int_equal(write(b->call_fd, &one, sizeof(one)), sizeof(one));
}

static bool serve_ring(struct backend *b)
{
	struct pollfd p[2] = { { b->sock, POLLIN, 0 },
			       { b->kick_fd, POLLIN, 0 } };

	poll(p, b->misbehaved ? 1 : 2, -1);
	if (p[1].revents && !b->misbehaved)
		return b->how->ring(b);
	return serve_message(b);
}

static void *backend_main(void *arg)
{
	struct backend *b = arg;
	bool alive = true;

	b->sock = accept(b->listener, NULL, NULL);
	while (alive)
		alive = b->kick_fd >= 0 && b->how->ring ? serve_ring(b)
							: serve_message(b);
	close(b->sock);
	return NULL;
}

static void backend_open(struct backend *b, const struct hostile *how)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	*b = (struct backend){ .how = how, .kick_fd = -1, .call_fd = -1 };
	snprintf(b->path, sizeof(b->path), "/tmp/vioperf-hostile-%d",
		 (int)getpid());
	unlink(b->path);
	strcpy(addr.sun_path, b->path);
	b->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(b->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(b->listener, 1), 0);
	assert_int_equal(pthread_create(&b->thread, NULL, backend_main, b), 0);
}

static void backend_close(struct backend *b)
{
	pthread_join(b->thread, NULL);
	close(b->listener);
	if (b->kick_fd >= 0)
		close(b->kick_fd);
	if (b->call_fd >= 0)
		close(b->call_fd);
	guest_memory_put(b->mem);
	unlink(b->path);
}

#endif
