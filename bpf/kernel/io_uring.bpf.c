/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * The device's I/O through io_uring: from the submission of a request to its
 * completion. The only view on the I/O of a device that does not stamp.
 * Requests that wait for an event (poll, timeout, a read of an eventfd or a
 * socket) are no I/O: the opcode tells at submission, the file at completion,
 * because the file is not yet known when a request is submitted.
 */
#include "trace_bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Bit n: opcode n is I/O. */
const volatile __u64 io_opcodes;

struct io_start {
	__u64 t_ns;
	__u32 ring;
	__u32 no_request; /* its completion does not show the request */
};

/* By address of the kernel's request, before 6.0 by the user's data of it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct io_start);
} inflight SEC(".maps");

/* Requests for which there was no room. */
__u64 nr_lost;

#define MODE_TYPE	0170000
#define MODE_REGULAR	0100000
#define MODE_BLOCK	0060000
#define MODE_CHARACTER	0020000
#define MAGIC_ANON_INODE 0x09041934 /* newer ones claim to be regular files */

static __always_inline int is_storage(struct io_kiocb *req)
{
	struct inode *inode = BPF_CORE_READ(req, file, f_inode);
	__u16 type = BPF_CORE_READ(inode, i_mode) & MODE_TYPE;

	if (type == MODE_BLOCK || type == MODE_CHARACTER)
		return 1;
	return type == MODE_REGULAR &&
	       BPF_CORE_READ(inode, i_sb, s_magic) != MAGIC_ANON_INODE;
}

/* The ring whose kicks wake this thread, or its process's first. */
static __always_inline __u32 ring_of(__u32 tid, __u32 proc)
{
	const struct trace_thread *t = bpf_map_lookup_elem(&threads, &tid);

	if (t && t->serves)
		return t->serves - 1;
	return proc_at(proc)->ring;
}

static __always_inline int on_submit(__u64 key, __u8 opcode, __u32 no_request)
{
	__u64 id = bpf_get_current_pid_tgid();
	int proc = proc_find(id >> 32);
	struct io_start start = { .no_request = no_request };

	if (proc < 0 || opcode > 63 || !(io_opcodes & (1ull << opcode)))
		return 0;
	start.ring = ring_of((__u32)id, proc);
	start.t_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&inflight, &key, &start, BPF_ANY) < 0)
		__sync_fetch_and_add(&nr_lost, 1);
	return 0;
}

/* Workers and the SQPOLL thread belong to the device's process too. */
static __always_inline int on_complete(__u64 key)
{
	__u64 now;
	struct io_start start, *found;

	if (proc_find(bpf_get_current_pid_tgid() >> 32) < 0)
		return 0;
	found = bpf_map_lookup_elem(&inflight, &key);
	if (!found)
		return 0;
	start = *found;
	bpf_map_delete_elem(&inflight, &key);
	now = bpf_ktime_get_ns();
	if (window_holds(now) &&
	    (start.no_request || is_storage((struct io_kiocb *)key)))
		hist_record(start.ring, now - start.t_ns, 1, 1);
	return 0;
}

/* 6.3 and later. */
SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(submit_req_btf, struct io_kiocb *req)
{
	return on_submit((__u64)req, req->opcode, 0);
}

SEC("raw_tp/io_uring_submit_req")
int BPF_PROG(submit_req_raw, struct io_kiocb *req)
{
	return on_submit((__u64)req, BPF_CORE_READ(req, opcode), 0);
}

/* 6.0 to 6.2. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(submit_sqe_btf, struct io_kiocb *req)
{
	return on_submit((__u64)req, req->opcode, 0);
}

/* Before that, with other arguments: tried after the one that reads through
 * its first argument, which is refused here, where it has no type. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(submit_old_btf, void *ring_ctx, void *req, __u8 opcode,
	     __u64 user_data)
{
	return on_submit(user_data, opcode, 1);
}

/* The request is an untyped pointer here, and null for an extra completion;
 * before 6.0 it is the user's data. */
SEC("tp_btf/io_uring_complete")
int BPF_PROG(complete_btf, void *ring_ctx, void *req)
{
	return on_complete((__u64)req);
}

SEC("raw_tp/io_uring_complete")
int BPF_PROG(complete_raw, void *ring_ctx, void *req)
{
	return on_complete((__u64)req);
}
