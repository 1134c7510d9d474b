/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_PORT_H
#define VIOPERF_GUEST_PORT_H

#include <stddef.h>
#include <stdint.h>

/* The guest's end of the virtio-serial port (guest_msg.h), for /init. Its
 * host may close and come back: reads then end early, writes wait. */

/* Open it, however long that takes; say so on the console when it takes
 * long. */
void port_open(void);
int port_fd(void);

/* 1 read whole; 0 the port closed on the way. */
int port_read(void *data, size_t n);
void port_send(uint32_t type, uint32_t id, const void *data, size_t n);
void port_done(uint32_t id, int status, int sig);

/* Wait until the host's side is open again. */
void port_wait_back(void);

/* A line on the console, with what errno says. */
void port_say(const char *what);

#endif
