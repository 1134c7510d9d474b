/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/cmd.h"
#include "lib/err.h"
#include "lib/kvm_kind.h"
#include "lib/record.h"
#include "lib/util.h"
#include "harness/libvirt/libvirt_element.h"
#include "hostfacts.h"
#include "probes.h"
#include "scenario_file.h"
#include "target.h"

/* The lists first, in the order of lists[]. */
enum { OPT_TARGETS = 256, OPT_DRIVERS, OPT_LOADS, OPT_SCENARIOS, OPT_PROBES,
       OPT_FORMAT, OPT_LIBVIRT, OPT_PID };

struct arguments {
	unsigned int what;
	bool json;
	const char *libvirt;
	const char *pid;
};

static const struct argp_option options[] = {
	{ "targets", OPT_TARGETS, NULL, 0, "devices under test" },
	{ "drivers", OPT_DRIVERS, NULL, 0, "who can work a ring" },
	{ "loads", OPT_LOADS, NULL, 0, "what can be asked of a device" },
	{ "scenarios", OPT_SCENARIOS, NULL, 0, "what vioperf run can be told by name" },
	{ "probes", OPT_PROBES, NULL, 0, "what can be traced on this kernel, and by which ways not" },
	{ "format", OPT_FORMAT, "text|json", 0, "how to print it" },
	{ "pid", OPT_PID, "PID", 0, "the running VM of this process: vCPUs, doorbells, interrupts, who serves them" },
	{ "libvirt", OPT_LIBVIRT, "TARGET", 0, "print the XML that has libvirt set this target up" },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPT_TARGETS:
	case OPT_DRIVERS:
	case OPT_LOADS:
	case OPT_SCENARIOS:
	case OPT_PROBES:
		a->what |= 1u << (key - OPT_TARGETS);
		return 0;
	case OPT_FORMAT:
		if (strcmp(arg, "json") && strcmp(arg, "text"))
			argp_error(state, "--format is text or json");
		a->json = !strcmp(arg, "json");
		return 0;
	case OPT_LIBVIRT:
		a->libvirt = arg;
		return 0;
	case OPT_PID:
		a->pid = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected '%s'", arg);
		return 0;
	case ARGP_KEY_END:
		if (a->libvirt && (a->what || a->json || a->pid))
			argp_error(state, "--libvirt goes alone");
		if (a->pid && a->what)
			argp_error(state, "--pid is a list of its own");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Print targets, drivers, loads, scenarios and probes, each with 'usable' "
	       "or the reason why it is not. Without options: all of them.",
};

/* Each list is an array of {"name","what","status","reason"}. */
static json_t *entry(const char *name, const char *what, const char *reason)
{
	json_t *j = json_pack("{ss ss ss}", "name", name, "what", what,
			      "status", reason ? "unusable" : "usable");

	if (reason)
		json_object_set_new(j, "reason", json_string(reason));
	return j;
}

/* What can stand behind a target's name. */
static json_t *options_of(const struct target_ops *t)
{
	const struct target_option *o;
	json_t *list = json_array();

	for (o = t->options; o && o->name; o++)
		json_array_append_new(
			list, json_pack("{ss+ ss}", "name", o->name,
					o->takes_time ? "=TIME" : "", "what",
					o->what));
	return list;
}

static json_t *target_entry(const struct target_ops *t)
{
	char reason[700];
	struct err e;
	json_t *j;
	bool ok = !target_usable(t, &e);

	if (!ok)
		snprintf(reason, sizeof(reason), "%s; install %s", e.text,
			 t->package ? t->package : "?");
	j = entry(t->name, t->what, ok ? NULL : reason);
	json_object_set_new(j, "options", options_of(t));
	return j;
}

static json_t *targets(void)
{
	const struct target_ops *const *t;
	json_t *list = json_array();

	for (t = target_table; *t; t++)
		json_array_append_new(list, target_entry(*t));
	return list;
}

static json_t *drivers(void)
{
	const char *missing = !hostfacts_program("qemu-system-x86_64") ?
			"install the package qemu-system-x86" :
		!hostfacts_program("busybox") ?
			"install the package busybox-static" : NULL;
	json_t *list = json_array();

	json_array_append_new(
		list, entry("user", "this program, over vhost-user, no VM",
			    NULL));
	json_array_append_new(
		list, entry("kvm", "a bare guest of ours under KVM, over "
			    "vhost-user", kvm_no_bare_guest()));
	json_array_append_new(
		list, entry("qemu", "a Linux guest under QEMU, by KVM or TCG",
			    missing));
	return list;
}

