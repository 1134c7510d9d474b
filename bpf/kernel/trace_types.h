/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
#ifndef VIOPERF_TRACE_TYPES_H
#define VIOPERF_TRACE_TYPES_H

#include <linux/types.h>

#include "lib/hist_bucket.h"

/* What the BPF programs and their loaders share. */

#define TRACE_MAX_PROCS	 64
#define TRACE_MAX_RINGS	 512
#define TRACE_MAX_FDS	 4096
#define TRACE_MAX_VCPUS	 512
#define TRACE_MAX_WEIGHT 65536 /* a larger value in an eventfd is no count */

/* The two directions of a ring. With --pid there is only one: a TRACE_KICK
 * is then any write to a shared eventfd. */
enum trace_kind { TRACE_KICK, TRACE_CALL, TRACE_KINDS };

/* What a notification goes through, each a histogram per ring and kind. */
enum trace_step {
	TRACE_SIGNAL, /* write entered -> wake-up of the peer sent */
	TRACE_WAKEUP, /* wake-up sent -> the peer's thread runs */
	TRACE_RESUME, /* it runs -> its system call returned */
	TRACE_STEPS
};

/* Histograms of one ring: kind * TRACE_STEPS + step. */
#define TRACE_RING_HISTS (TRACE_KINDS * TRACE_STEPS)
#define TRACE_REACH	 TRACE_RING_HISTS /* of a VM: kick -> device running */
#define TRACE_NOTIFY_HISTS (TRACE_RING_HISTS + 1)

/* KVM's part of a notification's way, each a histogram per ring. */
enum trace_kvm_step {
	TRACE_EXIT,   /* a guest's doorbell -> seen by KVM */
	TRACE_RAISE,  /* call written -> interrupt raised */
	TRACE_ACCEPT, /* raised -> accepted by the vCPU's APIC */
	TRACE_ENTER,  /* vCPU running, or accepted -> handler entered */
	TRACE_KVM_STAGES,
	TRACE_INTERRUPT = TRACE_KVM_STAGES, /* call written -> accepted */
	TRACE_KVM_STEPS
};

/* Kernel vhost's, each a histogram per ring. */
enum trace_vhost_step {
	TRACE_VHOST_RESUME, /* worker running -> its handler entered */
	TRACE_VHOST_RING,   /* handler entered -> call signalled */
	TRACE_VHOST_STEPS
};

/* The role of a process decides what its wake-ups are counted as. */
enum trace_role { TRACE_DEVICE, TRACE_DRIVER, TRACE_ROLES };

struct trace_proc {
	__u32 tgid;
	__u32 role;
	__u32 ring; /* that other wake-ups count for until more is known */
};

/* Ticks of the TSC to CLOCK_MONOTONIC: what lies behind @ticks times
 * @ns_per_tick, which is a fraction of 2^32, is added to @ns. */
struct trace_clock {
	__u64 ticks;
	__u64 ns;
	__u64 ns_per_tick;
};

/*
 * The one variable of every object that user space maps and rewrites while
 * the programs run: whom to watch, and the measured window, [start, end) on
 * CLOCK_MONOTONIC, empty until "go".
 */
struct trace_control {
	struct trace_proc proc[TRACE_MAX_PROCS];
	__u32 nr_procs;
	__u32 newest; /* of the clocks; the other one is being made */
	struct trace_clock clock[2];
	__u64 start_ns;
	__u64 end_ns;
};

/* A file descriptor whose writes are notifications; or with TRACE_BY_ID, the
 * eventfd of that number, whoever holds it. */
#define TRACE_BY_ID 0u
struct trace_fd_key {
	__u32 tgid;
	__u32 fd;
};

struct trace_fd {
	__u32 ring;
	__u32 kind;
	__u32 wakee_tgid; /* the peer; 0: any watched process */
};

/*
 * A notification that is being sent, one for each CPU, since none is sent for
 * long: from the write's entry to its exit, a wake-up that @tid sends on this
 * CPU is caused by it. One whose exit came on another CPU, or that has none as
 * a guest's doorbell, expires. Where notifications are too many for each to be
 * followed, a part of them stands for all: @times of 0 is only counted.
 */
struct trace_writer {
	__u64 begun; /* jiffies */
	__u64 t_signal_ns;
	__u64 weight;	   /* requests that it stands for */
	__u32 tid;	   /* 0: none is being sent */
	__u32 ring;
	__u32 kind;
	__u32 wakee;   /* tgid, 0: any */
	__u32 times;   /* notifications that it stands for */
	__u16 counted; /* it lies in the window */
	__u8 woke;     /* it woke a thread already */
	__u8 vcpu;     /* a doorbell */
	/* A call to a guest, within KVM. */
	__u64 t_raised_ns;
	__u64 t_accepted_ns;
};

