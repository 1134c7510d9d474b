/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_WORDS_H
#define VIOPERF_WORDS_H

#include <stddef.h>

/* The words that options and keys take: one list each, NULL-ended. */
extern const char *const words_switch[];	/* on, off */
extern const char *const words_completion[];	/* interrupt, poll */
extern const char *const words_driver[];	/* user, kvm, qemu */
extern const char *const words_idle[];		/* sleep, spin */
extern const char *const words_traced[];	/* auto, yes, no */
extern const char *const words_accelerator[];	/* auto, kvm, tcg */
extern const char *const words_engine[];	/* fio's */
extern const char *const words_traffic[];	/* enum words_traffic's names */

enum words_traffic {
	TRAFFIC_TCP_G2H,
	TRAFFIC_TCP_H2G,
	TRAFFIC_TCP_G2G,
	TRAFFIC_UDP_G2H,
	TRAFFIC_UDP_H2G,
	TRAFFIC_BOUNCEBACK,
	TRAFFIC_PING,
	TRAFFIC_TRIP_TIMES,
};

/* Where @word stands in @list, or -EINVAL. */
int words_find(const char *const *list, const char *word);

/* "a, b or c" into @buf, which is returned. */
char *words_join(char *buf, size_t len, const char *const *list);

#endif
