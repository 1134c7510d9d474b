/* SPDX-License-Identifier: MIT */
/* What matters of a domain's devices. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "libvirt_reader.h"
#include "libvirt_xml.h"

#define ATTR(node, name, to) libvirt_xml_attr(node, name, to, sizeof(to))
#define PEEK(node, name, to) libvirt_xml_peek(node, name, to, sizeof(to))
#define TEXT(node, to)	     libvirt_xml_text(node, to, sizeof(to))

/* One more element of @size at the end of @array, zeroed; NULL on error. */
static void *grow(struct libvirt_reader *r, void **array, unsigned int *nr,
		  size_t size, const char *what)
{
	void *more = NULL;

	if (r->ret)
		return NULL;
	if (*nr == LIBVIRT_MAX_DEVICES) {
		r->ret = err_set(r->e, -E2BIG, "%s: more than %d elements "
				 "<%s>", r->path, LIBVIRT_MAX_DEVICES, what);
		return NULL;
	}
	more = reallocarray(*array, *nr + 1, size);
	if (!more) {
		r->ret = err_set(r->e, -ENOMEM, "%s: out of memory", r->path);
		return NULL;
	}
	*array = more;
	return memset((char *)more + (*nr)++ * size, 0, size);
}

/* As libvirt does where <target> has no bus. */
static void imply_bus(struct libvirt_disk *disk)
{
	static const char *const implied[][2] = {
		{ "vd", "virtio" }, { "hd", "ide" },   { "sd", "scsi" },
		{ "fd", "fdc" },    { "xvd", "xen" },  { "nvme", "nvme" },
	};
	size_t i;

	for (i = 0; !*disk->bus && i < ARRAY_SIZE(implied); i++)
		if (!strncmp(disk->name, implied[i][0], strlen(implied[i][0])))
			strcpy(disk->bus, implied[i][1]);
}

/* The <controller type='scsi'> that @disk hangs on. */
static xmlNode *scsi_controller(struct libvirt_reader *r, xmlNode *disk)
{
	unsigned int index = libvirt_reader_attr(
		r, libvirt_xml_find(disk, "address"), "controller");
	char type[LIBVIRT_WORD];
	xmlNode *node;

	for (node = disk->parent->children; node; node = node->next) {
		if (!libvirt_xml_is(node, "controller"))
			continue;
		ATTR(node, "type", type);
		if (!strcmp(type, "scsi") &&
		    libvirt_reader_attr(r, node, "index") == index)
			return node;
	}
	return NULL;
}

/* The child @name of @node whose attribute id is @id. */
static xmlNode *find_id(xmlNode *node, const char *name, const char *id)
{
	char text[LIBVIRT_WORD];
	xmlNode *child;

	for (child = node ? node->children : NULL; child; child = child->next) {
		if (!libvirt_xml_is(child, name))
			continue;
		PEEK(child, "id", text);
		if (!strcmp(text, id))
			return child;
	}
	return NULL;
}

/* <iothreads>, of which a single one without queues of its own is as here. */
static void take_iothreads(xmlNode *list, char *id, size_t room)
{
	xmlNode *one = libvirt_xml_find(list, "iothread");

	libvirt_xml_peek(one, "id", id, room);
	if (one && xmlChildElementCount(list) == 1 &&
	    !xmlChildElementCount(one)) {
		libvirt_xml_take(list);
		libvirt_xml_take(one);
		libvirt_xml_attr(one, "id", id, room);
	}
}

/* The thread of a ring, and how long it polls. Its element, or NULL. */
static xmlNode *take_iothread(struct libvirt_reader *r,
			      struct libvirt_disk *disk, xmlNode *driver)
{
	xmlNode *list = libvirt_xml_find(driver, "iothreads"), *thread;
	char id[LIBVIRT_WORD];

	PEEK(driver, "iothread", id);
	disk->iothread = list || libvirt_reader_attr(r, driver, "iothread");
	if (list)
		take_iothreads(list, id, sizeof(id));
	thread = find_id(libvirt_xml_find(r->root, "iothreadids"), "iothread",
			 id);
	if (disk->iothread)
		ATTR(libvirt_xml_child(thread, "poll"), "max", disk->poll_max);
	return disk->iothread ? thread : NULL;
}

/* What shapes the ring: @owner is the disk, or its controller. */
static xmlNode *take_ring(struct libvirt_reader *r, struct libvirt_disk *disk,
			  xmlNode *owner)
{
	xmlNode *driver = libvirt_xml_child(owner, "driver");

	PEEK(libvirt_xml_find(owner, "address"), "type", disk->address);
	disk->queues = libvirt_reader_attr(r, driver, "queues");
	disk->queue_size = libvirt_reader_attr(r, driver, "queue_size");
	ATTR(driver, "event_idx", disk->event_idx);
	if (!strcmp(disk->source, "vhostuser"))
		return NULL;
	ATTR(driver, "packed", disk->packed);
	return take_iothread(r, disk, driver);
}

static void take_driver(struct libvirt_disk *disk, xmlNode *driver)
{
	ATTR(driver, "name", disk->driver);
	PEEK(driver, "type", disk->format);
	if (!strcmp(disk->format, "raw"))
		ATTR(driver, "type", disk->format);
	PEEK(driver, "cache", disk->cache);
	PEEK(driver, "io", disk->io);
	if (!strcmp(disk->source, "vhostuser"))
		return;
	ATTR(driver, "cache", disk->cache);
	ATTR(driver, "io", disk->io);
}

