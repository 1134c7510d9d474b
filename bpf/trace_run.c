/* SPDX-License-Identifier: MIT */
/* What `vioperf trace` does: one window, or one after the other. */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lib/record.h"

static int write_result(struct trace_session *s, struct err *e)
{
	const struct trace_options *o = s->opt;
	json_t *j;
	int ret;

	if (!o->record && !o->json)
		return trace_print(s, stdout, e);
	j = trace_to_json(s, e);
	if (!j)
		return -EIO;
	ret = record_write(o->record, j, e);
	json_decref(j);
	return ret;
}

/* The record of a run that failed says why. */
static void write_failure(const struct trace_session *s, const struct err *e)
{
	struct err second;
	json_t *j;

	if (!s->opt->record)
		return;
	j = trace_failed_to_json(s, e->text);
	if (record_write(s->opt->record, j, &second) < 0)
		err_print("trace", &second);
	json_decref(j);
}

int trace_run(const struct trace_options *o)
{
	struct trace_session s;
	struct err e = { "" };
	int ret;

	ret = trace_open(&s, o, &e);
	if (!ret) {
		ret = trace_wait(&s, &e);
		trace_stop(&s);
	}
	if (!ret)
		ret = write_result(&s, &e);
	if (ret < 0) {
		err_print("trace", &e);
		write_failure(&s, &e);
	} else if (s.ended) {
		err_printf("trace", "process %d ended while it was traced: what "
			   "was seen until then is %s%s", (int)s.ended,
			   o->record ? "in " : "above",
			   o->record ? o->record : "");
	}
	trace_close(&s);
	return s.ended ? -ESRCH : ret;
}

void trace_refuse(const struct trace_options *o, const struct err *e)
{
	const struct trace_session none = { .opt = o };

	write_failure(&none, e);
}

/* A signal ends a window early and stays pending. */
static bool is_interrupted(void)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, SIGINT) || sigismember(&set, SIGTERM);
}

/* Show what was seen, unless that is nothing because somebody has left. */
static int show_window(struct trace_session *s, struct err *e)
{
	if (s->ended)
		return err_set(e, -ESRCH, "process %d has ended",
			       (int)s->ended);
	if (!trace_saw_any(s) && trace_has_left(s))
		return 0;
	if (isatty(STDOUT_FILENO) && !s->opt->json)
		fputs("\033[H\033[2J", stdout);
	return write_result(s, e);
}

/* @seen: it could be watched, for a while at least. */
static int watch_window(const struct trace_options *o, bool *seen,
			struct err *e)
{
	struct trace_session s;
	int ret = trace_open(&s, o, e);

	*seen |= !ret;
	ret = ret ?: trace_wait(&s, e);
	if (!ret) {
		trace_stop(&s);
		ret = show_window(&s, e);
		if (!ret && fflush(stdout))
			ret = err_set(e, -errno, "standard output: %s",
				      strerror(errno));
	}
	trace_close(&s);
	return ret;
}

static bool is_gone(int ret)
{
	return ret == -ESRCH || ret == -ENOENT || ret == -ENODEV;
}

/* One window after the other, each attached anew, so that what has come and
 * gone of the rings is seen too. That there is no more to see is no error. */
int trace_watch(struct trace_options *o)
{
	struct err e = { "" };
	bool seen = false;
	int ret;

	if (!o->time_ns)
		o->time_ns = 1000000000;
	do
		ret = watch_window(o, &seen, &e);
	while (!ret && !is_interrupted());
	if (ret < 0 && is_gone(ret) && seen) {
		err_printf("trace", "the end: %s", e.text);
		return 0;
	}
	if (ret < 0)
		err_print("trace", &e);
	return ret;
}
