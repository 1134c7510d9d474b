/* SPDX-License-Identifier: MIT OR GPL-2.0 */
#ifndef VIOPERF_HIST_BUCKET_H
#define VIOPERF_HIST_BUCKET_H

/*
 * The bucket function of the log-linear histogram, shared by C and BPF (no
 * libc, no types but __u64-sized ones). Every power of two is cut into 64
 * equal buckets, so a bucket's midpoint is off by at most 1/128 = 0.78 %;
 * values below 128 are exact. This is fio's PLAT_BITS = 6 layout.
 * Values from 2^40 (18 minutes in ns) on land in the last bucket.
 */
#define HIST_SUB_BITS  6
#define HIST_MAX_BITS  40
#define HIST_NBUCKETS  ((HIST_MAX_BITS - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

/* floor(log2(v)) for v > 0 by halving: BPF has no count-leading-zeros. */
static inline __attribute__((always_inline)) unsigned int
hist_log2(unsigned long long v)
{
	unsigned int e = 0;

	if (v >> 32) {
		v >>= 32;
		e += 32;
	}
	if (v >> 16) {
		v >>= 16;
		e += 16;
	}
	if (v >> 8) {
		v >>= 8;
		e += 8;
	}
	if (v >> 4) {
		v >>= 4;
		e += 4;
	}
	if (v >> 2) {
		v >>= 2;
		e += 2;
	}
	return e + (unsigned int)(v >> 1);
}

/* Index of the bucket that holds @v: 0 … HIST_NBUCKETS - 1. */
static inline __attribute__((always_inline)) unsigned int
hist_bucket(unsigned long long v)
{
	unsigned int shift;

	if (v < (1u << HIST_SUB_BITS))
		return (unsigned int)v;
	if (v >> HIST_MAX_BITS)
		return HIST_NBUCKETS - 1;
#ifdef __bpf__
	shift = hist_log2(v) - HIST_SUB_BITS;
#else
	shift = 63 - (unsigned int)__builtin_clzll(v) - HIST_SUB_BITS;
#endif
	return (shift << HIST_SUB_BITS) + (unsigned int)(v >> shift);
}

/* Smallest value of bucket @i, and the bucket's width. */
static inline unsigned long long hist_bucket_low(unsigned int i)
{
	unsigned int shift;

	if (i < (2u << HIST_SUB_BITS))
		return i;
	shift = (i >> HIST_SUB_BITS) - 1;
	return (unsigned long long)(i - (shift << HIST_SUB_BITS)) << shift;
}

static inline unsigned long long hist_bucket_width(unsigned int i)
{
	return i < (2u << HIST_SUB_BITS) ? 1
					 : 1ull << ((i >> HIST_SUB_BITS) - 1);
}

#endif