static void take_medium(struct libvirt_disk *disk, xmlNode *node)
{
	xmlNode *source = libvirt_xml_child(node, "source");
	xmlNode *below = libvirt_xml_find(node, "backingStore");

	disk->empty = !source;
	PEEK(source, "protocol", disk->protocol);
	if (below && !xmlChildElementCount(below))
		libvirt_xml_take(below);
}

static void take_disk(struct libvirt_reader *r, xmlNode *node)
{
	struct libvirt_domain *d = r->d;
	struct libvirt_disk *disk = grow(r, (void **)&d->disk, &d->nr_disks,
					 sizeof(*disk), "disk");
	xmlNode *target = libvirt_xml_child(node, "target");
	xmlNode *controller = NULL, *thread = NULL;

	if (!disk)
		return;
	ATTR(target, "dev", disk->name);
	ATTR(target, "bus", disk->bus);
	ATTR(node, "device", disk->device);
	ATTR(node, "type", disk->source);
	take_driver(disk, libvirt_xml_child(node, "driver"));
	take_medium(disk, node);
	if (!*disk->device)
		strcpy(disk->device, "disk");
	imply_bus(disk);
	if (!strcmp(disk->bus, "scsi"))
		controller = scsi_controller(r, node);
	ATTR(controller, "model", disk->controller);
	if (!strcmp(disk->bus, "virtio") || controller)
		thread = take_ring(r, disk, controller ? controller : node);
	disk->unread = libvirt_reader_rest(r, node, controller, thread);
}

static void take_interface_driver(struct libvirt_reader *r,
				  struct libvirt_interface *i,
				  xmlNode *driver)
{
	char queues[LIBVIRT_WORD];

	ATTR(driver, "name", i->driver);
	i->queues = libvirt_reader_peek(r, driver, "queues");
	if (i->queues == 1)
		ATTR(driver, "queues", queues);
	if (strncmp(i->model, "virtio", 6))
		return;
	ATTR(driver, "event_idx", i->event_idx);
	ATTR(driver, "packed", i->packed);
	i->rx_queue_size = libvirt_reader_attr(r, driver, "rx_queue_size");
}

static void take_interface(struct libvirt_reader *r, xmlNode *node)
{
	struct libvirt_domain *d = r->d;
	struct libvirt_interface *i = grow(r, (void **)&d->interface,
					   &d->nr_interfaces, sizeof(*i),
					   "interface");

	if (!i)
		return;
	ATTR(libvirt_xml_child(node, "mac"), "address", i->name);
	if (!*i->name)
		ATTR(libvirt_xml_child(node, "target"), "dev", i->name);
	ATTR(node, "type", i->type);
	ATTR(libvirt_xml_child(node, "model"), "type", i->model);
	ATTR(libvirt_xml_child(node, "backend"), "type", i->backend);
	take_interface_driver(r, i, libvirt_xml_child(node, "driver"));
	i->unread = libvirt_reader_rest(r, node, NULL, NULL);
}

static void take_rng(struct libvirt_reader *r, xmlNode *node)
{
	struct libvirt_domain *d = r->d;
	struct libvirt_rng *rng = grow(r, (void **)&d->rng, &d->nr_rngs,
				       sizeof(*rng), "rng");
	xmlNode *backend = libvirt_xml_child(node, "backend");

	if (!rng)
		return;
	ATTR(node, "model", rng->model);
	ATTR(backend, "model", rng->backend);
	TEXT(backend, rng->source);
	rng->unread = libvirt_reader_rest(r, node, NULL, NULL);
}

static void take_balloon(struct libvirt_reader *r, xmlNode *node)
{
	if (*r->d->balloon)
		return;
	ATTR(node, "model", r->d->balloon);
	r->d->balloon_unread = libvirt_reader_rest(r, node, NULL, NULL);
}

/* Devices that carry load but that have no target here. */
static void take_other(struct libvirt_reader *r, xmlNode *node)
{
	static const char *const elements[] = { "hostdev", "filesystem",
						"vsock", "shmem", "crypto",
						"memory", "redirdev" };
	struct libvirt_domain *d = r->d;
	struct libvirt_other *other;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(elements); i++)
		if (libvirt_xml_is(node, elements[i]))
			break;
	if (i == ARRAY_SIZE(elements))
		return;
	other = grow(r, (void **)&d->other, &d->nr_others, sizeof(*other),
		     elements[i]);
	if (!other)
		return;
	other->element = elements[i];
	ATTR(node, "type", other->type);
	if (!*other->type)
		ATTR(node, "model", other->type);
}

void libvirt_reader_device(struct libvirt_reader *r, xmlNode *node)
{
	static const struct {
		const char *element;
		void (*take)(struct libvirt_reader *r, xmlNode *node);
	} devices[] = {
		{ "disk", take_disk },
		{ "interface", take_interface },
		{ "rng", take_rng },
		{ "memballoon", take_balloon },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		if (!libvirt_xml_is(node, devices[i].element))
			continue;
		devices[i].take(r, node);
		return;
	}
	take_other(r, node);
}
