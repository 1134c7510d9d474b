/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_KVM_GUEST_H
#define VIOPERF_KVM_GUEST_H

#include <stdint.h>

/*
 * What the bare guest (kvm_guest.c) and its host (kvm_vm.c) share: 32 bits,
 * flat, no paging, so a guest-physical address is a pointer there. Its own
 * memory begins at 0; the memory that it shares with the device lies where
 * the device knows it (LOAD_GPA).
 */
#define KVM_GUEST_GDT	   0x0800u
#define KVM_GUEST_IDT	   0x0900u
#define KVM_GUEST_CODE	   0x2000u
#define KVM_GUEST_STACK	   0x80000 /* grows down from here */
#define KVM_GUEST_CONTROL  0x80000u
#define KVM_GUEST_TIMES	   0x88000u
#define KVM_GUEST_SLOTS	   0x90000u /* of 64 bytes, RING_SIZE_MAX of them */
#define KVM_GUEST_INFLIGHT 0xa0000u
#define KVM_GUEST_LOG	   0x100000u
#define KVM_GUEST_BYTES	   0x400000u

#define KVM_GUEST_LOG_ENTRIES 65536u /* of 32 bytes; a power of two */

#define KVM_GUEST_VECTOR    0x40
#define KVM_GUEST_APIC	    0xfee00000
#define KVM_GUEST_KICK_MMIO 0xd0000000u
#define KVM_GUEST_KICK_PORT 0x500
#define KVM_GUEST_EXIT_PORT 0x501
/* Verify: the host builds the request of a slot, and looks at its answer. */
#define KVM_GUEST_NEXT_PORT 0x502
#define KVM_GUEST_DONE_PORT 0x503

/* A finished request. The host knows which belong to its window. */
#define KVM_LOG_KICKED	   1u /* published together with a kick */
#define KVM_LOG_KICK_FIRST 2u /* the first of those: counts kicks */
#define KVM_LOG_CALLED	   4u /* found right after an interrupt woke us */
#define KVM_LOG_CALL_FIRST 8u
#define KVM_LOG_ERROR	   16u
#define KVM_LOG_WRITE	   32u
#define KVM_LOG_PUBLISHED  64u /* the first of those shown together */
#define KVM_LOG_BAD_LENGTH 128u

struct kvm_guest_log {
	uint64_t start; /* added, by the guest's TSC; what follows is after it */
	uint32_t published;
	uint32_t ticks;	  /* reaped */
	uint32_t handler; /* before it was reaped; called requests only */
	uint32_t flags;
	uint32_t seq;  /* in the order of the available ring */
	uint32_t head; /* of its chain */
};

struct kvm_guest_slot {
	uint64_t seg_addr[3]; /* header, data, status */
	uint32_t seg_len[3];
	uint32_t flags;
	uint64_t start;
	uint32_t published;
	uint32_t seq;
	uint32_t pad[2];
};

struct kvm_guest_failure {
	uint32_t seen, type, status;
	uint32_t sector[2]; /* low, high */
};

struct kvm_guest_control {
	/* the host's, before the start */
	uint32_t num, event_idx, indirect, indirect_max;
	uint32_t desc, avail, used, indirect_table;
	uint32_t depth, poll, kick_port;
	uint32_t random, read_percent;
	uint32_t first_block, nr_blocks, sectors_per_block;
	uint32_t seed, verify;
	/* the host's, at any time */
	uint32_t stop;
	uint32_t log_tail;
	uint32_t next; /* verify: enum kvm_guest_next of the slot asked for */
	uint32_t pad[11];
	/* the guest's; counters wrap, the host takes differences */
	uint32_t log_head;
	uint32_t in_flight;
	uint32_t halts, interrupts, spurious;
	uint32_t log_full;  /* requests that found no room in the log */
	uint32_t broken;    /* -errno of the ring */
	uint32_t kick_timed;
	uint64_t kick_ticks;    /* from before the doorbell to after it */
	uint32_t done_len;	/* verify: used.len of the slot that is done */
	uint32_t done_head;
	uint32_t kicked_at; /* available index that the last kick announced */
	uint32_t failed, unsupported; /* requests, all */
	struct kvm_guest_failure first; /* that failed */
	struct kvm_guest_failure broke; /* with a status that no device gives;
					 * seen: it is the end */
};

enum kvm_guest_next { KVM_NEXT_NONE, KVM_NEXT_READ, KVM_NEXT_WRITE };

/* By the guest's TSC, for a tracer that looks while the guest stands still. */
struct kvm_guest_times {
	uint64_t kick;	  /* before the last doorbell */
	uint64_t announced; /* requests that it announced */
	uint64_t handler; /* its interrupt handler entered, the last time that
			   * something was done then */
};

#endif
