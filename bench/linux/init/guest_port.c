/* SPDX-License-Identifier: MIT */
#include "guest_port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/linux/guest_msg.h"

static int port = -1;

int port_fd(void)
{
	return port;
}

void port_say(const char *what)
{
	fprintf(stderr, "vioperf: %s: %s\n", what, strerror(errno));
}

/* Is @dir the port that is meant for us? */
static bool port_is_ours(const char *dir)
{
	char path[512], name[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", dir);
	f = fopen(path, "re");
	if (f) {
		if (!fgets(name, sizeof(name), f))
			name[0] = 0;
		fclose(f);
	}
	name[strcspn(name, "\n")] = 0;
	return !strcmp(name, GUEST_PORT_NAME);
}

static int port_try(void)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *d;
	char path[512];
	int fd = -1;

	while (dir && fd < 0 && (d = readdir(dir))) {
		if (d->d_name[0] == '.' || !port_is_ours(d->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", d->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return fd;
}

void port_open(void)
{
	int tries = 0;

	while ((port = port_try()) < 0) {
		if (tries++ == 1000) /* ten seconds */
			port_say("no virtio-serial port of ours");
		usleep(10000);
	}
}

/* The host's side closed: reads give 0 and writes wait until it is back. */
void port_wait_back(void)
{
	struct pollfd p = { .fd = port };

	do {
		usleep(50000);
		p.revents = 0;
		poll(&p, 1, 0);
	} while (p.revents & POLLHUP);
}

static void write_all(const void *data, size_t n)
{
	const char *p = data;
	ssize_t w;

	while (n) {
		w = write(port, p, n);
		if (w <= 0) {
			port_wait_back();
			continue;
		}
		p += w;
		n -= (size_t)w;
	}
}

void port_send(uint32_t type, uint32_t id, const void *data, size_t n)
{
	struct guest_msg_head h = { GUEST_MSG_MAGIC, type, id, (uint32_t)n };

	write_all(&h, sizeof(h));
	write_all(data, n);
}

void port_done(uint32_t id, int status, int sig)
{
	struct guest_msg_done d = { status, sig };

	port_send(GUEST_DONE, id, &d, sizeof(d));
}

int port_read(void *data, size_t n)
{
	char *p = data;
	ssize_t r;

	while (n) {
		r = read(port, p, n);
		if (r <= 0)
			return 0;
		p += r;
		n -= (size_t)r;
	}
	return 1;
}
