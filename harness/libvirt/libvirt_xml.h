/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_XML_H
#define VIOPERF_LIBVIRT_XML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

/* More than any domain; what is larger is not read. */
#define LIBVIRT_XML_MAX_BYTES (16u << 20)

/*
 * Parse the file @path ("-": standard input). Nothing else is opened, on disk
 * or network: a document with a DOCTYPE is refused where it begins, before
 * its entities mean anything. 0 or -errno and @e as "FILE:LINE: what".
 * @doc: the caller's, to be freed with xmlFreeDoc.
 */
int libvirt_xml_read(const char *path, xmlDoc **doc, struct err *e);

/* Is @node an element @name of no namespace (as libvirt's own are)? */
bool libvirt_xml_is(const xmlNode *node, const char *name);

/*
 * What is read is marked as taken, so that what nobody has read can be told
 * (libvirt_unread.h). A mark is kept in libxml2's own _private.
 */
void libvirt_xml_take(xmlNode *node);
bool libvirt_xml_is_taken(const xmlNode *node);
bool libvirt_xml_attr_is_taken(const xmlAttr *attr);

/* First child element @name of @node (which may be NULL), or NULL. _find only
 * looks, _child takes it. */
xmlNode *libvirt_xml_find(xmlNode *node, const char *name);
xmlNode *libvirt_xml_child(xmlNode *node, const char *name);

/*
 * The attribute @name, or the text, of @node (which may be NULL) into @to,
 * "" when there is none. What is printed elsewhere must not break out of
 * there: a character that is not printable ASCII becomes '?', what is too long
 * ends in "...". _peek only looks, _attr takes it.
 */
void libvirt_xml_attr(xmlNode *node, const char *name, char *to, size_t room);
void libvirt_xml_peek(xmlNode *node, const char *name, char *to, size_t room);
void libvirt_xml_text(xmlNode *node, char *to, size_t room);

/* The same of any text. */
void libvirt_xml_printable(const char *from, char *to, size_t room);

#endif
