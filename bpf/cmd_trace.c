/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cmd.h"
#include "lib/err.h"

/* The command that was typed, "trace" or "list": argv[0] is "vioperf NAME". */
static const char *typed(char **argv)
{
	const char *space = strchr(argv[0], ' ');

	return space ? space + 1 : "trace";
}

/* Without the BPF toolchain this file is all of the folder that is built. */
#if !HAVE_BPF
int cmd_trace(int argc, char **argv)
{
	(void)argc;
	err_printf(typed(argv),
		   "built without tracing: missing " BPF_MISSING
		   "; run \"sudo make deps\" and build again");
	return CMD_FAIL;
}
#else

#include "lib/commas.h"
#include "lib/cpus.h"
#include "lib/opt.h"
#include "lib/record.h"
#include "trace.h"
#include "trace_events.h"
#include "vm.h"

struct arguments {
	struct trace_options opt;
	const char *cpu;
	bool list, watch;
	char *stamps;
	const char *trace_json;
	unsigned int events;
	pid_t vm;
};

enum { KEY_RINGS = 256, KEY_PID, KEY_RECORD, KEY_SYNC, KEY_FORMAT, KEY_CPU,
       KEY_LIST, KEY_LIST_VM, KEY_QMP, KEY_EVERY_ONE, KEY_SHARED_MAPS, KEY_WATCH, KEY_STAMPS, KEY_EVENTS,
       KEY_TRACE_JSON, KEY_ATTACH };

static const struct argp_option options[] = {
	{ "rings", KEY_RINGS, "FILE", 0,
	  "Watch the rings in FILE, as written by vioperf load --rings", 0 },
	{ "pid", KEY_PID, "PID", 0,
	  "Watch every eventfd that PID shares with another process; several "
	  "PIDs may follow", 0 },
	{ "qmp", KEY_QMP, "SOCKET", 0,
	  "Ask QEMU's monitor, a Unix socket, for the names of the devices "
	  "of the virtual machine with --pid", 0 },
	{ "list", KEY_LIST, NULL, 0,
	  "List the probes and how each would attach here", 0 },
	{ "list-vm", KEY_LIST_VM, "PID", 0,
	  "List the vCPUs of the virtual machine that PID runs, its doorbells "
	  "and interrupts, and who serves them", 0 },
	{ "trace-json", KEY_TRACE_JSON, "FILE", 0,
	  "Write whole requests, from --stamps, for Chrome's tracing page or "
	  "Perfetto", 0 },
	{ "stamps", KEY_STAMPS, "DRIVER[,DEVICE]", 0,
	  "What vioperf load --stamps and vioperf device --stamps wrote; a "
	  "comma of a path is written twice", 0 },
	{ "events", KEY_EVENTS, "N", 0,
	  "The last N requests of them (1000)", 0 },
	{ "time", 't', "TIME", 0, "Stop after TIME (5s); until Ctrl-C if "
	  "not given", 1 },
	{ "watch", KEY_WATCH, NULL, 0,
	  "Show what was seen in the last TIME (1s), over and over, until "
	  "Ctrl-C", 1 },
	{ "record", KEY_RECORD, "FILE", 0, "Write a JSON record to FILE", 1 },
	{ "format", KEY_FORMAT, "text|json", 0, "What to print", 1 },
	{ "sync-fd", KEY_SYNC, "N", 0,
	  "Inherited socket on which \"ready\", \"go\" and \"stop\" are "
	  "exchanged", 2 },
	{ "every-one", KEY_EVERY_ONE, NULL, 0,
	  "Follow every notification; else, of more than 5K/s on a CPU, as "
	  "many by chance, which stand for the rest (all are counted)", 2 },
	{ "shared-maps", KEY_SHARED_MAPS, NULL, 0,
	  "Keep one histogram for all CPUs, not one each: less memory, more "
	  "time (chosen where those for each CPU took over 128 MiB)", 2 },
	{ "cpu", KEY_CPU, "LIST", 0, "Run on these CPUs", 2 },
	{ "attach", KEY_ATTACH, "WAY", 0,
	  "Attach by tp_btf, raw_tp, fentry or kprobe wherever an event can "
	  "be seen that way (default: the best that works)", 2 },
	{ 0 }
};

