/* SPDX-License-Identifier: MIT */
#include "vhost_user.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/util.h"

#define STATE	sizeof(struct vu_vring_state)
#define ADDR	sizeof(struct vu_vring_addr)
#define REGION	sizeof(struct vu_region)
#define MEM_REG sizeof(struct vu_mem_reg)
#define CONFIG	offsetof(struct vu_config, data)

/* clang-format off */
static const struct vu_request_info requests[VU_REQUEST_COUNT] = {
	/*			     name		min	max	fds reply */
	[VU_GET_FEATURES]	   = { "GET_FEATURES",	 0,	 0,	 0, true },
	[VU_SET_FEATURES]	   = { "SET_FEATURES",	 8,	 8,	 0 },
	[VU_SET_OWNER]		   = { "SET_OWNER",	 0,	 8,	 0 },
	[VU_RESET_OWNER]	   = { "RESET_OWNER",	 0,	 8,	 0 },
	[VU_SET_MEM_TABLE]	   = { "SET_MEM_TABLE",	 8, 8 + VU_MAX_REGIONS * REGION, VU_MAX_REGIONS },
	[VU_SET_VRING_NUM]	   = { "SET_VRING_NUM",	 STATE,	 STATE,	 0 },
	[VU_SET_VRING_ADDR]	   = { "SET_VRING_ADDR", ADDR,	 ADDR,	 0 },
	[VU_SET_VRING_BASE]	   = { "SET_VRING_BASE", STATE,	 STATE,	 0 },
	[VU_GET_VRING_BASE]	   = { "GET_VRING_BASE", STATE,	 STATE,	 0, true },
	[VU_SET_VRING_KICK]	   = { "SET_VRING_KICK", 8,	 8,	 1 },
	[VU_SET_VRING_CALL]	   = { "SET_VRING_CALL", 8,	 8,	 1 },
	[VU_SET_VRING_ERR]	   = { "SET_VRING_ERR",	 8,	 8,	 1 },
	[VU_GET_PROTOCOL_FEATURES] = { "GET_PROTOCOL_FEATURES", 0, 0,	 0, true },
	[VU_SET_PROTOCOL_FEATURES] = { "SET_PROTOCOL_FEATURES", 8, 8,	 0 },
	[VU_GET_QUEUE_NUM]	   = { "GET_QUEUE_NUM",	 0,	 0,	 0, true },
	[VU_SET_VRING_ENABLE]	   = { "SET_VRING_ENABLE", STATE, STATE, 0 },
	[VU_GET_CONFIG]		   = { "GET_CONFIG", CONFIG, CONFIG + VU_CONFIG_MAX, 0, true },
	[VU_SET_CONFIG]		   = { "SET_CONFIG", CONFIG, CONFIG + VU_CONFIG_MAX, 0 },
	[VU_GET_MAX_MEM_SLOTS]	   = { "GET_MAX_MEM_SLOTS", 0,	 0,	 0, true },
	[VU_ADD_MEM_REG]	   = { "ADD_MEM_REG",	 MEM_REG, MEM_REG, 1 },
	[VU_REM_MEM_REG]	   = { "REM_MEM_REG",	 MEM_REG, MEM_REG, 1 },
};
/* clang-format on */

const struct vu_request_info *vu_request_info(uint32_t request)
{
	if (request >= VU_REQUEST_COUNT || !requests[request].name)
		return NULL;
	return &requests[request];
}

const char *vu_request_name(uint32_t request)
{
	const struct vu_request_info *info = vu_request_info(request);

	return info ? info->name : "unknown request";
}

int vu_send(int sock, const struct vu_msg *m, struct err *e)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * VU_MAX_FDS)];
	} control;
	/* Two pieces: in memory the payload is aligned, on the wire not. */
	struct iovec iov[] = { { (void *)m, VU_HEADER_BYTES },
			       { (void *)&m->u, m->size } };
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };
	size_t fd_bytes = sizeof(int) * (size_t)m->nr_fds;
	struct cmsghdr *c;
	ssize_t n;

	if (m->nr_fds) {
		memset(&control, 0, sizeof(control));
		mh.msg_control = control.buf;
		mh.msg_controllen = CMSG_SPACE(fd_bytes);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fd_bytes);
		memcpy(CMSG_DATA(c), m->fd, fd_bytes);
	}
	do
		n = sendmsg(sock, &mh, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, -errno, "cannot send %s: %s",
			       vu_request_name(m->request), strerror(errno));
	if ((size_t)n != VU_HEADER_BYTES + m->size)
		return err_set(e, -EIO, "%s sent only in part",
			       vu_request_name(m->request));
	return 0;
}

