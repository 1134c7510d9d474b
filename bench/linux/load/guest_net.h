/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_NET_H
#define VIOPERF_GUEST_NET_H

#include <stdbool.h>

#include "lib/err.h"

/*
 * The host's side of guests' networks: an anonymous network namespace that
 * this process moves into before it starts QEMU and iperf. It has no name
 * and goes with its last process, however that ends: there is nothing to
 * clean up on the host, also after kill -9. Where there is no root, a user
 * namespace gives the right to it, if the kernel lets nobody make one.
 *
 * One guest: its tap has the host's address. Two: both taps are on a bridge.
 */
#define GUEST_NET_HOST	"10.200.0.1"
#define GUEST_NET_GUEST "10.200.0.2" /* the first; the second is .3 */
#define GUEST_NET_PORT	5001
#define SLIRP_HOST	"10.0.2.2" /* as a guest of slirp sees it */
#define SLIRP_GUEST	"10.0.2.15"

/* Move into a namespace of our own, with its loopback up. 0 or -errno. */
int guest_net_enter(struct err *e);

/* Make taps "tap0" … for @nr guests there. */
int guest_net_taps(unsigned int nr, const char *log, struct err *e);

#endif
