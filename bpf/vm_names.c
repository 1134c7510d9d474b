/* SPDX-License-Identifier: MIT */
/* The names of a VM's devices, by QEMU's monitor: a doorbell lies in a region
 * of its PCI device (query-pci), and its queues' doorbells in their order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/qmp.h"
#include "lib/record.h"
#include "rings.h"
#include "vm.h"

#define CONNECT_S 5

static int open_socket(const char *path, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = CONNECT_S };
	int fd, ret;

	if (strlen(path) >= sizeof(a.sun_path))
		return err_set(e, -ENAMETOOLONG, "--qmp: %s: too long", path);
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) /* for ever otherwise, where others wait already */
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	ret = -errno;
	if (fd >= 0)
		close(fd);
	if (ret == -EAGAIN)
		return err_set(e, -ETIMEDOUT, "--qmp: %s: has it another "
			       "client? A monitor takes one at a time", path);
	return err_set(e, ret, "--qmp: %s: %s; QEMU listens there with -qmp "
		       "unix:%s,server=on,wait=off", path, strerror(-ret),
		       path);
}

static bool has_address(const json_t *device, uint64_t address, bool port)
{
	const json_t *r;
	double from;
	size_t i;

	json_array_foreach(json_object_get(device, "regions"), i, r) {
		from = record_num(r, "address", -1);
		if (!strcmp(record_str(r, "type", ""), "io") == port &&
		    from >= 0 && (double)address >= from &&
		    (double)address < from + record_num(r, "size", 0))
			return true;
	}
	return false;
}

/* The device of bus or bridge @devices that @address belongs to. */
static const json_t *find_device(const json_t *devices, uint64_t address,
				 bool port)
{
	const json_t *d, *found;
	size_t i;

	json_array_foreach(devices, i, d) {
		found = find_device(json_object_get(json_object_get(
					    d, "pci_bridge"), "devices"),
				    address, port);
		if (found || has_address(d, address, port))
			return found ? found : d;
	}
	return NULL;
}

static void device_name(const json_t *d, char *buf, size_t room)
{
	const char *id = record_str(d, "qdev_id", "");

	if (*id) {
		snprintf(buf, room, "%.30s", id);
		record_plain(buf);
	} else {
		snprintf(buf, room, "PCI %02x:%02x.%x",
			 (unsigned int)record_num(d, "bus", 0),
			 (unsigned int)record_num(d, "slot", 0),
			 (unsigned int)record_num(d, "function", 0));
	}
}

/* Doorbells of one device are its queues', by address or by value. */
static int by_place(const void *a, const void *b)
{
	const struct rings_doorbell *x = a, *y = b;

	if (x->key.address != y->key.address)
		return x->key.address > y->key.address ? 1 : -1;
	return x->key.match > y->key.match ? 1 : -(x->key.match < y->key.match);
}

static void name_rings(struct rings *r, const json_t *buses)
{
	const json_t *bus, *device, *last = NULL;
	unsigned int i, queue = 0;
	uint64_t address;
	char name[32];
	bool port;
	size_t k;

	qsort(r->doorbell, r->nr_doorbells, sizeof(*r->doorbell), by_place);
	for (i = 0; i < r->nr_doorbells; i++) {
		port = r->doorbell[i].key.address & TRACE_DOORBELL_PIO;
		address = r->doorbell[i].key.address & ~TRACE_DOORBELL_PIO;
		device = NULL;
		json_array_foreach(buses, k, bus)
			if (!device)
				device = find_device(
					json_object_get(bus, "devices"),
					address, port);
		queue = device && device == last ? queue + 1 : 0;
		last = device;
		if (!device || r->doorbell[i].ring >= r->nr_rings)
			continue;
		device_name(device, name, sizeof(name));
		snprintf(r->ring[r->doorbell[i].ring].name,
			 sizeof(r->ring->name), "%s queue %u", name, queue);
	}
}

int rings_name_vm(struct rings *r, const char *qmp, struct err *e)
{
	int fd = open_socket(qmp, e), ret;
	struct qmp q = { .fd = -1 };
	json_t *buses = NULL;

	if (fd < 0)
		return fd;
	ret = qmp_open(&q, fd, e);
	if (!ret)
		buses = qmp_command(&q, "query-pci", NULL, e);
	if (buses)
		name_rings(r, buses);
	json_decref(buses);
	qmp_close(&q);
	return buses ? 0 : err_prefix(e, ret ? ret : -EIO, "--qmp: %s", qmp);
}
