/* SPDX-License-Identifier: MIT */
/* Small loads that /init runs in the guest when it is not process 1:
 *   /init rate FILE BYTES WARMUP_MS TIME_MS   how fast a file can be read
 *   /init pattern SEED			       does memory keep what is in it? */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guest_tools.h"

#define PAGE 4096u

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Read @fd for @ns; bytes read, or -1. */
static int64_t read_for(int fd, char *buf, size_t n, uint64_t ns,
			uint64_t *took_ns)
{
	uint64_t start = now_ns();
	int64_t bytes = 0;
	ssize_t r;

	do {
		r = read(fd, buf, n);
		if (r <= 0)
			return -1;
		bytes += r;
		*took_ns = now_ns() - start;
	} while (*took_ns < ns);
	return bytes;
}

static int rate(char **argv)
{
	size_t n = strtoul(argv[3], NULL, 10);
	uint64_t warmup_ns = strtoull(argv[4], NULL, 10) * 1000000;
	uint64_t time_ns = strtoull(argv[5], NULL, 10) * 1000000, took = 0;
	int fd = open(argv[2], O_RDONLY);
	char *buf = malloc(n ? n : 1);
	int64_t bytes = -1;

	if (fd >= 0 && buf && n &&
	    (!warmup_ns || read_for(fd, buf, n, warmup_ns, &took) >= 0))
		bytes = read_for(fd, buf, n, time_ns, &took);
	if (bytes < 0) {
		fprintf(stderr, "%s: %s\n", argv[2],
			errno ? strerror(errno) : "ended");
		return 1;
	}
	printf("bytes=%lld\nns=%llu\n", (long long)bytes,
	       (unsigned long long)took);
	return 0;
}

/* splitmix64 of the page's number: every page is different, and cheap. */
static uint64_t word_of(uint64_t page, uint64_t seed, unsigned int i)
{
	uint64_t z = seed + page * 0x9e3779b97f4a7c15u + i;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	return z ^ z >> 27;
}

static void fill(uint64_t *p, uint64_t pages, uint64_t seed)
{
	uint64_t page;
	unsigned int i;

	for (page = 0; page < pages; page++)
		for (i = 0; i < PAGE / 8; i++)
			*p++ = word_of(page, seed, i);
}

static uint64_t count_damaged(const uint64_t *p, uint64_t pages, uint64_t seed)
{
	uint64_t page, damaged = 0;
	unsigned int i;

	for (page = 0; page < pages; page++, p += PAGE / 8)
		for (i = 0; i < PAGE / 8; i++)
			if (p[i] != word_of(page, seed, i)) {
				damaged++;
				break;
			}
	return damaged;
}

static uint64_t free_bytes(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib << 10;
}

/* Touch most of the memory, give the upper half back (for the balloon to
 * take), wait until /tmp/check is there, look at the lower half. */
static int pattern(char **argv)
{
	uint64_t seed = strtoull(argv[2], NULL, 10);
	uint64_t pages = free_bytes() / 10 * 8 / PAGE / 2, damaged;
	char *p = mmap(NULL, 2 * pages * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || !pages) {
		perror("memory");
		return 1;
	}
	fill((uint64_t *)p, 2 * pages, seed);
	munmap(p + pages * PAGE, pages * PAGE);
	printf("kept=%llu\n", (unsigned long long)(pages * PAGE));
	fflush(stdout);
	while (access("/tmp/check", F_OK))
		usleep(20000);
	damaged = count_damaged((const uint64_t *)p, pages, seed);
	printf("pages=%llu\ndamaged=%llu\n", (unsigned long long)pages,
	       (unsigned long long)damaged);
	return 0;
}

int guest_tool(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "rate"))
		return rate(argv);
	if (argc == 3 && !strcmp(argv[1], "pattern"))
		return pattern(argv);
	fprintf(stderr, "init: rate FILE BYTES WARMUP_MS TIME_MS or pattern "
			"SEED\n");
	return 2;
}