/* Collect the fds that came with the header. */
static int take_fds(struct msghdr *mh, struct vu_msg *m)
{
	int extra = 0, fd, i, n;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + sizeof(int) * (size_t)i,
			       sizeof(fd));
			if (m->nr_fds < VU_MAX_FDS)
				m->fd[m->nr_fds++] = fd;
			else if (++extra)
				close(fd);
		}
	}
	return extra || (mh->msg_flags & MSG_CTRUNC) ? -EPROTO : 0;
}

static ssize_t recv_part(int sock, struct msghdr *mh)
{
	ssize_t n;

	do
		n = recvmsg(sock, mh, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return n;
}

static int recv_header(int sock, struct vu_msg *m, struct err *e)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * (VU_MAX_FDS + 8))];
	} control;
	struct iovec iov = { m, VU_HEADER_BYTES };
	struct msghdr mh = { .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf) };
	ssize_t n = recv_part(sock, &mh);

	if (n < 0)
		return err_set(e, (int)n, "cannot receive a message: %s",
			       strerror((int)-n));
	if (!n)
		return 0;
	if (take_fds(&mh, m) < 0)
		return err_set(e, -EPROTO, "%s with more than %d fds",
			       vu_request_name(m->request), VU_MAX_FDS);
	if (n != VU_HEADER_BYTES)
		return err_set(e, -EPROTO, "message header cut off after %zd "
			       "bytes", n);
	return 1;
}

static int recv_payload(int sock, struct vu_msg *m, struct err *e)
{
	struct iovec iov = { &m->u, m->size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if ((m->flags & VU_VERSION_MASK) != VU_VERSION)
		return err_set(e, -EPROTO, "%s: protocol version %u, not 1",
			       vu_request_name(m->request),
			       m->flags & VU_VERSION_MASK);
	if (m->size > sizeof(m->u))
		return err_set(e, -EPROTO, "%s: length %u beyond %zu",
			       vu_request_name(m->request), m->size,
			       sizeof(m->u));
	if (!m->size)
		return 1;
	n = recv_part(sock, &mh);
	if (n < 0)
		return err_set(e, (int)n, "%s: cannot receive the payload: %s",
			       vu_request_name(m->request), strerror((int)-n));
	if ((size_t)n != m->size)
		return err_set(e, -EPROTO, "%s: cut off after %zd of %u bytes",
			       vu_request_name(m->request), n, m->size);
	return 1;
}

int vu_recv(int sock, struct vu_msg *m, struct err *e)
{
	int ret;

	memset(m, 0, sizeof(*m));
	ret = recv_header(sock, m, e);
	if (ret > 0)
		ret = recv_payload(sock, m, e);
	if (ret <= 0)
		vu_close_fds(m, 0);
	return ret;
}

int vu_check_request(const struct vu_msg *m, struct err *e)
{
	const struct vu_request_info *info = vu_request_info(m->request);

	if (!info)
		return err_set(e, -EPROTO, "unknown request %u", m->request);
	if (m->size < info->min_bytes || m->size > info->max_bytes)
		return err_set(e, -EPROTO, "%s: length %u, not %u to %u",
			       info->name, m->size, info->min_bytes,
			       info->max_bytes);
	if (m->nr_fds > info->max_fds)
		return err_set(e, -EPROTO, "%s: %d fds, at most %u belong",
			       info->name, m->nr_fds, info->max_fds);
	return 0;
}

void vu_close_fds(struct vu_msg *m, int from)
{
	int i;

	for (i = from; i < m->nr_fds; i++)
		if (m->fd[i] >= 0)
			close(m->fd[i]);
	m->nr_fds = MIN(m->nr_fds, from);
}

int vu_take_fd(struct vu_msg *m, int i)
{
	int fd = m->fd[i];

	m->fd[i] = -1;
	return fd;
}
