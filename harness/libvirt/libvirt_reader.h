/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_READER_H
#define VIOPERF_LIBVIRT_READER_H

#include <libxml/tree.h>

#include "lib/err.h"
#include "libvirt_domain.h"

/* What reads a domain, of use to libvirt_domain.c and libvirt_device.c. */
struct libvirt_reader {
	const char *path;
	struct libvirt_domain *d;
	xmlNode *root;
	struct err *e;
	int ret; /* the first error */
};

/* The attribute @name of @node (or NULL), or @node's text, as a number: 0 when
 * it is not there or, with r->ret set, wrong. */
unsigned int libvirt_reader_attr(struct libvirt_reader *r, xmlNode *node,
				 const char *name);
unsigned int libvirt_reader_peek(struct libvirt_reader *r, xmlNode *node,
				 const char *name);
unsigned int libvirt_reader_text(struct libvirt_reader *r, xmlNode *node,
				 const char *name);

/* What is unread (libvirt_unread.h) of @a, @b and @c, any of which may be
 * NULL, in malloc'd text. */
char *libvirt_reader_rest(struct libvirt_reader *r, xmlNode *a, xmlNode *b,
			  xmlNode *c);

/* Take one of <devices>, as far as it matters here. */
void libvirt_reader_device(struct libvirt_reader *r, xmlNode *node);

#endif
