/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_SERVER_H
#define VIOPERF_SERVER_H

#include "device.h"

/* Serve @d on its socket, one connection after the other, until SIGINT or
 * SIGTERM. 0 or -errno and @e. */
int server_run(struct device *d, struct err *e);

#endif
