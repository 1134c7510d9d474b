/* SPDX-License-Identifier: MIT */
#include "libvirt_xml.h"

#include <ctype.h>
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Read here and not by libxml2, whose own reader would fetch URLs and
 * unpack compressed files of any size. */
static int read_bytes(FILE *f, const char *path, char **text, size_t *bytes,
		      struct err *e)
{
	*text = malloc(LIBVIRT_XML_MAX_BYTES + 1);
	if (!*text)
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	*bytes = fread(*text, 1, LIBVIRT_XML_MAX_BYTES + 1, f);
	if (ferror(f))
		return err_set(e, -EIO, "%s: %s", path, strerror(errno));
	if (*bytes > LIBVIRT_XML_MAX_BYTES)
		return err_set(e, -EFBIG, "%s: larger than %u MiB: not a "
			       "domain", path, LIBVIRT_XML_MAX_BYTES >> 20);
	if (!*bytes)
		return err_set(e, -EINVAL, "%s: empty: give the output of "
			       "virsh dumpxml DOMAIN", path);
	return 0;
}

static int read_file(const char *path, char **text, size_t *bytes,
		     struct err *e)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	int ret;

	*text = NULL;
	if (!f)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	ret = read_bytes(f, path, text, bytes, e);
	if (f != stdin)
		fclose(f);
	return ret;
}

/* What the parser stumbled over, in its _private. */
struct stumble {
	bool doctype;
	int line; /* 0: nothing yet */
	char what[200];
};

static void trim_end(char *s)
{
	size_t n = strlen(s);

	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = 0;
}

/* No domain has a DOCTYPE; entities, external or in billions, need one. */
static void on_doctype(void *context, const xmlChar *name,
		       const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxt *parser = context;
	struct stumble *s = parser->_private;

	s->doctype = true;
	s->line = parser->input ? parser->input->line : 1;
	xmlStopParser(parser);
}

/* The first error is the cause, those after it only follow from it. */
static void on_error(void *context, xmlErrorPtr error)
{
	xmlParserCtxt *parser = context;
	struct stumble *s = parser->_private;
	char *c;

	if (s->line || error->level < XML_ERR_ERROR || !error->message)
		return;
	s->line = error->line;
	snprintf(s->what, sizeof(s->what), "%s", error->message);
	trim_end(s->what);
	for (c = s->what; *c; c++)
		*c = *c >= ' ' && *c <= '~' ? *c : ' ';
}

static int parse(const char *path, const char *text, size_t bytes,
		 xmlDoc **doc, struct err *e)
{
	xmlParserCtxt *parser = xmlNewParserCtxt();
	struct stumble s = { 0 };

	if (!parser)
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	parser->_private = &s;
	parser->sax->internalSubset = on_doctype;
	parser->sax->serror = on_error;
	*doc = xmlCtxtReadMemory(parser, text, (int)bytes, NULL, NULL,
				 XML_PARSE_NONET | XML_PARSE_NOCDATA);
	xmlFreeParserCtxt(parser);
	if (*doc && !s.line)
		return 0;
	xmlFreeDoc(*doc);
	*doc = NULL;
	if (s.doctype)
		return err_set(e, -EINVAL, "%s:%d: a DOCTYPE: refused, since "
			       "a domain needs no entities", path, s.line);
	return err_set(e, -EINVAL, "%s:%d: not well-formed XML: %s", path,
		       s.line, s.what);
}

int libvirt_xml_read(const char *path, xmlDoc **doc, struct err *e)
{
	size_t bytes = 0;
	char *text;
	int ret;

	*doc = NULL;
	ret = read_file(path, &text, &bytes, e);
	if (!ret)
		ret = parse(path, text, bytes, doc, e);
	free(text);
	return ret;
}

bool libvirt_xml_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !node->ns &&
	       !strcmp((const char *)node->name, name);
}

void libvirt_xml_take(xmlNode *node)
{
	if (node)
		node->_private = node;
}

bool libvirt_xml_is_taken(const xmlNode *node)
{
	return node->_private;
}

bool libvirt_xml_attr_is_taken(const xmlAttr *attr)
{
	return attr->_private;
}

xmlNode *libvirt_xml_find(xmlNode *node, const char *name)
{
	for (node = node ? node->children : NULL; node; node = node->next)
		if (libvirt_xml_is(node, name))
			return node;
	return NULL;
}

xmlNode *libvirt_xml_child(xmlNode *node, const char *name)
{
	xmlNode *child = libvirt_xml_find(node, name);

	libvirt_xml_take(child);
	return child;
}

/* One '?' a character: bytes 10xxxxxx only continue one. */
void libvirt_xml_printable(const char *from, char *to, size_t room)
{
	size_t n = 0;

	while (isspace((unsigned char)*from))
		from++;
	for (; *from && n < room - 1; from++)
		if ((*from & 0xc0) != 0x80)
			to[n++] = *from >= ' ' && *from <= '~' ? *from : '?';
	to[n] = 0;
	if (*from)
		strcpy(to + n - 3, "...");
}

static void give(char *to, size_t room, xmlChar *value)
{
	*to = 0;
	if (!value)
		return;
	trim_end((char *)value);
	libvirt_xml_printable((const char *)value, to, room);
	xmlFree(value);
}

void libvirt_xml_peek(xmlNode *node, const char *name, char *to, size_t room)
{
	give(to, room,
	     node ? xmlGetNoNsProp(node, (const xmlChar *)name) : NULL);
}

void libvirt_xml_attr(xmlNode *node, const char *name, char *to, size_t room)
{
	xmlAttr *attr = node ? xmlHasNsProp(node, (const xmlChar *)name,
					    NULL) : NULL;

	if (attr)
		attr->_private = attr;
	libvirt_xml_peek(node, name, to, room);
}

void libvirt_xml_text(xmlNode *node, char *to, size_t room)
{
	give(to, room, node ? xmlNodeGetContent(node) : NULL);
}