static json_t *loads(void)
{
	static const char *const rw[][2] = {
		{ "blk randread", "random reads" },
		{ "blk randwrite", "random writes" },
		{ "blk read", "sequential reads" },
		{ "blk write", "sequential writes" },
		{ "blk mix:PERCENT", "random, PERCENT of them reads" },
		{ "net tcp-g2h", "iperf's TCP, guest to host" },
		{ "net tcp-h2g", "iperf's TCP, host to guest" },
		{ "net tcp-g2g", "iperf's TCP, guest to guest over a bridge" },
		{ "net udp-g2h", "iperf's UDP as fast as it goes, guest to host" },
		{ "net udp-h2g", "the same, host to guest" },
		{ "net bounceback", "write, echo, read over one TCP connection" },
		{ "net ping", "ICMP echo, each when the last one is back" },
		{ "net trip-times", "one-way delays of TCP writes, clocks set" },
		{ "rng", "bytes/s of /dev/hwrng" },
		{ "balloon", "inflate and deflate over QMP, memory checked" },
	};
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rw); i++)
		json_array_append_new(list, entry(rw[i][0], rw[i][1], NULL));
	return list;
}

/* The ways that the kernel refused, of which more than the last, whose reason
 * is the entry's, are worth lines of their own. */
static void print_refused(const json_t *entry)
{
	const json_t *all = json_object_get(entry, "refused"), *j;
	size_t i;

	if (json_object_get(entry, "reason") && json_array_size(all) < 2)
		return;
	json_array_foreach((json_t *)all, i, j)
		printf("    not %s: %s\n", record_str(j, "attach", "?"),
		       record_str(j, "reason", "?"));
}

static void print_list(const char *title, const json_t *list)
{
	const json_t *j, *o;
	const char *status;
	char name[48];
	size_t i, k;

	printf("%s\n", title);
	json_array_foreach((json_t *)list, i, j) {
		status = record_str(j, "reason", record_str(j, "status", ""));
		printf("  %-22s %-*s%s%s\n", record_str(j, "name", ""),
		       *status ? 58 : 0, record_str(j, "what", ""),
		       *status ? " " : "", status);
		json_array_foreach(json_object_get(j, "options"), k, o) {
			snprintf(name, sizeof(name), "+%s",
				 record_str(o, "name", ""));
			printf("    %-20s %s\n", name,
			       record_str(o, "what", ""));
		}
		print_refused(j);
	}
}

static const struct {
	const char *title;
	int option; /* that asks for it */
	json_t *(*make)(void);
} lists[] = {
	{ "targets", OPT_TARGETS, targets },
	{ "drivers", OPT_DRIVERS, drivers },
	{ "loads", OPT_LOADS, loads },
	{ "scenarios", OPT_SCENARIOS, scenario_file_list },
	{ "probes", OPT_PROBES, probes_edges },
	{ "stages", OPT_PROBES, probes_stages },
};

static int print_libvirt(const char *target)
{
	struct err e;

	if (!libvirt_element_print(target, stdout, &e))
		return CMD_OK;
	err_print("list", &e);
	return CMD_USAGE;
}

/* The tracer knows, and speaks as this command. */
static int list_pid(const struct arguments *a)
{
	char *argv[] = { (char *)"vioperf list", (char *)"--list-vm",
			 (char *)a->pid, (char *)"--format",
			 (char *)(a->json ? "json" : "text"), NULL };

	return cmd_trace(ARRAY_SIZE(argv) - 1, argv);
}

int cmd_list(int argc, char **argv)
{
	struct arguments a = { 0 };
	json_t *all, *list;
	struct err e;
	size_t i;
	int ret;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.pid)
		return list_pid(&a);
	if (a.libvirt)
		return print_libvirt(a.libvirt);
	all = json_object();
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		if (a.what && !(a.what & 1u << (lists[i].option - OPT_TARGETS)))
			continue;
		list = lists[i].make();
		if (!a.json)
			print_list(lists[i].title, list);
		json_object_set_new(all, lists[i].title, list);
	}
	ret = a.json ? record_write(NULL, all, &e) : 0;
	if (ret < 0)
		err_print("list", &e);
	json_decref(all);
	return ret < 0 ? CMD_FAIL : CMD_OK;
}
