/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const words_switch[] = { "on", "off", NULL };
const char *const words_completion[] = { "interrupt", "poll", NULL };
const char *const words_driver[] = { "user", "kvm", "qemu", NULL };
const char *const words_idle[] = { "sleep", "spin", NULL };
const char *const words_traced[] = { "auto", "yes", "no", NULL };
const char *const words_accelerator[] = { "auto", "kvm", "tcg", NULL };
const char *const words_engine[] = { "libaio", "io_uring", NULL };
const char *const words_traffic[] = {
	[TRAFFIC_TCP_G2H] = "tcp-g2h",
	[TRAFFIC_TCP_H2G] = "tcp-h2g",
	[TRAFFIC_TCP_G2G] = "tcp-g2g",
	[TRAFFIC_UDP_G2H] = "udp-g2h",
	[TRAFFIC_UDP_H2G] = "udp-h2g",
	[TRAFFIC_BOUNCEBACK] = "bounceback",
	[TRAFFIC_PING] = "ping",
	[TRAFFIC_TRIP_TIMES] = "trip-times",
	NULL,
};

int words_find(const char *const *list, const char *word)
{
	int i;

	for (i = 0; list[i]; i++)
		if (!strcmp(list[i], word))
			return i;
	return -EINVAL;
}

char *words_join(char *buf, size_t len, const char *const *list)
{
	size_t at = 0;
	int i;

	for (i = 0; list[i] && at < len; i++)
		at += (size_t)snprintf(buf + at, len - at, "%s%s",
				       !i	     ? "" :
				       list[i + 1] ? ", " :
						     " or ",
				       list[i]);
	return buf;
}
