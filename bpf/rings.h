/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RINGS_H
#define VIOPERF_RINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"
#include "bpf/kernel/trace_types.h"

/*
 * Which processes and descriptors the tracer watches. An eventfd that two
 * processes share is recognised by its eventfd-id in /proc/PID/fdinfo; each
 * process may hold it under several numbers, and all of them are watched.
 */
struct rings_ring {
	unsigned int queue;	  /* with --pid: index of the eventfd */
	pid_t tid;		  /* the driver's thread, 0: unknown */
	uint64_t times;		  /* of a bare guest, in its VMM; 0: none */
	int64_t tsc_offset;	  /* the guest's TSC less the host's */
	char name[48];		  /* of a VM's; "": its queue's number */
	char server[32];	  /* of a VM's: "name[pid]" of the back end */
	uint64_t id[TRACE_KINDS]; /* eventfd-id */
	bool has[TRACE_KINDS];
	unsigned int nr_holders; /* --pid: who holds the eventfd */
	pid_t holder[TRACE_MAX_PROCS];
};

struct rings_fd {
	struct trace_fd_key key;
	struct trace_fd fd;
};

/* A watched process, as people know it, and which end of a ring it is. */
struct rings_peer {
	char name[20];
	bool known; /* the role is */
	enum trace_role role;
};

/* How a guest kicks. */
struct rings_doorbell {
	struct trace_doorbell key;
	uint32_t ring; /* or TRACE_RING_OF_THREAD */
};

struct rings {
	bool by_pid;
	bool vhost; /* a device may be in the kernel */
	pid_t vm;   /* the process whose VM this is, 0: none */
	uint32_t vcpu[TRACE_MAX_VCPUS]; /* its threads */
	unsigned int nr_vcpus;
	bool weights; /* what is written counts requests */
	bool poll; /* the driver polls: no call wakes it */
	struct rings_doorbell doorbell[TRACE_MAX_RINGS];
	unsigned int nr_doorbells;
	unsigned int nr_left_out; /* rings and vCPUs that there was no room for */
	unsigned int nr_rings;
	unsigned int nr_procs;
	unsigned int nr_fds;
	struct rings_ring ring[TRACE_MAX_RINGS];
	struct trace_proc proc[TRACE_MAX_PROCS];
	struct rings_peer peer[TRACE_MAX_PROCS]; /* --pid: of each of them */
	struct rings_fd fd[TRACE_MAX_FDS];
};

/* Read a rings file and find the peer's descriptors. 0 or -errno and @e. */
int rings_from_file(struct rings *r, const char *path, struct err *e);

/* The doorbells and interrupts of the VM that @pid runs, a ring each, since
 * nothing says which of them belong to one queue. -ENODEV: it runs none. */
int rings_from_vm(struct rings *r, pid_t pid, struct err *e);

/* Name a VM's rings after its devices, which the monitor at the socket @qmp
 * knows. One client at a time talks to a monitor. 0 or -errno and @e. */
int rings_name_vm(struct rings *r, const char *qmp, struct err *e);

/* Every eventfd of @pids that another process holds as well. */
int rings_from_pids(struct rings *r, const pid_t *pids, unsigned int nr,
		    struct err *e);

/* What @pid is called, and which end its program is known to be, by
 * rings_peer.c. */
void rings_know_peer(struct rings_peer *p, pid_t pid);

/* Does @pid run a QEMU that emulates a machine? */
bool rings_is_emulator(pid_t pid);

/* Add the workers that serve @pid's rings in the kernel, and tell by r->vhost
 * whether there are any. */
int rings_add_vhost(struct rings *r, pid_t pid, struct err *e);

/* Is @pid a process, and not one thread of it? 0 or -errno and @e. */
int rings_check_process(pid_t pid, struct err *e);

/* Who holds which eventfd, of all processes that can be read: one walk through
 * /proc, which takes long where many descriptors are open. */
struct rings_holders {
	struct rings_holder {
		uint64_t id;
		pid_t pid;
	} *at; /* a process once for each descriptor */
	size_t nr, room;
};

/* 0 or -errno; to be freed in any case. */
int rings_scan_holders(struct rings_holders *h);
void rings_free_holders(struct rings_holders *h);

/* Processes other than @except that hold eventfd @id, up to @max of them. */
unsigned int rings_holders_of(const struct rings_holders *h, uint64_t id,
			      pid_t except, pid_t *pids, unsigned int max);

/* Call @fn for each eventfd of @pid until it returns non-zero, which is then
 * returned. -ESRCH or -EACCES where the process cannot be read. */
int rings_each_eventfd(pid_t pid,
		       int (*fn)(void *arg, pid_t pid, int fd, uint64_t id),
		       void *arg);

/* Add what @pid holds of eventfd @id to the watched descriptors; returns how
 * many that were, or -errno. */
int rings_add_fds(struct rings *r, pid_t pid, uint64_t id,
		  const struct trace_fd *fd);
int rings_add_proc(struct rings *r, pid_t pid, enum trace_role role,
		   unsigned int ring, struct err *e);

#endif
