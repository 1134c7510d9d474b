/* SPDX-License-Identifier: MIT */
#include "libvirt_element.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "lib/util.h"

#define IMAGE  "/var/lib/libvirt/images/disk.img"
#define SOCKET "/run/vioperf/blk.sock"
#define BRIDGE "br0"

enum {
	OPT_IOTHREAD = 1,
	OPT_NATIVE = 2,
	OPT_IO_URING = 4,
	OPT_THREADS = 8,
	OPT_AIO = OPT_NATIVE | OPT_IO_URING | OPT_THREADS,
	OPT_VHOST = 16,
	OPT_SLIRP = 32,
	OPT_BUILTIN = 64,
	OPT_WRITEBACK = 128,
	OPT_WRITETHROUGH = 256,
	OPT_DIRECTSYNC = 512,
	OPT_UNSAFE = 1024,
	OPT_BUFFERED = OPT_WRITEBACK | OPT_WRITETHROUGH | OPT_UNSAFE,
	OPT_CACHE = OPT_BUFFERED | OPT_DIRECTSYNC,
	OPT_FILE = OPT_AIO | OPT_CACHE,
	OPT_POLL_MAX = 2048,
	OPT_THREAD = OPT_IOTHREAD | OPT_POLL_MAX,
};

static const struct {
	const char *name;
	unsigned int bit;
	unsigned int without; /* cannot stand beside these */
	unsigned int needs;
} options[] = {
	{ "iothread", OPT_IOTHREAD, 0 },
	{ "native", OPT_NATIVE, OPT_AIO | OPT_BUFFERED },
	{ "io_uring", OPT_IO_URING, OPT_AIO },
	{ "threads", OPT_THREADS, OPT_AIO },
	{ "vhost", OPT_VHOST, OPT_SLIRP },
	{ "slirp", OPT_SLIRP, OPT_VHOST },
	{ "builtin", OPT_BUILTIN, 0 },
	{ "writeback", OPT_WRITEBACK, OPT_CACHE | OPT_NATIVE },
	{ "writethrough", OPT_WRITETHROUGH, OPT_CACHE | OPT_NATIVE },
	{ "directsync", OPT_DIRECTSYNC, OPT_CACHE },
	{ "unsafe", OPT_UNSAFE, OPT_CACHE | OPT_NATIVE },
	{ "poll-max", OPT_POLL_MAX, 0, OPT_IOTHREAD },
};

/* What is being printed. */
struct page {
	FILE *out;
	int depth;
	unsigned int opt;
	uint64_t poll_max_ns;
};

struct element {
	const char *name;
	unsigned int opts;
	const char *note; /* must not hold two hyphens: XML comments */
	const char *arg;  /* of device() */
	void (*device)(const struct page *p, const char *arg);
	void (*domain)(const struct page *p); /* what it takes outside */
	const char *xmlns;
};

