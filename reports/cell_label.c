/* SPDX-License-Identifier: MIT */
#include "cell_label.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/units.h"
#include "lib/util.h"
#include "utf8.h"

/*
 * What the harness says belongs together; in runs of old, the id without its
 * target, with idle and accelerator in front, as those were never to be mixed
 * even if an id left them out.
 */
char *cell_key(const struct cell *c)
{
	const char *group = record_str(c->spec, "group", NULL);
	const char *p = c->id, *end;
	char *key;
	size_t at;

	if (group)
		return strdup(group);
	key = malloc(strlen(c->id) + strlen(c->idle) + strlen(c->accelerator) +
		     4);
	if (!key)
		return NULL;
	at = (size_t)sprintf(key, "%s|%s|", c->idle, c->accelerator);
	while (*p) {
		end = strchrnul(p, ' ');
		if (strncmp(p, "target=", 7)) {
			memcpy(key + at, p, (size_t)(end - p));
			at += (size_t)(end - p);
			key[at++] = ' ';
		}
		p = *end ? end + 1 : end;
	}
	key[at] = '\0';
	return key;
}

const char *cell_accelerator(const struct cell *c)
{
	static const char *const names[][2] = {
		{ "none", "no VM" },
		{ "kvm", "KVM" },
		{ "tcg", "TCG" },
		{ "vmx", "bare KVM (VMX)" },
		{ "svm", "bare KVM (SVM)" },
		{ "pvm", "bare KVM (PVM)" },
	};
	size_t i;

	if (!strcmp(c->driver, "kvm"))
		return "bare KVM guest";
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i][0], c->accelerator))
			return names[i][1];
	return c->accelerator;
}

static void __attribute__((format(printf, 2, 3)))
label_add(struct cell *c, const char *fmt, ...)
{
	size_t at = strlen(c->label);
	va_list ap;

	if (at)
		at += (size_t)snprintf(c->label + at, sizeof(c->label) - at,
				       " · ");
	if (at >= sizeof(c->label))
		return;
	va_start(ap, fmt);
	vsnprintf(c->label + at, sizeof(c->label) - at, fmt, ap);
	va_end(ap);
}

static const char *size_text(char *buf, size_t len, double bytes)
{
	if (fmod(bytes, 1024) == 0 && bytes > 0 && bytes < 1048576)
		snprintf(buf, len, "%.0fk", bytes / 1024);
	else
		units_bytes(buf, len, bytes);
	return buf;
}

static void label_net(struct cell *c, const json_t *load)
{
	static const char *const names[][2] = {
		{ "tcp-g2h", "tcp guest → host" },
		{ "tcp-h2g", "tcp host → guest" },
		{ "tcp-g2g", "tcp guest → guest" },
		{ "udp-g2h", "udp guest → host" },
		{ "udp-h2g", "udp host → guest" },
		{ "trip-times", "tcp trip times guest → host" },
	};
	const char *traffic = record_str(load, "traffic", "?");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i][0], traffic))
			traffic = names[i][1];
	label_add(c, "%.40s", traffic);
}

/* How requests are sent and waited for. */
static void label_how(struct cell *c, const json_t *load)
{
	double rate = record_num(load, "rate", 0);
	char number[32];

	if (rate > 0)
		label_add(c, "%s/s%s",
			  units_count(number, sizeof(number), rate),
			  json_is_true(json_object_get(load, "poisson"))
				  ? " poisson"
				  : "");
	label_add(c, "depth %.0f", record_num(load, "depth", 0));
	label_add(c, "%.20s", record_str(load, "completion", "?"));
}

/* Linux asks for them as it likes; our own driver is told. */
static void label_rng(struct cell *c, const json_t *load)
{
	char number[32];

	label_add(c, "random bytes");
	if (!json_object_get(load, "depth"))
		return;
	label_add(c, "%s",
		  size_text(number, sizeof(number), record_num(load, "bs", 0)));
	label_how(c, load);
	if (json_is_true(json_object_get(load, "verify")))
		label_add(c, "verify");
}

static void label_blk(struct cell *c, const json_t *load)
{
	double queues = record_num(load, "queues", 1);
	const char *engine = record_str(load, "engine", "libaio");
	char number[32];

	label_add(c, "%.40s", c->backing);
	label_add(c, "%s %.20s",
		  size_text(number, sizeof(number), record_num(load, "bs", 0)),
		  record_str(load, "rw", "?"));
	label_how(c, load);
	if (queues != 1)
		label_add(c, "%.0f queues", queues);
	if (strcmp(engine, "libaio"))
		label_add(c, "%.20s", engine);
	if (json_is_true(json_object_get(load, "verify")))
		label_add(c, "verify");
}

static void label_ring(struct cell *c, const json_t *ring)
{
	if (json_is_false(json_object_get(ring, "event_idx")))
		label_add(c, "no event_idx");
	if (json_is_false(json_object_get(ring, "indirect")))
		label_add(c, "no indirect");
	if (json_is_true(json_object_get(ring, "packed")))
		label_add(c, "packed");
	if (record_num(ring, "size", 256) != 256)
		label_add(c, "ring %.0f", record_num(ring, "size", 256));
}

/* What the guest's CPU is, and how many; a table's heading says it. */
static void make_heading(struct cell *c)
{
	double vcpus = record_num(c->spec, "vcpus", 1);
	bool is_guest = strcmp(c->accelerator, "none");
	char number[32] = "";

	if (is_guest && vcpus != 1)
		snprintf(number, sizeof(number), "%.4g vCPUs · ", vcpus);
	snprintf(c->cpu, sizeof(c->cpu), "%s%.20s%s", number,
		 cell_accelerator(c),
		 strcmp(c->accelerator, "tcg") ? "" : " (emulated CPU)");
	if (is_guest)
		snprintf(c->heading, sizeof(c->heading), "%s · %s", c->label,
			 c->cpu);
	else
		snprintf(c->heading, sizeof(c->heading), "%s", c->label);
	utf8_repair(c->cpu);
}

/* Does @key hold this pair, "depth=1"? Pairs are apart by blanks. */
static bool has_pair(const char *key, const char *pair, size_t len)
{
	const char *p;

	for (p = key; (p = strstr(p, pair)); p++)
		if ((p == key || p[-1] == ' ') &&
		    (p[len] == ' ' || !p[len]))
			return true;
	return false;
}

void cell_label_apart(struct cell *c, const char *other)
{
	const char *p = c->key;
	char pair[64];
	size_t n;

	for (; *p; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		if (!n || n >= sizeof(pair))
			continue;
		memcpy(pair, p, n);
		pair[n] = '\0';
		if (!has_pair(other, pair, n))
			label_add(c, "%s", pair);
	}
	make_heading(c);
	utf8_repair(c->label);
	utf8_repair(c->heading);
}

void cell_label(struct cell *c)
{
	const json_t *load = json_object_get(c->spec, "load");

	if (!strcmp(c->type, "net"))
		label_net(c, load);
	else if (!strcmp(c->type, "rng"))
		label_rng(c, load);
	else if (!strcmp(c->type, "balloon"))
		label_add(c, "balloon");
	else
		label_blk(c, load);
	label_ring(c, json_object_get(c->spec, "ring"));
	if (strcmp(c->idle, "sleep"))
		label_add(c, "idle %.20s", c->idle);
	make_heading(c);
	utf8_repair(c->label);
	utf8_repair(c->heading);
}
