/* SPDX-License-Identifier: MIT */
#include "libvirt_domain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libvirt_reader.h"
#include "libvirt_unread.h"
#include "libvirt_xml.h"

#define MAX_NUMBER 1000000

#define ATTR(node, name, to) libvirt_xml_attr(node, name, to, sizeof(to))
#define TEXT(node, to)	     libvirt_xml_text(node, to, sizeof(to))

static unsigned int number(struct libvirt_reader *r, xmlNode *node,
			   const char *what, const char *text)
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

unsigned int libvirt_reader_attr(struct libvirt_reader *r, xmlNode *node,
				 const char *name)
{
	char text[LIBVIRT_WORD];

	ATTR(node, name, text);
	return number(r, node, name, text);
}

unsigned int libvirt_reader_peek(struct libvirt_reader *r, xmlNode *node,
				 const char *name)
{
	char text[LIBVIRT_WORD];

	libvirt_xml_peek(node, name, text, sizeof(text));
	return number(r, node, name, text);
}

unsigned int libvirt_reader_text(struct libvirt_reader *r, xmlNode *node,
				 const char *name)
{
	char text[LIBVIRT_WORD];

	TEXT(node, text);
	return number(r, node, name, text);
}

char *libvirt_reader_rest(struct libvirt_reader *r, xmlNode *a, xmlNode *b,
			  xmlNode *c)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f) {
		libvirt_unread(a, f);
		libvirt_unread(b, f);
		libvirt_unread(c, f);
	}
	if ((!f || fclose(f)) && !r->ret)
		r->ret = err_set(r->e, -ENOMEM, "%s: out of memory", r->path);
	return text;
}

static void take_devices(struct libvirt_reader *r, xmlNode *root)
{
	xmlNode *list, *node;

	for (list = root->children; list; list = list->next) {
		if (!libvirt_xml_is(list, "devices"))
			continue;
		libvirt_xml_take(list);
		for (node = list->children; node && !r->ret; node = node->next)
			libvirt_reader_device(r, node);
	}
}

static void take_vcpus(struct libvirt_reader *r, xmlNode *root)
{
	xmlNode *vcpu = libvirt_xml_child(root, "vcpu");

	r->d->vcpus = libvirt_reader_attr(r, vcpu, "current");
	if (!r->d->vcpus)
		r->d->vcpus = libvirt_reader_text(r, vcpu, "vcpu");
}

/* Arguments that libvirt hands through: not read, but not hidden either. */
static void count_qemu_args(struct libvirt_reader *r, xmlNode *root)
{
	xmlNode *line, *arg;

	for (line = root->children; line; line = line->next) {
		if (line->type != XML_ELEMENT_NODE || !line->ns ||
		    strcmp((const char *)line->ns->href,
			   LIBVIRT_QEMU_NAMESPACE) ||
		    strcmp((const char *)line->name, "commandline"))
			continue;
		for (arg = line->children; arg; arg = arg->next)
			r->d->qemu_args += arg->type == XML_ELEMENT_NODE &&
				!strcmp((const char *)arg->name, "arg");
	}
}

static void take_os(struct libvirt_domain *d, xmlNode *root)
{
	xmlNode *type = libvirt_xml_child(libvirt_xml_child(root, "os"),
					  "type");

	ATTR(type, "arch", d->arch);
	ATTR(type, "machine", d->machine);
}

/* A model is made of many features: it is said once that a run has not got
 * it. Those of the host's own CPU are said each. */
static void take_cpu(xmlNode *root)
{
	xmlNode *cpu = libvirt_xml_find(root, "cpu"), *child;
	char mode[LIBVIRT_WORD];

	libvirt_xml_peek(cpu, "mode", mode, sizeof(mode));
	if (!cpu || !strcmp(mode, "host-passthrough") ||
	    !strcmp(mode, "maximum"))
		return;
	for (child = cpu->children; child; child = child->next)
		if (libvirt_xml_is(child, "feature") ||
		    (*mode && libvirt_xml_is(child, "model")))
			libvirt_xml_take(child);
}

static int take_domain(struct libvirt_reader *r, xmlNode *root)
{
	if (!libvirt_xml_is(root, "domain"))
		return err_set(r->e, -EINVAL, "%s: the root is <%.60s>%s, not "
			       "libvirt's <domain>: give the output of virsh "
			       "dumpxml DOMAIN", r->path, root->name,
			       root->ns ? " of a namespace" : "");
	TEXT(libvirt_xml_child(root, "name"), r->d->name);
	ATTR(root, "type", r->d->type);
	take_os(r->d, root);
	take_cpu(root);
	take_vcpus(r, root);
	r->d->iothreads = libvirt_reader_text(
		r, libvirt_xml_child(root, "iothreads"), "iothreads");
	count_qemu_args(r, root);
	take_devices(r, root);
	r->d->unread = libvirt_reader_rest(r, root, NULL, NULL);
	return r->ret;
}

int libvirt_domain_read(struct libvirt_domain *d, const char *path,
			struct err *e)
{
	struct libvirt_reader r = { .path = path, .d = d, .e = e };
	xmlDoc *doc;
	int ret;

	memset(d, 0, sizeof(*d));
	ret = libvirt_xml_read(path, &doc, e);
	if (ret < 0)
		return ret;
	r.root = xmlDocGetRootElement(doc);
	ret = take_domain(&r, r.root);
	xmlFreeDoc(doc);
	return ret;
}

void libvirt_domain_free(struct libvirt_domain *d)
{
	while (d->nr_disks)
		free(d->disk[--d->nr_disks].unread);
	while (d->nr_interfaces)
		free(d->interface[--d->nr_interfaces].unread);
	while (d->nr_rngs)
		free(d->rng[--d->nr_rngs].unread);
	free(d->disk);
	free(d->interface);
	free(d->rng);
	free(d->other);
	free(d->balloon_unread);
	free(d->unread);
	memset(d, 0, sizeof(*d));
}