static void line(const struct page *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void line(const struct page *p, const char *fmt, ...)
{
	va_list ap;

	fprintf(p->out, "%*s", 2 * p->depth, "");
	va_start(ap, fmt);
	vfprintf(p->out, fmt, ap);
	va_end(ap);
	fputc('\n', p->out);
}

static const char *aio(const struct page *p)
{
	return p->opt & OPT_NATIVE   ? " io='native'" :
	       p->opt & OPT_IO_URING ? " io='io_uring'" :
	       p->opt & OPT_THREADS  ? " io='threads'" : "";
}

static const char *cache(const struct page *p)
{
	return p->opt & OPT_WRITEBACK	 ? "writeback" :
	       p->opt & OPT_WRITETHROUGH ? "writethrough" :
	       p->opt & OPT_DIRECTSYNC	 ? "directsync" :
	       p->opt & OPT_UNSAFE	 ? "unsafe" : "none";
}

static const char *iothread(const struct page *p)
{
	return p->opt & OPT_IOTHREAD ? " iothread='1'" : "";
}

/* @driver: further attributes of <driver>. */
static void file_disk(const struct page *p, const char *target,
		      const char *driver)
{
	line(p, "<disk type='file' device='disk'>");
	line(p, "  <driver name='qemu' type='raw' cache='%s'%s%s/>", cache(p),
	     aio(p), driver);
	line(p, "  <source file='" IMAGE "'/>");
	line(p, "  <target %s/>", target);
	line(p, "</disk>");
}

static void plain_disk(const struct page *p, const char *target)
{
	file_disk(p, target, "");
}

static void virtio_disk(const struct page *p, const char *target)
{
	char driver[48];

	snprintf(driver, sizeof(driver), " queues='1'%s", iothread(p));
	file_disk(p, target, driver);
}

static void scsi_disk(const struct page *p, const char *target)
{
	line(p, "<controller type='scsi' index='0' model='virtio-scsi'>");
	line(p, "  <driver queues='1'%s/>", iothread(p));
	line(p, "</controller>");
	file_disk(p, target, "");
}

static void vhost_user_disk(const struct page *p, const char *target)
{
	line(p, "<disk type='vhostuser' device='disk'>");
	line(p, "  <driver name='qemu' type='raw' queues='1'/>");
	line(p, "  <source type='unix' path='" SOCKET "'>");
	line(p, "    <reconnect enabled='yes' timeout='1'/>");
	line(p, "  </source>");
	line(p, "  <target %s/>", target);
	line(p, "</disk>");
}

/* vhost-user back ends map the guest's memory. */
static void shared_memory(const struct page *p)
{
	line(p, "<memoryBacking>");
	line(p, "  <source type='memfd'/>");
	line(p, "  <access mode='shared'/>");
	line(p, "</memoryBacking>");
}

static void nvme_arguments(const struct page *p)
{
	const char *a = p->opt & OPT_NATIVE   ? ",aio=native" :
			p->opt & OPT_IO_URING ? ",aio=io_uring" :
			p->opt & OPT_THREADS  ? ",aio=threads" : "";

	line(p, "<qemu:commandline>");
	line(p, "  <qemu:arg value='-drive'/>");
	line(p, "  <qemu:arg value='file=" IMAGE ",format=raw,if=none,id=nvme,"
	     "cache=%s%s'/>", cache(p), a);
	line(p, "  <qemu:arg value='-device'/>");
	line(p, "  <qemu:arg value='nvme,drive=nvme,serial=vioperf'/>");
	line(p, "</qemu:commandline>");
}

static void interface(const struct page *p, const char *model)
{
	bool virtio = !strcmp(model, "virtio") && !(p->opt & OPT_SLIRP);

	if (p->opt & OPT_SLIRP) {
		line(p, "<interface type='user'>");
	} else {
		line(p, "<interface type='bridge'>");
		line(p, "  <source bridge='" BRIDGE "'/>");
	}
	line(p, "  <model type='%s'/>", model);
	if (virtio)
		line(p, "  <driver name='%s'/>",
		     p->opt & OPT_VHOST ? "vhost" : "qemu");
	line(p, "</interface>");
}

static void rng(const struct page *p, const char *arg)
{
	line(p, "<rng model='virtio'>");
	if (p->opt & OPT_BUILTIN)
		line(p, "  <backend model='builtin'/>");
	else
		line(p, "  <backend model='random'>/dev/urandom</backend>");
	line(p, "</rng>");
}

static void balloon(const struct page *p, const char *arg)
{
	line(p, "<memballoon model='virtio'/>");
}

static const struct element elements[] = {
	{ "blk", 0,
	  "served by vioperf device blk, which listens on the path below",
	  "dev='vda' bus='virtio'", vhost_user_disk, shared_memory },
	{ "qsd-blk", 0,
	  "served by qemu-storage-daemon, its export of type vhost-user-blk",
	  "dev='vda' bus='virtio'", vhost_user_disk, shared_memory },
	{ "null", 0,
	  "libvirt has no element for null: the load answers itself, without "
	  "a guest" },
	{ "rng", 0,
	  "libvirt 9.0 has no element for an entropy source over vhost-user" },
	{ "null-rng", 0,
	  "libvirt has no element for null-rng: the load answers itself, "
	  "without a guest" },
	{ "qemu-virtio-blk", OPT_THREAD | OPT_FILE, NULL,
	  "dev='vda' bus='virtio'", virtio_disk },
	{ "qemu-virtio-scsi", OPT_THREAD | OPT_FILE, NULL,
	  "dev='sda' bus='scsi'", scsi_disk },
	{ "qemu-ide", OPT_FILE,
	  "libvirt takes IDE with the machine pc only, not with q35",
	  "dev='hda' bus='ide'", plain_disk },
	{ "qemu-ahci", OPT_FILE, NULL, "dev='sda' bus='sata'", plain_disk },
	{ "qemu-nvme", OPT_FILE,
	  "libvirt 9.0 has no element for an emulated NVMe disk (later ones "
	  "take bus='nvme'): QEMU's own arguments",
	  NULL, NULL, nvme_arguments,
	  " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'" },
	{ "qemu-virtio-net", OPT_VHOST | OPT_SLIRP, NULL, "virtio", interface },
	{ "qemu-e1000", OPT_SLIRP, NULL, "e1000", interface },
	{ "qemu-e1000e", OPT_SLIRP, NULL, "e1000e", interface },
	{ "qemu-rtl8139", OPT_SLIRP, NULL, "rtl8139", interface },
	{ "qemu-vmxnet3", OPT_SLIRP, NULL, "vmxnet3", interface },
	{ "qemu-virtio-rng", OPT_BUILTIN, NULL, NULL, rng },
	{ "qemu-virtio-balloon", 0, NULL, NULL, balloon },
};

const char *libvirt_element_name(unsigned int i)
{
	return i < ARRAY_SIZE(elements) ? elements[i].name : NULL;
}

static int unknown_target(const char *name, struct err *e)
{
	char known[400];
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(elements) && n < sizeof(known); i++)
		n += (size_t)snprintf(known + n, sizeof(known) - n, "%s%s",
				      i ? ", " : "", elements[i].name);
	return err_set(e, -EINVAL, "no target '%.60s' here; known: %s", name,
		       known);
}

