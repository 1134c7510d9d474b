/* SPDX-License-Identifier: MIT */
#include "cell.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/record.h"
#include "cell_stages.h"
#include "hostfacts.h"

#define SECOND	 1000000000ull
#define START_NS (10 * SECOND) /* for a part to get ready */
#define GRACE_NS (20 * SECOND) /* for a load past its end */
#define STOP_NS	 (5 * SECOND)  /* for the tracer to write its record */

/* One cell at work. */
struct attempt {
	const struct cell_env *env;
	const struct cell *c;
	struct process device, load, trace;
	char socket[PATH_MAX], rings[PATH_MAX], log[PATH_MAX];
	char load_record[PATH_MAX], device_record[PATH_MAX];
	char trace_record[PATH_MAX];
	char driver_stamps[PATH_MAX], device_stamps[PATH_MAX];
	json_t *load_report, *device_report, *trace_report;
	char why[512]; /* the cell failed; "": it did not */
};

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

void cell_record_path(char *path, size_t room, const struct cell_env *env,
		      const struct cell *c, unsigned int block)
{
	snprintf(path, room, "%s/records/b%02u-%s.json", env->dir, block,
		 c->file);
}

/* So many that the samples of a cell fit the ring, and as many as that: the
 * rare long ones weigh in a mean. */