/* The process id that @text begins with; @end: what comes behind it. */
static pid_t parse_pid(struct argp_state *state, const char *text,
		       const char **end)
{
	char *behind;
	long pid = strtol(text, &behind, 10);

	if (behind == text || pid < 1 || pid > INT32_MAX ||
	    (*behind && *behind != ','))
		argp_error(state, "--pid: \"%s\" is not a process id", text);
	*end = behind;
	return (pid_t)pid;
}

static void add_pids(struct argp_state *state, struct trace_options *o,
		     const char *text)
{
	const char *end;
	pid_t pid;

	for (;; text = end + 1) {
		pid = parse_pid(state, text, &end);
		if (o->nr_pids == TRACE_MAX_PROCS)
			argp_error(state, "--pid: at most %d processes",
				   TRACE_MAX_PROCS);
		o->pid[o->nr_pids++] = pid;
		if (!*end)
			return;
	}
}

static pid_t parse_vm(struct argp_state *state, const char *text)
{
	const char *end;
	pid_t pid = parse_pid(state, text, &end);

	if (*end)
		argp_error(state, "--pid: one process, not \"%s\"", text);
	return pid;
}

static int parse_number(struct argp_state *state, const char *option,
			const char *text)
{
	unsigned int n;

	opt_number(state, option, text, 0, INT32_MAX, &n);
	return (int)n;
}

static void check(struct argp_state *state, const struct arguments *a)
{
	if (!a->stamps != !a->trace_json)
		argp_error(state, "--trace-json and --stamps go together");
	if (!a->events)
		argp_error(state, "--events: at least 1");
	if (a->list || a->vm || a->trace_json)
		return;
	if (a->opt.qmp && a->opt.nr_pids != 1)
		argp_error(state, "--qmp goes with one --pid, of QEMU's");
	if (!a->opt.rings_file && !a->opt.nr_pids)
		argp_error(state, "one of --rings, --pid or --list is needed");
	if (a->watch && (a->opt.record || a->opt.sync_fd >= 0))
		argp_error(state, "--watch prints; it takes no --record and "
				  "no --sync-fd");
	if (a->opt.rings_file && a->opt.nr_pids)
		argp_error(state, "--rings and --pid exclude each other");
}

static void parse_choice(struct argp_state *state, struct arguments *a,
			 int key, const char *arg)
{
	if (key == KEY_FORMAT) {
		if (strcmp(arg, "text") && strcmp(arg, "json"))
			argp_error(state, "--format is text or json");
		a->opt.json = !strcmp(arg, "json");
		return;
	}
	if (strcmp(arg, "tp_btf") && strcmp(arg, "raw_tp") &&
	    strcmp(arg, "fentry") && strcmp(arg, "kprobe"))
		argp_error(state, "--attach is tp_btf, raw_tp, fentry or "
				  "kprobe");
	a->opt.way = arg;
}

/* What --trace-json takes. */
static void parse_events(struct argp_state *state, struct arguments *a,
			 int key, char *arg)
{
	if (key == KEY_STAMPS)
		a->stamps = opt_path(state, "--stamps", arg);
	else if (key == KEY_TRACE_JSON)
		a->trace_json = opt_path(state, "--trace-json", arg);
	else
		a->events = (unsigned int)parse_number(state, "--events", arg);
}