static int unknown_option(const struct element *el, const char *name,
			  struct err *e)
{
	char known[200] = "none";
	size_t k, n = 0;

	for (k = 0; k < ARRAY_SIZE(options) && n < sizeof(known); k++)
		if (el->opts & options[k].bit)
			n += (size_t)snprintf(known + n, sizeof(known) - n,
					      "%s+%s", n ? ", " : "",
					      options[k].name);
	return err_set(e, -EINVAL, "no target '%.60s': options of %s, as far "
		       "as they do not exclude each other: %s", name, el->name,
		       known);
}

static const struct element *find(const char *name)
{
	size_t i, n = strcspn(name, "+");

	for (i = 0; i < ARRAY_SIZE(elements); i++)
		if (strlen(elements[i].name) == n &&
		    !strncmp(elements[i].name, name, n))
			return &elements[i];
	return NULL;
}

/* The bit of the option that begins at @text, 0 when @el has none such. */
static unsigned int option(const struct element *el, const char *text, size_t n,
			   unsigned int so_far)
{
	size_t k;

	for (k = 0; k < ARRAY_SIZE(options); k++)
		if (strlen(options[k].name) == n &&
		    !strncmp(options[k].name, text, n) &&
		    el->opts & options[k].bit && !(so_far & options[k].bit) &&
		    !(so_far & options[k].without) &&
		    (so_far & options[k].needs) == options[k].needs)
			return options[k].bit;
	return 0;
}

/* The only one with a value is poll-max=TIME. */
static bool value_ok(struct page *p, unsigned int bit, const char *text,
		     size_t n)
{
	char value[32];

	if (bit != OPT_POLL_MAX)
		return !n;
	if (n < 2 || n > sizeof(value))
		return false;
	snprintf(value, sizeof(value), "%.*s", (int)n - 1, text + 1);
	return !units_parse_time(value, &p->poll_max_ns);
}

static int take_options(const struct element *el, const char *name,
			struct page *p, struct err *e)
{
	const char *at = name + strlen(el->name);
	unsigned int bit;
	size_t n, word;

	for (; *at; at += n) {
		n = strcspn(++at, "+");
		word = strcspn(at, "+=");
		bit = option(el, at, word, p->opt);
		if (!bit || !value_ok(p, bit, at + word, n - word))
			return unknown_option(el, name, e);
		p->opt |= bit;
	}
	return 0;
}

static void print_iothreads(const struct page *p)
{
	line(p, "<iothreads>1</iothreads>");
	if (!(p->opt & OPT_POLL_MAX))
		return;
	line(p, "<iothreadids>");
	line(p, "  <iothread id='1'>");
	line(p, "    <poll max='%llu'/>", (unsigned long long)p->poll_max_ns);
	line(p, "  </iothread>");
	line(p, "</iothreadids>");
}

/* A skeleton of the domain, with every element at its place. */
static void print_domain(struct page *p, const struct element *el)
{
	line(p, "<domain type='kvm'%s>", el->xmlns ? el->xmlns : "");
	p->depth++;
	if (p->opt & OPT_IOTHREAD)
		print_iothreads(p);
	if (el->domain)
		el->domain(p);
	if (el->device) {
		line(p, "<devices>");
		p->depth++;
		el->device(p, el->arg);
		p->depth--;
		line(p, "</devices>");
	}
	p->depth--;
	line(p, "</domain>");
}

int libvirt_element_print(const char *name, FILE *out, struct err *e)
{
	const struct element *el = find(name);
	struct page p = { .out = out };
	int ret;

	if (!el)
		return unknown_target(name, e);
	ret = take_options(el, name, &p, e);
	if (ret < 0)
		return ret;
	if (el->note)
		line(&p, "<!-- %s -->", el->note);
	if (el->domain || !el->device || p.opt & OPT_IOTHREAD ||
	    el->device == scsi_disk)
		print_domain(&p, el);
	else
		el->device(&p, el->arg);
	return 0;
}
