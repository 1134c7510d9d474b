/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RING_H
#define VIOPERF_RING_H

/*
 * What the two halves of a virtqueue have in common, whatever its layout
 * (virtio 1.2, section 2.6 on). The layouts are headers of their own with
 * both halves side by side (ring_split.h), so that each barrier has its
 * partner in the same file.
 *
 * A loop over a ring is written once as an always-inline function that takes
 * a `const struct ring_driver_ops *` (or device), and instantiated with each
 * layout's constant table: the compiler then inlines every operation.
 *
 * This header and the driver halves also compile freestanding.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util.h"

#define RING_SIZE_MAX  1024 /* ours; the specification allows 32768 */
#define RING_CHAIN_MAX 132  /* segments of a chain, as pieces of host memory */

/* Feature bits that concern rings (virtio 1.2, section 6). */
#define VIRTIO_F_INDIRECT_BIT	 28
#define VIRTIO_F_EVENT_IDX_BIT	 29
#define VIRTIO_F_PROTOCOL_BIT	 30 /* vhost-user: protocol features */
#define VIRTIO_F_VERSION_1_BIT	 32
#define VIRTIO_F_RING_PACKED_BIT 34

/* Only the compiler is kept from reordering: enough between plain loads and
 * stores of one CPU on x86 (TSO); elsewhere real barriers. A store followed
 * by a load of another line needs ring_fence() everywhere. */
#if defined(__x86_64__) || defined(__i386__)
#define ring_acquire() __asm__ __volatile__("" ::: "memory")
#define ring_release() __asm__ __volatile__("" ::: "memory")
#else
#define ring_acquire() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define ring_release() __atomic_thread_fence(__ATOMIC_RELEASE)
#endif
#define ring_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* A shared word is read and written once, whole. */
#define ring_load(p)	 __atomic_load_n(p, __ATOMIC_RELAXED)
#define ring_store(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)

/* ThreadSanitizer does not see fences and compiler barriers: give it the
 * ordering that the barriers stand for. */
#ifdef __SANITIZE_THREAD__
#define ring_load_acquire(p)	 __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define ring_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#else
#define ring_load_acquire(p)                                              \
	({                                                                \
		__typeof__(*(p)) v_ = ring_load(p);                       \
		ring_acquire();                                           \
		v_;                                                       \
	})
#define ring_store_release(p, v)                                          \
	do {                                                              \
		ring_release();                                           \
		ring_store(p, v);                                         \
	} while (0)
#endif

/* virtio 1.2, 2.7.10: is @event among the indices old … new - 1? */
static __always_inline bool ring_need_event(uint16_t event, uint16_t new_idx,
					    uint16_t old)
{
	return (uint16_t)(new_idx - event - 1) < (uint16_t)(new_idx - old);
}

/* A buffer segment in guest addresses, as the driver adds it. */
struct ring_seg {
	uint64_t addr;
	uint32_t len;
};

/*
 * Chains that one half adds or pushes before it shows them, in a long burst:
 * the other half begins while the rest is still being made. Fewer cost more
 * turns of the index's cache line between the two CPUs; more leave the other
 * half waiting (docs/performance.md). A power of two.
 */
#define RING_SHOW_EVERY 8

/* What the driver remembers of a chain in flight, indexed by its id. */
struct ring_inflight {
	uint16_t ndesc; /* 0: not in flight */
	uint16_t next;	/* free list */
	uint32_t in_bytes;
	uint64_t cookie; /* the caller's */
};

/* A chain that came back. */
struct ring_done {
	uint64_t cookie;
	uint32_t len; /* bytes the device says it wrote */
	uint16_t id;
};

struct split_desc;
struct split_avail;
struct split_used;

/*
 * The driver half. All that decides anything is private memory; of the
 * shared ring only used.idx, used elements and the two event words are read,
 * and checked.
 */
