/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_TRAFFIC_H
#define VIOPERF_GUEST_TRAFFIC_H

#include <string.h>

#include "bench/linux/guest.h"

/* What is sent over a guest's network, and between whom. */
/* Where a server runs and who talks to it. */
enum place { HOST, GUEST, SECOND_GUEST };

struct traffic {
	enum place server, client;
	bool udp;
	int (*run)(struct guest *g, struct err *e);
};

/* The network of a cell: made by guest_load_net.c, used by guest_traffic.c. */
struct guest_net {
	const struct traffic *traffic;
	struct process server; /* on the host */
	struct guest_job server_job;
	char server_log[PATH_MAX];
	unsigned int port;
	char netdev[GUEST_MAX_VMS][128], device[GUEST_MAX_VMS][512];
	const char *args[GUEST_MAX_VMS][5];
};

/* By enum words_traffic. */
extern const struct traffic guest_traffics[];

static inline bool guest_net_is_slirp(const struct guest_config *c)
{
	return !strcmp(c->net_backend, "user");
}

#endif