static void set_flag(struct arguments *a, int key)
{
	a->list |= key == KEY_LIST;
	a->watch |= key == KEY_WATCH;
	a->opt.every_one |= key == KEY_EVERY_ONE;
	a->opt.shared_maps |= key == KEY_SHARED_MAPS;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_RINGS:
		a->opt.rings_file = opt_path(state, "--rings", arg);
		break;
	case KEY_PID:
		add_pids(state, &a->opt, arg);
		break;
	case ARGP_KEY_ARG:
		if (!a->opt.nr_pids)
			return ARGP_ERR_UNKNOWN;
		add_pids(state, &a->opt, arg);
		break;
	case 't':
		opt_time(state, "--time", arg, 1, &a->opt.time_ns);
		break;
	case KEY_RECORD:
		a->opt.record = opt_path(state, "--record", arg);
		break;
	case KEY_SYNC:
		a->opt.sync_fd = parse_number(state, "--sync-fd", arg);
		break;
	case KEY_CPU:
		a->cpu = opt_cpus(state, "--cpu", arg);
		break;
	case KEY_STAMPS:
	case KEY_TRACE_JSON:
	case KEY_EVENTS:
		parse_events(state, a, key, arg);
		break;
	case KEY_LIST:
	case KEY_WATCH:
	case KEY_EVERY_ONE:
	case KEY_SHARED_MAPS:
		set_flag(a, key);
		break;
	case KEY_QMP:
		a->opt.qmp = opt_path(state, "--qmp", arg);
		break;
	case KEY_LIST_VM:
		a->vm = parse_vm(state, arg);
		break;
	case KEY_FORMAT:
	case KEY_ATTACH:
		parse_choice(state, a, key, arg);
		break;
	case ARGP_KEY_END:
		check(state, a);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "--rings FILE\n--pid PID...\n--list\n--list-vm PID",
	"Observe kicks, calls and the wake-ups they cause, by eBPF."
	"\vStages are summed up in the kernel; no event is copied. Without "
	"--record a table is printed at the end. Needs root, or CAP_BPF and "
	"CAP_PERFMON.",
	NULL, NULL, NULL
};

static int write_events(struct arguments *a)
{
	char *rest = a->stamps, *driver = commas_cut(&rest);
	char *device = rest ? commas_cut(&rest) : NULL;
	struct err e;

	if (trace_events_write(a->trace_json, driver, device, a->events,
			       &e) >= 0)
		return CMD_OK;
	err_print("trace", &e);
	return CMD_FAIL;
}

/* For `vioperf list --pid`, @command, which has nothing else to do with it. */
static int list_vm(const struct arguments *a, const char *command)
{
	struct err e;
	json_t *vm = vm_describe(a->vm, &e);
	int ret = vm ? 0 : -ENOENT;

	if (vm && a->opt.json)
		ret = record_write(NULL, vm, &e);
	else if (vm)
		vm_print(vm);
	if (ret < 0)
		err_print(command, &e);
	json_decref(vm);
	return ret < 0 ? CMD_FAIL : CMD_OK;
}

static int list_probes(const struct arguments *a)
{
	struct err e;

	if (!trace_list(a->opt.json, a->opt.way, &e))
		return CMD_OK;
	err_print("trace", &e);
	return CMD_FAIL;
}

int cmd_trace(int argc, char **argv)
{
	struct arguments a = { .opt.sync_fd = -1, .events = 1000 };
	const char *missing;
	struct err e;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.cpu && cpus_pin(a.cpu, &e) < 0) {
		err_print("trace", &e);
		return CMD_FAIL;
	}
	if (a.trace_json)
		return write_events(&a);
	if (a.list)
		return list_probes(&a);
	missing = trace_missing();
	if (missing[0]) {
		snprintf(e.text, sizeof(e.text), "%s%s",
			 a.vm ? "reading a virtual machine " : "tracing ",
			 missing);
		err_print(typed(argv), &e);
		trace_refuse(&a.opt, &e);
		return CMD_FAIL;
	}
	if (a.vm)
		return list_vm(&a, typed(argv));
	return (a.watch ? trace_watch(&a.opt) : trace_run(&a.opt)) < 0 ?
		       CMD_FAIL : CMD_OK;
}
#endif
