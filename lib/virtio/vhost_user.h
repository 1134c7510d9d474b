/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_VHOST_USER_H
#define VIOPERF_VHOST_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/*
 * vhost-user messages, for both ends (QEMU docs/interop/vhost-user.rst).
 * A message is a header of 12 bytes, a payload of `size` bytes, and file
 * descriptors that come with the header. Everything is in host byte order.
 */
enum vu_request {
	VU_GET_FEATURES = 1,
	VU_SET_FEATURES = 2,
	VU_SET_OWNER = 3,
	VU_RESET_OWNER = 4,
	VU_SET_MEM_TABLE = 5,
	VU_SET_VRING_NUM = 8,
	VU_SET_VRING_ADDR = 9,
	VU_SET_VRING_BASE = 10,
	VU_GET_VRING_BASE = 11,
	VU_SET_VRING_KICK = 12,
	VU_SET_VRING_CALL = 13,
	VU_SET_VRING_ERR = 14,
	VU_GET_PROTOCOL_FEATURES = 15,
	VU_SET_PROTOCOL_FEATURES = 16,
	VU_GET_QUEUE_NUM = 17,
	VU_SET_VRING_ENABLE = 18,
	VU_GET_CONFIG = 24,
	VU_SET_CONFIG = 25,
	VU_GET_MAX_MEM_SLOTS = 36,
	VU_ADD_MEM_REG = 37,
	VU_REM_MEM_REG = 38,
	VU_REQUEST_COUNT
};

#define VU_F_MQ			 0
#define VU_F_REPLY_ACK		 3
#define VU_F_CONFIG		 9
#define VU_F_CONFIGURE_MEM_SLOTS 15

#define VU_VERSION	  0x1u
#define VU_VERSION_MASK	  0x3u
#define VU_FLAG_REPLY	  (1u << 2)
#define VU_FLAG_NEED_REPLY (1u << 3)

#define VU_VRING_INDEX_MASK 0xffu
#define VU_VRING_NO_FD	    (1u << 8)

#define VU_MAX_FDS	8
#define VU_MAX_REGIONS	8  /* of one SET_MEM_TABLE */
#define VU_CONFIG_MAX	256
#define VU_HEADER_BYTES 12

struct vu_vring_state {
	uint32_t index;
	uint32_t num;
};

struct vu_vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc; /* front end addresses, as all four */
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

struct vu_region {
	uint64_t gpa;
	uint64_t bytes;
	uint64_t uva;
	uint64_t offset; /* in the file */
};

struct vu_mem_table {
	uint32_t nr;
	uint32_t padding;
	struct vu_region region[VU_MAX_REGIONS];
};

struct vu_mem_reg { /* ADD_MEM_REG, REM_MEM_REG */
	uint64_t padding;
	struct vu_region region;
};

struct vu_config {
	uint32_t offset;
	uint32_t size;
	uint32_t flags;
	uint8_t data[VU_CONFIG_MAX];
};

struct vu_msg {
	uint32_t request;
	uint32_t flags;
	uint32_t size; /* of the payload */
	union {
		uint64_t u64;
		struct vu_vring_state state;
		struct vu_vring_addr addr;
		struct vu_mem_table memory;
		struct vu_mem_reg mem_reg;
		struct vu_config config;
	} u;
	int nr_fds;
	int fd[VU_MAX_FDS];
};

/* What is known of a request: its payload's bounds and how many fds it may
 * carry. name is NULL for requests this program does not speak. */
struct vu_request_info {
	const char *name;
	uint16_t min_bytes;
	uint16_t max_bytes;
	uint16_t max_fds;
	bool replies; /* has an answer of its own, without REPLY_ACK */
};

const struct vu_request_info *vu_request_info(uint32_t request);

/* Name for messages, never NULL. */
const char *vu_request_name(uint32_t request);

/* Send @m with its fds (which stay the caller's). 0 or -errno. */
int vu_send(int sock, const struct vu_msg *m, struct err *e);

/* Receive one whole message. 1; 0 on end of file; -errno: a broken header
 * (-EPROTO: version, size beyond the structure, too many fds), a time-out
 * (SO_RCVTIMEO, -ETIMEDOUT), or the socket's error. On 1 the fds in @m are
 * the caller's to close, on anything else none is left open. */
int vu_recv(int sock, struct vu_msg *m, struct err *e);

/* Check a request's payload size and fds against the table: what a back end
 * does before it looks inside. 0 or -EPROTO. */
int vu_check_request(const struct vu_msg *m, struct err *e);

/* Close the fds of @m from index @from on. */
void vu_close_fds(struct vu_msg *m, int from);

/* Take ownership of fd @i, leaving -1: what is taken is not closed above. */
int vu_take_fd(struct vu_msg *m, int i);

#endif
