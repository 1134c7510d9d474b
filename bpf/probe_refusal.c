/* SPDX-License-Identifier: MIT */
/* Why the kernel refused a program, in a line, from what libbpf says of it. */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

#define SYMBOL "kernel symbol '"

/* The first line that libbpf warned with, and what the kernel's verifier
 * objected to: the last line of its log. */
static char first_warning[160], objection[100];

/* The line before the log's statistics, "processed 12 insns (limit ...". */
static void note_objection(const char *log)
{
	const char *end = strstr(log, "\nprocessed "), *from;

	if (!end)
		return;
	for (from = end; from > log && from[-1] != '\n'; from--)
		;
	snprintf(objection, sizeof(objection), "%.*s", (int)(end - from), from);
}

static void note_text(char *text)
{
	const char *symbol = strstr(text, SYMBOL);

	if (symbol)
		snprintf(first_warning, sizeof(first_warning), "%.100s", symbol);
	if (strstr(text, "BEGIN PROG LOAD LOG")) {
		note_objection(text);
		return;
	}
	/* The first cause counts. */
	if (first_warning[0])
		return;
	text[strcspn(text, "\n")] = '\0';
	snprintf(first_warning, sizeof(first_warning), "%.150s",
		 strncmp(text, "libbpf: ", 8) ? text : text + 8);
}

static int note_warning(enum libbpf_print_level level, const char *fmt,
			va_list ap)
{
	char *text;

	if (level != LIBBPF_WARN || vasprintf(&text, fmt, ap) < 0)
		return 0;
	note_text(text);
	free(text);
	return 0;
}

void probe_refusal_begin(void)
{
	first_warning[0] = objection[0] = '\0';
	libbpf_set_print(note_warning);
}

const char *probe_refusal(void)
{
	return objection[0] ? objection : first_warning;
}

/* Where classic tracepoints are found (tracing itself needs no such place). */
static bool is_tracefs_there(void)
{
	return !access("/sys/kernel/tracing/events", F_OK) ||
	       !access("/sys/kernel/debug/tracing/events", F_OK);
}

/* Before it tells that a function is missing, the kernel has to have kprobes
 * at all. */
static const char *missing_part(const char *attach)
{
	bool kprobe = !strncmp(attach, "kprobe/", 7) ||
		      !strncmp(attach, "kretprobe/", 10);

	if (kprobe && access("/sys/bus/event_source/devices/kprobe", F_OK))
		return "this kernel is built without kprobes";
	if (kprobe || attach[0] == 'f')
		return "this kernel has no such function";
	if (!strncmp(attach, "tp/", 3) && !is_tracefs_there())
		return "tracefs is not mounted; mount -t tracefs tracefs "
		       "/sys/kernel/tracing";
	return "this kernel has no such tracepoint";
}

void probe_refusal_explain(struct probe_trial *t, int ret)
{
	const char *symbol = first_warning + strlen(SYMBOL);

	if (!strncmp(first_warning, SYMBOL, strlen(SYMBOL)))
		snprintf(t->reason, sizeof(t->reason),
			 "this kernel does not show " SYMBOL "%.*s'",
			 (int)strcspn(symbol, "'"), symbol);
	else if (objection[0])
		snprintf(t->reason, sizeof(t->reason),
			 "refused by the kernel's verifier: %s", objection);
	else if (ret == -EPERM || ret == -EACCES)
		snprintf(t->reason, sizeof(t->reason),
			 "refused by the kernel: %s", strerror(-ret));
	else if (ret == -ESRCH || ret == -ENOENT)
		snprintf(t->reason, sizeof(t->reason), "%s",
			 missing_part(t->attach));
	else
		snprintf(t->reason, sizeof(t->reason), "%s%s%.100s",
			 strerror(-ret), first_warning[0] ? ": " : "",
			 first_warning);
}