static unsigned int stamps_every(const struct cell *c)
{
	if (strcmp(c->value[KEY_DEPTH], "1"))
		return 16;
	return cell_polls(c) ? 4 : 1;
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
	struct target_start t = {
		.socket = a->socket,
		.cpu = a->env->device_cpu,
		.record = a->device_record,
		.stamps = c->traced && c->target->stamps ? a->device_stamps :
							   NULL,
		.stamps_every = stamps_every(c),
		.backing = c->backing,
		.backing_file = c->backing == BACKING_FILE ? a->env->disk :
							     NULL,
		.backing_bytes = c->ram_bytes,
		.queues = (unsigned int)strtoul(c->value[KEY_QUEUES], NULL, 10),
		.custom = c->custom,
	};
	uint64_t until = clock_now_ns() + START_NS;
	struct stat st;
	struct err e;

	if (c->target->in_process)
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

static void load_args(struct attempt *a)
{
	const struct scenario *s = a->env->scenario;
	const struct cell *c = a->c;
	struct process *p = &a->load;
	const char *rate = c->value[KEY_RATE];

	process_arg(p, "%s", target_self());
	process_arg(p, "load");
	if (c->target->in_process)
		process_arg(p, "--in-process");
	else
		process_arg(p, "--socket=%s", a->socket);
	process_arg(p, "--type=%s", c->target->type);
	process_arg(p, "--rw=%s", c->value[KEY_RW]);
	process_arg(p, "--bs=%s", c->value[KEY_BS]);
	process_arg(p, "--depth=%s", c->value[KEY_DEPTH]);
	process_arg(p, "--queues=%s", c->value[KEY_QUEUES]);
	process_arg(p, "--time=%s", scenario_text(s, KEY_TIME));
	process_arg(p, "--warmup=%s", scenario_text(s, KEY_WARMUP));
	process_arg(p, "--completion=%s", c->value[KEY_COMPLETION]);
	process_arg(p, "--event-idx=%s", c->value[KEY_EVENT_IDX]);
	process_arg(p, "--indirect=%s", c->value[KEY_INDIRECT]);
	process_arg(p, "--ring-size=%s", c->value[KEY_RING_SIZE]);
	if (strcmp(rate, "0"))
		process_arg(p, "--rate=%.*s%s", (int)strcspn(rate, "/"), rate,
			    strchr(rate, '/') ? ",poisson" : "");
	if (!strcmp(scenario_text(s, KEY_VERIFY), "on"))
		process_arg(p, "--verify");
	process_arg(p, "--cpu=%s", a->env->driver_cpu);
	process_arg(p, "--record=%s", a->load_record);
	if (!c->traced)
		return;
	process_arg(p, "--rings=%s", a->rings);
	process_arg(p, "--stamps=%s", a->driver_stamps);
	process_arg(p, "--stamps-every=%u", stamps_every(c));
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
	ret = process_wait_ready(p, START_NS);
	if (ret == -ETIMEDOUT)
		fail(a, "the %s is not ready after 10 s", what);
	else if (ret < 0)
		fail(a, "the %s ended before it was ready%s", what,
		     last_words(a));
}

static void start_trace(struct attempt *a)
{
	struct process *p = &a->trace;

	if (!a->c->traced || failed(a))
		return;
	process_arg(p, "%s", target_self());
	process_arg(p, "trace");
	process_arg(p, "--rings=%s", a->rings);
	process_arg(p, "--record=%s", a->trace_record);
	start_part(a, p, "tracer", NULL);
}

/* Say go to all, and wait for the load to end. */
static void measure(struct attempt *a)
{
	const struct scenario *s = a->env->scenario;
	uint64_t time_ns = scenario_number(s, KEY_TIME);
	uint64_t start = clock_now_ns() + scenario_number(s, KEY_WARMUP) +
			 2000000;
	uint64_t until;
	char go[64];
	int ret = -ETIMEDOUT;

	if (failed(a))
		return;
	snprintf(go, sizeof(go), "go %llu %llu\n", (unsigned long long)start,
		 (unsigned long long)(start + time_ns));
	process_tell(&a->trace, go);
	process_tell(&a->load, go);
	until = start + time_ns + GRACE_NS;
	while (ret && !*a->env->stop && clock_now_ns() < until)
		ret = process_wait(&a->load, SECOND / 10);
	if (ret && !*a->env->stop)
		fail(a, "the load has not ended 20 s after its time");
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
		fail(a, "%s", record_str(j, "reason", "it does not say why"));
	return j;
}

/* The device may be to blame for what the load says, and says so itself. */
static void read_reports(struct attempt *a)
{
	bool died = a->device.pid && process_ended(&a->device);

	stop_trace(a);
	if (died)
		fail(a, "%s ended in mid-run, %s%s", a->c->value[KEY_TARGET],
		     process_how(&a->device), last_words(a));
	process_end(&a->load);
	a->load_report = report_of(a, &a->load, a->load_record, "load");
	a->trace_report = report_of(a, &a->trace, a->trace_record, "tracer");
	process_end(&a->device);
	if (a->c->target == &target_blk)
		a->device_report = report_of(a, &a->device, a->device_record,
					     "device");
	if (a->device_report &&
	    json_is_string(json_object_get(a->device_report, "broken")))
		fail(a, "device: %s",
		     record_str(a->device_report, "broken", ""));
}

/* One request at a time cannot need two interrupts: then something else woke
 * the driver, and its latency means nothing. */
static void check_wakeups(struct attempt *a)
{
	double requests = record_num(a->load_report, "requests", 0);
	double wakeups = record_num(a->load_report, "wakeups", 0);

	if (failed(a) || cell_polls(a->c) ||
	    strcmp(a->c->value[KEY_DEPTH], "1") ||
	    strcmp(a->c->value[KEY_RATE], "0"))
		return;
	if (wakeups > requests * 1.05)
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

static json_t *make_record(struct attempt *a, unsigned int block,
			   unsigned int order)
{
	json_t *j = json_pack("{si ss ss si si ss}", "schema", RECORD_SCHEMA,
			      "run", a->env->run_id, "cell", a->c->id, "block",
			      (int)block, "order", (int)order, "status",
			      failed(a) ? "failed" : "ok");

	if (failed(a))
		json_object_set_new(j, "reason", json_string(a->why));
	add_part(j, "metrics", json_object_get(a->load_report, "metrics"));
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
	uint64_t steal = hostfacts_steal_ns(), started = clock_now_ns();
	json_t *record;
	int ret;

	if (!a)
		return err_set(e, -ENOMEM, "out of memory");
	a->env = env;
	a->c = c;
	name_files(a, block);
	start_device(a);
	load_args(a);
	start_part(a, &a->load, "load", NULL);
	start_trace(a);
	measure(a);
	if (!*env->stop) {
		read_reports(a);
		check_wakeups(a);
		record = make_record(a, block, order);
		json_object_set_new(
			record, "host",
			json_pack("{sI sf}", "steal_ns",
				  (json_int_t)(hostfacts_steal_ns() - steal),
				  "load1", hostfacts_load1()));
		json_object_set_new(record, "elapsed_ns",
				    json_integer((json_int_t)(clock_now_ns() -
							      started)));
		ret = write_record(a, record, block, e);
		json_decref(record);
	} else {
		ret = -EINTR;
	}
	ret = ret < 0 ? ret : !failed(a);
	attempt_close(a);
	free(a);
	return ret;
}
