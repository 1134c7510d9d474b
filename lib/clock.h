/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CLOCK_H
#define VIOPERF_CLOCK_H

#include <stdint.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

/* CLOCK_MONOTONIC in ns: the clock of BPF (bpf_ktime_get_ns) as well. */
static inline uint64_t clock_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/*
 * The cheap clock for stamps: TSC ticks (about 8 ns to read) on x86, the
 * generic timer's on Arm, nanoseconds elsewhere. Ticks of one machine are comparable between its
 * CPUs and processes (28-36 ns apart at most where measured).
 */
static inline uint64_t clock_ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return clock_now_ns();
#endif
}

/* The same, read after all loads before it are done: between stamps that lie
 * close together a cache miss is charged where it happens. Some 10 ns more. */
static inline uint64_t clock_ticks_ordered(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned int cpu;

	return __rdtscp(&cpu);
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0"
			     : "=r"(ticks) : : "memory");
	return ticks;
#else
	return clock_now_ns();
#endif
}

/*
 * One point known on both clocks. Two of them, taken apart, turn ticks into
 * CLOCK_MONOTONIC. clock_anchor takes the best of 64 readings: 0.4 ns off in
 * the median, where a single cold one is off by microseconds.
 */
struct clock_anchor {
	uint64_t ticks;
	uint64_t ns;
};

struct clock_scale {
	struct clock_anchor base;
	double ns_per_tick;
};

void clock_anchor(struct clock_anchor *a);

/* The scale through two anchors; they should lie at least 10 ms apart. */
void clock_scale_init(struct clock_scale *s, const struct clock_anchor *a,
		      const struct clock_anchor *b);

/* A scale good to 1e-4 at once: takes two anchors 10 ms apart by sleeping. */
void clock_scale_now(struct clock_scale *s);

static inline uint64_t clock_ticks_to_ns(const struct clock_scale *s,
					 uint64_t ticks)
{
	return s->base.ns + (uint64_t)(int64_t)((double)(int64_t)(
				    ticks - s->base.ticks) *
						s->ns_per_tick);
}

/* Length of an interval of ticks, in ns. */
static inline uint64_t clock_span_ns(const struct clock_scale *s,
				     uint64_t ticks)
{
	return (uint64_t)((double)ticks * s->ns_per_tick);
}

#endif