struct ring_driver {
	uint16_t num;
	bool event_idx;
	bool indirect;
	uint16_t num_free;
	uint16_t free_head;
	uint16_t avail_idx; /* next to fill */
	uint16_t published; /* what the last publish decided about */
	uint16_t used_idx;  /* next to reap */
	struct {
		struct split_desc *desc;
		struct split_avail *avail;
		struct split_used *used;
	} split;
	/* num tables of indirect_max descriptors, and their guest address */
	struct split_desc *indirect_table;
	uint64_t indirect_gpa;
	uint16_t indirect_max;
	struct ring_inflight *inflight; /* num entries */
};

/*
 * The contract of a layout, driver half:
 *   add	 a chain of @nr_out readable, then writable segments; 0, -ENOSPC
 *   show	 make what was added visible, and decide about no kick: the next
 *		 publish does, for all since the one before
 *   publish	 make what was added visible; true: the device wants a kick
 *   reap	 one finished chain: 1, 0 none, -EPROTO the device broke the ring
 *   arm	 ask for a call once @n more are done; true: may sleep
 *   disarm	 ask for no calls while polling
 *   missed	 does the device say that it waits for something that was
 *		 published after @since? If no kick was sent since, it was lost
 *   detach	 one chain that is still in flight, after the device is gone: 1, 0
 */
struct ring_driver_ops {
	const char *name;
	int (*add)(struct ring_driver *r, const struct ring_seg *seg,
		   unsigned int nr_out, unsigned int nr_in, uint64_t cookie);
	void (*show)(struct ring_driver *r);
	bool (*publish)(struct ring_driver *r);
	int (*reap)(struct ring_driver *r, struct ring_done *done);
	bool (*arm)(struct ring_driver *r, uint16_t n);
	void (*disarm)(struct ring_driver *r);
	bool (*missed)(const struct ring_driver *r, uint16_t since);
	int (*detach)(struct ring_driver *r, struct ring_done *done);
};

#if __STDC_HOSTED__
#include <sys/uio.h>

struct guest_memory;

/*
 * A chain as the device sees it, every address checked and translated: first
 * nr_out readable, then nr_in writable pieces. It belongs to the caller and
 * outlives asynchronous completion; push needs id and ndesc.
 */
struct ring_chain {
	uint16_t id;
	uint16_t ndesc;
	uint16_t nr_out;
	uint16_t nr_in;
	uint64_t out_bytes;
	uint64_t in_bytes;
	struct iovec iov[RING_CHAIN_MAX];
};

/* The device half. */
struct ring_device {
	uint16_t num;
	bool event_idx;
	bool indirect;
	uint16_t avail_idx;   /* as last seen */
	uint16_t last_avail;  /* next to pop */
	uint16_t used_idx;    /* next to fill */
	uint16_t published;   /* what the last publish decided about */
	uint16_t avail_event; /* as last written */
	struct {
		struct split_desc *desc;
		struct split_avail *avail;
		struct split_used *used;
	} split;
	struct guest_memory *mem;
	const char *broken; /* why pop said -EPROTO */
};

/*
 * The contract of a layout, device half:
 *   pop	 the next chain: 1, 0 none, -EPROTO the driver broke the ring
 *   unpop	 give back the last @n popped (mergeable receive buffers)
 *   push	 a finished chain, not yet visible
 *   show	 make what was pushed visible, and decide about no call: the next
 *		 publish does, for all since the one before
 *   publish	 make what was pushed visible; true: the driver wants a call
 *   arm	 ask for kicks; true: may sleep
 *   disarm	 ask for no kicks while polling
 *   get_base, set_base	 as VHOST_USER_GET_VRING_BASE carries it
 */
struct ring_device_ops {
	const char *name;
	int (*pop)(struct ring_device *r, struct ring_chain *c);
	void (*unpop)(struct ring_device *r, uint16_t n);
	void (*push)(struct ring_device *r, uint16_t id, uint16_t ndesc,
		     uint32_t len);
	void (*show)(struct ring_device *r);
	bool (*publish)(struct ring_device *r);
	bool (*arm)(struct ring_device *r);
	void (*disarm)(struct ring_device *r);
	uint32_t (*get_base)(const struct ring_device *r);
	void (*set_base)(struct ring_device *r, uint32_t base);
};
#endif /* __STDC_HOSTED__ */

#endif
