/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_BENCH_RNG_H
#define VIOPERF_BENCH_RNG_H

#include <stdint.h>

/* xorshift64* (Vigna 2016): about 1 ns a number, good enough to choose
 * blocks. Seeded through splitmix64, so that near seeds differ. */
struct rng {
	uint64_t state;
};

static inline uint64_t rng_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static inline void rng_seed(struct rng *r, uint64_t seed)
{
	r->state = rng_mix(seed);
	if (!r->state)
		r->state = 1;
}

static inline uint64_t rng_next(struct rng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1dull;
}

/* Evenly from 0 … @n - 1, without a division. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)rng_next(r) * n) >> 64);
}

/* Evenly from [0, 1). */
static inline double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

#endif