/* How many of the notifications on a CPU are followed: all up to
 * TRACE_PACE_ALL in TRACE_PACE_NS, of more so many. */
#define TRACE_PACE_NS  4000000ull
#define TRACE_PACE_ALL 20
struct trace_pace {
	__u64 since_ns;
	__u32 n;     /* since then */
	__u32 every; /* one of so many is followed */
	__u32 left;  /* to be passed over before the next */
	__u32 pad;
};

/*
 * What is known of a thread that is notified, in a map by thread id. t_waking_ns
 * is set by the waker and cleared when the stages are complete. The kernel
 * never sends a second wake-up to a task that did not sleep in between, so one
 * slot is enough.
 *
 * A call to a guest goes on from the write: KVM raises an interrupt, the
 * vCPU's APIC accepts it. The vCPU's thread then keeps since when its handler
 * is awaited. The handler's own stamp lies in the guest's memory and is read
 * when the vCPU leaves the guest next, for which it may take the interrupt
 * after this one: so the one before is kept as well.
 */
struct trace_enter {
	__u64 since_ns; /* 0: nothing is awaited */
	__u64 weight;
	__u32 ring;
	__u32 times;
};

struct trace_thread {
	__u64 t_waking_ns;
	__u64 t_run_ns; /* 0: not seen running yet */
	__u64 wake_weight; /* requests */
	__u32 wake_ring;
	__u32 wake_kind;
	__u32 wake_times; /* notifications that it stands for */

	__u32 serves; /* 1 + the ring whose notifications wake this thread */
	__u32 vcpu;   /* it kicks by a VM exit, and runs on without returning
		       * from its system call */

	__u64 t_handler_ns; /* kernel vhost: it is in a ring's handler since */

	struct trace_enter enter, enter_before;
	__u64 t_vcpu_waking_ns; /* a vCPU, woken by anything */
	__u64 sent_ns;	/* a vCPU: when it has woken another thread last, */
	__u32 sent_tid; /* and which */
	__u32 wake_late; /* it ran before it was known which ring woke it, */
	__u64 t_done_ns; /* and its system call returned then; 0: it did not */
	__u64 wake_cause_ns;	/* when that which woke it was sent */
	__u64 times; /* where the guest leaves its stamps, 0: it does not */
	__u64 tsc_offset; /* the guest's TSC less the host's */
};

/* What lies at times: bench/kvm/kvm_guest.h, struct kvm_guest_times. */
struct trace_times {
	__u64 kick;
	__u64 announced;
	__u64 handler;
};

/* A guest's doorbell: its address, or its port with a bit that no address has. */
#define TRACE_DOORBELL_PIO (1ull << 62)
struct trace_doorbell {
	__u64 address; /* | TRACE_DOORBELL_PIO */
	__u64 match;   /* 1 + the value that it takes; 0: any */
};
#define TRACE_RING_OF_THREAD 0xffffffffu /* the vCPU's thread tells */
#define TRACE_RING_UNKNOWN   0xfffffffeu /* until a doorbell tells */

/* A call written by a thread that a kick has woken: they belong together. */
struct trace_pair {
	__u32 call, kick; /* rings */
};

/* kvm_exit's reason, and the number that KVM has for the kind of CPU. */
struct trace_exit_reason {
	__u32 reason, isa;
};

struct trace_counters {
	__u64 signals[TRACE_KINDS];  /* writes */
	__u64 requests[TRACE_KINDS]; /* sum of their weights */
	__u64 wakeups[TRACE_KINDS];  /* wake-ups sent from inside a write */
	__u64 other[TRACE_ROLES];    /* wake-ups sent by anything else */
	__u64 lost[TRACE_KINDS];     /* wake-ups whose end was not seen */
	__u64 io_lost;		     /* I/O that there was no room to note */
	__u64 inversions; /* a guest's stamp after what it came before */
	__u32 served_by;  /* the thread that a kick woke last, 0: none yet */
	__u32 sent_by;	  /* the process that wrote last, 0: none yet */
};

/* All zero is empty: the minimum is kept inverted. */
struct trace_hist {
	__u64 events;
	__u64 count;
	__u64 sum_ns;
	__u64 min_ns_inverted;
	__u64 max_ns;
	__u64 bucket[HIST_NBUCKETS];
};

#endif
