/* SPDX-License-Identifier: MIT */
#include "libvirt_domain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "libvirt_xml.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"
#define MAX_NUMBER     1000000

#define ATTR(node, name, to) libvirt_xml_attr(node, name, to, sizeof(to))
#define TEXT(node, to)	     libvirt_xml_text(node, to, sizeof(to))

struct reader {
	const char *path;
	struct libvirt_domain *d;
	struct err *e;
	int ret; /* the first error */
};

static unsigned int number(struct reader *r, xmlNode *node, const char *what,
			   const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	if (strspn(text, "0123456789") == strlen(text) && n <= MAX_NUMBER)
		return (unsigned int)n;
	if (!r->ret)
		r->ret = err_set(r->e, -EINVAL, "%s:%ld: %s '%s': not a "
				 "number up to %d", r->path,
				 xmlGetLineNo(node), what, text, MAX_NUMBER);
	return 0;
}

static unsigned int number_attr(struct reader *r, xmlNode *node,
				const char *name)
{
	char text[LIBVIRT_WORD];

	ATTR(node, name, text);
	return number(r, node, name, text);
}

static unsigned int number_text(struct reader *r, xmlNode *node,
				const char *name)
{
	char text[LIBVIRT_WORD];

	TEXT(node, text);
	return number(r, node, name, text);
}

/* One more element of @size at the end of @array, zeroed; NULL on error. */
static void *grow(struct reader *r, void **array, unsigned int *nr,
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
static xmlNode *scsi_controller(struct reader *r, xmlNode *disk)
{
	unsigned int index = number_attr(r, libvirt_xml_child(disk, "address"),
					 "controller");
	char type[LIBVIRT_WORD];
	xmlNode *node;

	for (node = disk->parent->children; node; node = node->next) {
		if (!libvirt_xml_is(node, "controller"))
			continue;
		ATTR(node, "type", type);
		if (!strcmp(type, "scsi") &&
		    number_attr(r, node, "index") == index)
			return node;
	}
	return NULL;
}

/* One by number, or several. */
static bool has_iothread(struct reader *r, xmlNode *driver)
{
	return number_attr(r, driver, "iothread") ||
	       libvirt_xml_child(driver, "iothreads");
}

static void take_scsi(struct reader *r, struct libvirt_disk *disk,
		      xmlNode *node)
{
	xmlNode *controller = scsi_controller(r, node);
	xmlNode *driver = libvirt_xml_child(controller, "driver");

	ATTR(controller, "model", disk->controller);
	disk->queues = number_attr(r, driver, "queues");
	disk->iothread = has_iothread(r, driver);
}

static void take_disk(struct reader *r, xmlNode *node)
{
	struct libvirt_domain *d = r->d;
	struct libvirt_disk *disk = grow(r, (void **)&d->disk, &d->nr_disks,
					 sizeof(*disk), "disk");
	xmlNode *target = libvirt_xml_child(node, "target");
	xmlNode *driver = libvirt_xml_child(node, "driver");

	if (!disk)
		return;
	ATTR(target, "dev", disk->name);
	ATTR(target, "bus", disk->bus);
	ATTR(node, "device", disk->device);
	ATTR(node, "type", disk->source);
	ATTR(driver, "name", disk->driver);
	ATTR(driver, "type", disk->format);
	ATTR(driver, "cache", disk->cache);
	ATTR(driver, "io", disk->io);
	ATTR(driver, "event_idx", disk->event_idx);
	ATTR(driver, "packed", disk->packed);
	disk->queues = number_attr(r, driver, "queues");
	disk->queue_size = number_attr(r, driver, "queue_size");
	disk->iothread = has_iothread(r, driver);
	disk->empty = !libvirt_xml_child(node, "source");
	if (!*disk->device)
		strcpy(disk->device, "disk");
	imply_bus(disk);
	if (!strcmp(disk->bus, "scsi"))
		take_scsi(r, disk, node);
}

static void take_interface(struct reader *r, xmlNode *node)
{
	struct libvirt_domain *d = r->d;
	struct libvirt_interface *i = grow(r, (void **)&d->interface,
					   &d->nr_interfaces, sizeof(*i),
					   "interface");
	xmlNode *driver = libvirt_xml_child(node, "driver");

	if (!i)
		return;
	ATTR(libvirt_xml_child(node, "mac"), "address", i->name);
	if (!*i->name)
		ATTR(libvirt_xml_child(node, "target"), "dev", i->name);
	ATTR(node, "type", i->type);
	ATTR(libvirt_xml_child(node, "model"), "type", i->model);
	ATTR(driver, "name", i->driver);
	ATTR(libvirt_xml_child(node, "backend"), "type", i->backend);
	i->queues = number_attr(r, driver, "queues");
}

static void take_rng(struct reader *r, xmlNode *node)
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
	rng->limited = libvirt_xml_child(node, "rate");
}

