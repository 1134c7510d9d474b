/* SPDX-License-Identifier: MIT */
#include "libvirt_unread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "libvirt_known.h"
#include "libvirt_xml.h"

#define WORD 64
#define PATH 256
#define ROOM 200 /* for one setting */

/* What holds secrets is named but not shown. */
static bool is_secret(const xmlNode *node)
{
	static const char *const names[] = { "encryption", "auth", "cookies" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (libvirt_xml_is(node, names[i]))
			return true;
	return node->ns;
}

static void print_name(FILE *f, const xmlNode *node)
{
	char word[WORD];

	libvirt_xml_printable((const char *)node->name, word, sizeof(word));
	fprintf(f, "%s%s", node->ns ? "qemu:" : "", word);
}

static void print_attr(FILE *f, const xmlAttr *attr)
{
	char name[WORD], value[WORD];

	libvirt_xml_printable((const char *)attr->name, name, sizeof(name));
	libvirt_xml_peek(attr->parent, (const char *)attr->name, value,
			 sizeof(value));
	fprintf(f, " %s='%s'", name, value);
}

/* "iotune (total_iops_sec 500, size_iops_sec 4096)" */
static void print_element(FILE *f, xmlNode *node)
{
	xmlNode *child = node->children;
	unsigned int nr = 0;
	char text[WORD];
	xmlAttr *a;

	print_name(f, node);
	if (is_secret(node))
		return;
	for (a = node->properties; a; a = a->next)
		print_attr(f, a);
	for (; child && ftell(f) < ROOM; child = child->next) {
		if (child->type != XML_ELEMENT_NODE)
			continue;
		fputs(nr++ ? ", " : " (", f);
		print_element(f, child);
	}
	if (nr) {
		fputc(')', f);
		return;
	}
	libvirt_xml_text(node, text, sizeof(text));
	fprintf(f, "%s%s", *text ? " " : "", text);
}

/* One line for @attr, or for all of @node. */
static void tell(FILE *f, xmlNode *node, const xmlAttr *attr, const char *why)
{
	char *text = NULL;
	size_t n;
	FILE *t = open_memstream(&text, &n);

	if (!t)
		return;
	if (attr)
		print_name(t, node);
	else
		print_element(t, node);
	if (attr)
		print_attr(t, attr);
	if (!fclose(t))
		fprintf(f, "%.*s%s: %s\n", ROOM, text,
			n > ROOM ? "..." : "", why);
	free(text);
}

static void walk(FILE *f, xmlNode *node, const char *path);

static void judge_attr(FILE *f, xmlAttr *attr, const char *path)
{
	char at[PATH + 2 * WORD], value[WORD];
	const char *why;

	libvirt_xml_peek(attr->parent, (const char *)attr->name, value,
			 sizeof(value));
	snprintf(at, sizeof(at), "%s@%.60s=%s", path, attr->name, value);
	why = libvirt_known(at);
	if (why && !libvirt_xml_attr_is_taken(attr))
		tell(f, attr->parent, attr, why);
}

static void judge_child(FILE *f, xmlNode *child, const char *path)
{
	bool ours = !child->ns || !strcmp((const char *)child->ns->href,
					  LIBVIRT_QEMU_NAMESPACE);
	char at[PATH];
	const char *why;

	if (child->type != XML_ELEMENT_NODE || !ours)
		return;
	snprintf(at, sizeof(at), "%.180s/%s%.60s", path,
		 child->ns ? "qemu:" : "", child->name);
	why = libvirt_known(at);
	if (why && (!*why || libvirt_xml_is_taken(child)))
		walk(f, child, at);
	else if (why)
		tell(f, child, NULL, why);
}

static void walk(FILE *f, xmlNode *node, const char *path)
{
	xmlNode *child;
	xmlAttr *a;

	for (a = node->properties; a; a = a->next)
		if (!a->ns)
			judge_attr(f, a, path);
	for (child = node->children; child; child = child->next)
		judge_child(f, child, path);
}

void libvirt_unread(xmlNode *root, FILE *f)
{
	char path[WORD];

	if (!root)
		return;
	snprintf(path, sizeof(path), "%.60s", root->name);
	walk(f, root, path);
}
