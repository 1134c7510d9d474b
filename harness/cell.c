/* SPDX-License-Identifier: MIT */
#include "cell_attempt.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/record.h"
#include "lib/util.h"
#include "cell_stages.h"

#define SECOND	 1000000000ull
#define START_NS (10 * SECOND) /* for a part to get ready */
#define GUEST_NS (180 * SECOND) /* for a guest, whose own limits are tighter */
#define GRACE_NS (20 * SECOND) /* for a load past its end */
#define GUEST_GRACE_NS (700 * SECOND) /* likewise, with its own limits */
#define LOOK_NS	 2000000ull /* for a look at the host */
#define STOP_NS	 (5 * SECOND)  /* for the tracer to write its record */

static bool failed(const struct attempt *a)
{
	return a->why[0];
}

static void fail(struct attempt *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Only the first reason counts: the others follow from it. */
static void fail(struct attempt *a, const char *fmt, ...)
{
	va_list ap;

	if (failed(a))
		return;
	va_start(ap, fmt);
	vsnprintf(a->why, sizeof(a->why), fmt, ap);
	va_end(ap);
}

/* What a part's record says of itself. */
static void take_failure(struct attempt *a, const json_t *j)
{
	if (!failed(a))
		a->skipped = !strcmp(record_str(j, "status", ""), "skipped");
	fail(a, "%s", record_str(j, "reason", "it does not say why"));
}

void cell_record_path(char *path, size_t room, const struct cell_env *env,
		      const struct cell *c, unsigned int block)
{
	snprintf(path, room, "%s/records/b%02u-%s.json", env->dir, block,
		 c->file);
}

static void name_files(struct attempt *a, unsigned int block)
{
	const struct {
		char *path;
		const char *name;
	} work[] = {
		{ a->socket, "socket" },
		{ a->rings, "rings.json" },
		{ a->load_record, "load.json" },
		{ a->device_record, "device.json" },
		{ a->trace_record, "trace.json" },
		{ a->driver_stamps, "driver.stamps" },
		{ a->device_stamps, "device.stamps" },
	};
	size_t i;

	for (i = 0; i < sizeof(work) / sizeof(work[0]); i++) {
		snprintf(work[i].path, PATH_MAX, "%s/%s", a->env->work,
			 work[i].name);
		unlink(work[i].path);
	}
	snprintf(a->log, PATH_MAX, "%s/logs/b%02u-%s.log", a->env->dir, block,
		 a->c->file);
	snprintf(a->console, PATH_MAX, "%s/logs/b%02u-%s.console", a->env->dir,
		 block, a->c->file);
}

/* The last line of the cell's log: what a part said before it ended. */
static const char *last_words(const struct attempt *a)
{
	static char line[256];
	char text[512];
	FILE *f = fopen(a->log, "re");

	line[0] = 0;
	while (f && fgets(text, sizeof(text), f)) {
		text[strcspn(text, "\n")] = 0;
		if (*text)
			snprintf(line, sizeof(line), ": %.250s", text);
	}
	if (f)
		fclose(f);
	return line;
}

static void start_device(struct attempt *a)
{
	const struct cell *c = a->c;
	struct target_start t = cell_target_start(a);
	uint64_t until = clock_now_ns() + START_NS;
	struct stat st;
	struct err e;

	if (!c->target->command || c->target->in_process)
		return;
	c->target->command(&a->device, &t);
	if (process_start(&a->device, t.cpu, a->log, false, &e) < 0) {
		fail(a, "%s", e.text);
		return;
	}
	while (stat(a->socket, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		if (process_ended(&a->device)) {
			fail(a, "%s ended before it listened, %s%s",
			     c->value[KEY_TARGET], process_how(&a->device),
			     last_words(a));
			return;
		}
		if (clock_now_ns() > until || *a->env->stop) {
			fail(a, "%s does not listen on its socket after 10 s",
			     c->value[KEY_TARGET]);
			return;
		}
		usleep(1000);
	}
}

static bool is_guest(const struct cell *c)
{
	return c->driver == DRIVER_QEMU;
}

/* A device that died is to blame for what others say of it. */
static void blame_device(struct attempt *a, const char *when)
{
	if (a->device.pid && process_ended(&a->device))
		fail(a, "%s ended %s, %s%s", a->c->value[KEY_TARGET], when,
		     process_how(&a->device), last_words(a));
}

/* Its record says better than its last line why a part could not start. */
static void ended_early(struct attempt *a, struct process *p, const char *what)
{
	json_t *j;

	process_wait(p, SECOND);
	if (a->device.pid) /* it may be about to end */
		process_wait(&a->device, SECOND / 20);
	blame_device(a, "before the load was ready");
	j = record_read(a->load_record, NULL);
	if (j && p == &a->load && *record_str(j, "reason", ""))
		take_failure(a, j);
	else
		fail(a, "the %s ended before it was ready, %s%s", what,
		     process_how(p), last_words(a));
	json_decref(j);
}

static int wait_ready(const struct attempt *a, struct process *p)
{
	uint64_t ns = is_guest(a->c) && p == &a->load ? GUEST_NS : START_NS;
	uint64_t until = clock_now_ns() + ns;
	int ret;

	do {
		ret = process_wait_ready(p, SECOND / 10);
	} while ((ret == -ETIMEDOUT || ret == -EINTR) && !*a->env->stop &&
		 clock_now_ns() < until);
	return ret;
}

/* Start a part that says when it is ready. */
static void start_part(struct attempt *a, struct process *p, const char *what,
		       const char *cpu)
{
	struct err e;
	int ret;

	if (failed(a))
		return;
	ret = process_start(p, cpu, a->log, true, &e);
	if (ret < 0) {
		fail(a, "%s", e.text);
		return;
	}
	ret = wait_ready(a, p);
	if (ret == -ETIMEDOUT)
		fail(a, "the %s is not ready in time", what);
	else if (ret == -EPIPE)
		ended_early(a, p, what);
	else if (ret < 0)
		fail(a, "the %s: %s", what, strerror(-ret));
}

static void start_trace(struct attempt *a)
{
	struct process *p = &a->trace;

	if (!a->c->traced || failed(a))
		return;
	self_command(p, "trace");
	process_arg(p, "--rings=%s", a->rings);
	process_arg(p, "--record=%s", a->trace_record);
	/* A part that stood for the rest would differ from it: to follow a
	 * notification delays it (docs/method.md). */
	process_arg(p, "--every-one");
	start_part(a, p, "tracer", NULL);
}

/* Until the load ends, or @until. */
static int wait_load(struct attempt *a, uint64_t until)
{
	uint64_t now;
	int ret = -ETIMEDOUT;

	while (ret && !*a->env->stop && (now = clock_now_ns()) < until)
		ret = process_wait(&a->load, MIN(until - now, SECOND / 10));
	return ret;
}

/* The looks at the host stand outside the window: the load is in its warm-up
 * at the one, at its end at the other. A guest's is in between somewhere. */
static int watch(struct attempt *a, uint64_t start, uint64_t end)
{
	int ret = wait_load(a, start - LOOK_NS);

	host_look(&a->before, a->device.pid);
	if (!is_guest(a->c)) {
		if (ret)
			ret = wait_load(a, end);
		host_look(&a->after, a->device.pid);
	}
	if (ret)
		ret = wait_load(a, end + (is_guest(a->c) ? GUEST_GRACE_NS :
							   GRACE_NS));
	if (is_guest(a->c))
		host_look(&a->after, a->device.pid);
	return ret;
}

/* Say go to all, and wait for the load to end. */
static void measure(struct attempt *a)
{
	const struct scenario *s = a->env->scenario;
	uint64_t start, end;
	char go[64];

	if (failed(a))
		return;
	start = clock_now_ns() + scenario_number(s, KEY_WARMUP) + 2 * LOOK_NS;
	end = start + scenario_number(s, KEY_TIME);
	snprintf(go, sizeof(go), "go %llu %llu\n", (unsigned long long)start,
		 (unsigned long long)end);
	process_tell(&a->trace, go);
	process_tell(&a->load, go);
	if (watch(a, start, end) && !*a->env->stop)
		fail(a, "the load has not ended in time");
}

static void stop_trace(struct attempt *a)
{
	if (!a->trace.pid)
		return;
	process_tell(&a->trace, "stop\n");
	if (process_wait(&a->trace, STOP_NS))
		fail(a, "the tracer has not ended 5 s after it was told to");
}

/* Read a part's report and see what it says of itself. */
static json_t *report_of(struct attempt *a, const struct process *p,
			 const char *path, const char *what)
{
	struct err e;
	json_t *j;

	if (!p->pid)
		return NULL;
	j = record_read(path, &e);
	if (!j)
		fail(a, "the %s left no report (%s)%s", what, process_how(p),
		     last_words(a));
	else if (strcmp(record_str(j, "status", "ok"), "ok"))
		take_failure(a, j);
	else if (process_crashed(p))
		fail(a, "the %s was %s", what, process_how(p));
	return j;
}

/* The device may be to blame for what the load says, and says so itself. */
static void read_reports(struct attempt *a)
{
	blame_device(a, "in mid-run");
	stop_trace(a);
	process_end(&a->load);
	a->load_report = report_of(a, &a->load, a->load_record, "load");
	a->trace_report = report_of(a, &a->trace, a->trace_record, "tracer");
	process_end(&a->device);
	if (a->c->target->stamps)
		a->device_report = report_of(a, &a->device, a->device_record,
					     "device");
	if (a->device_report &&
	    json_is_string(json_object_get(a->device_report, "broken")))
		fail(a, "device: %s",
		     record_str(a->device_report, "broken", ""));
}

/* One request at a time cannot need two interrupts: then something else woke
 * the driver, and its latency means nothing. One may cross each end of the
 * window. */
static void check_wakeups(struct attempt *a)
{
	double requests = record_num(a->load_report, "answered", 0);
	double wakeups = record_num(a->load_report, "wakeups", 0);

	if (failed(a) || is_guest(a->c) || cell_polls(a->c) ||
	    strcmp(a->c->value[KEY_DEPTH], "1") ||
	    strcmp(a->c->value[KEY_RATE], "0"))
		return;
	if (wakeups > requests * 1.05 + 2)
		fail(a, "%.2f wake-ups a request at depth 1: the driver is "
			"woken by more than its interrupts",
		     wakeups / requests);
}

static void add_part(json_t *record, const char *key, json_t *part)
{
	if (part)
		json_object_set(record, key, part);
}

static json_t *processes(const struct attempt *a)
{
	const struct process *p[] = { &a->device, &a->load, &a->trace };
	json_t *list = json_array(), *j;
	size_t i;

	for (i = 0; i < sizeof(p) / sizeof(p[0]); i++) {
		j = process_json(p[i]);
		if (j)
			json_array_append_new(list, j);
	}
	return list;
}

/* A guest's driver counts no notifications; our device does, over all that it
 * was asked. */
static void put_notifications(json_t *metrics, const json_t *device)
{
	double requests = record_num(device, "requests", 0);

	if (!metrics || requests <= 0)
		return;
	record_metric(metrics, "kicks_per_request",
		      record_num(device, "kicks", 0) / requests, "1", "lower");
	record_metric(metrics, "calls_per_request",
		      record_num(device, "calls", 0) / requests, "1", "lower");
}

static json_t *make_record(struct attempt *a, unsigned int block,
			   unsigned int order)
{
	json_t *j = json_pack("{si ss ss si si ss}", "schema", RECORD_SCHEMA,
			      "run", a->env->run_id, "cell", a->c->id, "block",
			      (int)block, "order", (int)order, "status",
			      a->skipped	? "skipped" :
			      failed(a) ? "failed" :
					  "ok");

	if (failed(a))
		json_object_set_new(j, "reason", json_string(a->why));
	add_part(j, "metrics", json_object_get(a->load_report, "metrics"));
	if (is_guest(a->c))
		put_notifications(json_object_get(j, "metrics"),
				  a->device_report);
	if (!failed(a))
		add_part(j, "latency",
			 json_object_get(a->load_report, "latency"));
	if (a->c->traced && !failed(a))
		cell_stages(j, &(struct cell_stages_input){
				       .load = a->load_report,
				       .trace = a->trace_report,
				       .driver_stamps = a->driver_stamps,
				       .device_stamps = a->c->target->stamps ?
							a->device_stamps :
							NULL });
	add_part(j, "load", a->load_report);
	add_part(j, "device", a->device_report);
	add_part(j, "trace", a->trace_report);
	json_object_set_new(j, "processes", processes(a));
	return j;
}

static void attempt_close(struct attempt *a)
{
	process_close(&a->trace);
	process_close(&a->load);
	process_close(&a->device);
	json_decref(a->load_report);
	json_decref(a->device_report);
	json_decref(a->trace_report);
}

static int write_record(const struct attempt *a, json_t *record,
			unsigned int block, struct err *e)
{
	char path[PATH_MAX];

	cell_record_path(path, sizeof(path), a->env, a->c, block);
	return record_write(path, record, e);
}

int cell_run(const struct cell_env *env, const struct cell *c,
	     unsigned int block, unsigned int order, struct err *e)
{
	struct attempt *a = calloc(1, sizeof(*a));
	uint64_t started = clock_now_ns();
	json_t *record;
	int ret;

	if (!a)
		return err_set(e, -ENOMEM, "out of memory");
	a->env = env;
	a->c = c;
	name_files(a, block);
	start_device(a);
	cell_driver_args(a);
	start_part(a, &a->load, is_guest(c) ? "guest" : "load", NULL);
	start_trace(a);
	measure(a);
	if (!*env->stop) {
		read_reports(a);
		check_wakeups(a);
		record = make_record(a, block, order);
		json_object_set_new(record, "host",
				    host_window_json(&a->before, &a->after,
						     a->load_report));
		json_object_set_new(record, "elapsed_ns",
				    json_integer((json_int_t)(clock_now_ns() -
							      started)));
		ret = write_record(a, record, block, e);
		json_decref(record);
	} else {
		ret = -EINTR;
	}
	ret = ret < 0 ? ret : !failed(a) || a->skipped;
	attempt_close(a);
	free(a);
	return ret;
}