static void take_balloon(struct reader *r, xmlNode *node)
{
	if (!*r->d->balloon)
		ATTR(node, "model", r->d->balloon);
}

/* Devices that carry load but that have no target here. */
static void take_other(struct reader *r, xmlNode *node)
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

static const struct {
	const char *element;
	void (*take)(struct reader *r, xmlNode *node);
} devices[] = {
	{ "disk", take_disk },
	{ "interface", take_interface },
	{ "rng", take_rng },
	{ "memballoon", take_balloon },
};

static void take_device(struct reader *r, xmlNode *node)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		if (!libvirt_xml_is(node, devices[i].element))
			continue;
		devices[i].take(r, node);
		return;
	}
	take_other(r, node);
}

static void take_devices(struct reader *r, xmlNode *root)
{
	xmlNode *list, *node;

	for (list = root->children; list; list = list->next) {
		if (!libvirt_xml_is(list, "devices"))
			continue;
		for (node = list->children; node && !r->ret; node = node->next)
			take_device(r, node);
	}
}

static void take_vcpus(struct reader *r, xmlNode *root)
{
	xmlNode *vcpu = libvirt_xml_child(root, "vcpu");

	r->d->vcpus = number_attr(r, vcpu, "current");
	if (!r->d->vcpus)
		r->d->vcpus = number_text(r, vcpu, "vcpu");
}

/* Arguments that libvirt hands through: not read, but not hidden either. */
static void count_qemu_args(struct reader *r, xmlNode *root)
{
	xmlNode *line, *arg;

	for (line = root->children; line; line = line->next) {
		if (line->type != XML_ELEMENT_NODE || !line->ns ||
		    strcmp((const char *)line->ns->href, QEMU_NAMESPACE) ||
		    strcmp((const char *)line->name, "commandline"))
			continue;
		for (arg = line->children; arg; arg = arg->next)
			r->d->qemu_args += arg->type == XML_ELEMENT_NODE &&
				!strcmp((const char *)arg->name, "arg");
	}
}

static int take_domain(struct reader *r, xmlNode *root)
{
	xmlNode *os = libvirt_xml_child(root, "os");

	if (!libvirt_xml_is(root, "domain"))
		return err_set(r->e, -EINVAL, "%s: the root is <%.60s>%s, not "
			       "libvirt's <domain>: give the output of virsh "
			       "dumpxml DOMAIN", r->path, root->name,
			       root->ns ? " of a namespace" : "");
	TEXT(libvirt_xml_child(root, "name"), r->d->name);
	ATTR(root, "type", r->d->type);
	ATTR(libvirt_xml_child(os, "type"), "arch", r->d->arch);
	ATTR(libvirt_xml_child(os, "type"), "machine", r->d->machine);
	take_vcpus(r, root);
	r->d->iothreads = number_text(r, libvirt_xml_child(root, "iothreads"),
				      "iothreads");
	count_qemu_args(r, root);
	take_devices(r, root);
	return r->ret;
}

int libvirt_domain_read(struct libvirt_domain *d, const char *path,
			struct err *e)
{
	struct reader r = { .path = path, .d = d, .e = e };
	xmlDoc *doc;
	int ret;

	memset(d, 0, sizeof(*d));
	ret = libvirt_xml_read(path, &doc, e);
	if (ret < 0)
		return ret;
	ret = take_domain(&r, xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
	return ret;
}

void libvirt_domain_free(struct libvirt_domain *d)
{
	free(d->disk);
	free(d->interface);
	free(d->rng);
	free(d->other);
	memset(d, 0, sizeof(*d));
}
