/* SPDX-License-Identifier: MIT */
#include "failures.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/blk_status.h"

void failures_keep_first(struct failures *f, const struct failure *one)
{
	if (one->operation &&
	    (!f->first.operation || one->at < f->first.at))
		f->first = *one;
}

void failures_add_blk(struct failures *f, uint8_t status, bool write,
		      uint64_t sector, unsigned int queue,
		      enum failure_when when, uint64_t at)
{
	f->failed++;
	f->unsupported += status == BLK_STATUS_UNSUPP;
	if (f->first.operation)
		return;
	f->first = (struct failure){ .operation = write ? "write" : "read",
				     .sector = (int64_t)sector,
				     .queue = (int)queue,
				     .when = when,
				     .at = at };
	snprintf(f->first.status, sizeof(f->first.status), "%s (%u)",
		 blk_status_name(status), status);
}

void failures_merge(struct failures *into, const struct failures *from)
{
	into->requests += from->requests;
	into->failed += from->failed;
	into->unsupported += from->unsupported;
	into->in_window += from->in_window;
	failures_keep_first(into, &from->first);
}

static const char *when_text(enum failure_when when)
{
	static const char *const text[] = {
		[FAILURE_IN_WINDOW] = "",
		[FAILURE_WARMING_UP] = ", before the measured time",
		[FAILURE_AFTER_WINDOW] = ", after the measured time",
		[FAILURE_UNKNOWN_WHEN] = "",
	};

	return text[when];
}

char *failures_text(char *buf, size_t len, const struct failures *f)
{
	const struct failure *first = &f->first;
	int n;

	n = snprintf(buf, len, "%" PRIu64 " of %s%" PRIu64 " requests failed",
		     f->failed, f->at_least ? "at least " : "", f->requests);
	if (!first->operation || n < 0 || (size_t)n >= len)
		return buf;
	n += snprintf(buf + n, len - (size_t)n, "; the first: a %s",
		      first->operation);
	if (first->sector >= 0 && (size_t)n < len)
		n += snprintf(buf + n, len - (size_t)n, " of sector %" PRId64,
			      first->sector);
	if (first->queue >= 0 && (size_t)n < len)
		n += snprintf(buf + n, len - (size_t)n, " in queue %d",
			      first->queue);
	if ((size_t)n < len)
		snprintf(buf + n, len - (size_t)n, ": %s%s", first->status,
			 when_text(first->when));
	return buf;
}

void failures_print(const struct failures *f, const struct allowance *a)
{
	char text[512], allowed[32];

	if (f->failed)
		printf("  errors: %s (allowed: %s); rates, bytes and latencies "
		       "are of the others\n",
		       failures_text(text, sizeof(text), f),
		       allowance_text(allowed, sizeof(allowed), a));
}

int failures_check(const struct failures *f, const struct allowance *a,
		   struct err *e)
{
	char text[512], allowed[32];

	if (allowance_holds(a, f->failed, f->requests))
		return 0;
	failures_text(text, sizeof(text), f);
	if (allowance_none(a))
		return err_set(e, -EIO, "%s", text);
	return err_set(e, -EIO, "%s (allowed: %s)", text,
		       allowance_text(allowed, sizeof(allowed), a));
}

int failures_explain(const struct failures *f, int ret, struct err *e)
{
	size_t n = strlen(e->text);
	char text[512];

	if (f->failed)
		snprintf(e->text + n, sizeof(e->text) - n, "; %s",
			 failures_text(text, sizeof(text), f));
	return ret;
}

static json_t *first_json(const struct failure *first)
{
	static const char *const when[] = {
		[FAILURE_IN_WINDOW] = "window",
		[FAILURE_WARMING_UP] = "before",
		[FAILURE_AFTER_WINDOW] = "after",
		[FAILURE_UNKNOWN_WHEN] = "unknown",
	};
	json_t *j;

	if (!first->operation)
		return json_null();
	j = json_pack("{ss ss ss}", "operation", first->operation, "status",
		      first->status, "when", when[first->when]);
	if (first->sector >= 0)
		json_object_set_new(j, "sector",
				    json_integer((json_int_t)first->sector));
	if (first->queue >= 0)
		json_object_set_new(j, "queue", json_integer(first->queue));
	return j;
}

void failures_put(json_t *record, const struct failures *f,
		  const struct allowance *a)
{
	char allowed[32];
	json_t *j;

	json_object_set_new(record, "errors",
			    json_integer((json_int_t)f->failed));
	json_object_set_new(record, "unsupported",
			    json_integer((json_int_t)f->unsupported));
	if (!f->failed && allowance_none(a))
		return;
	j = json_pack("{sI sI sb ss so}", "failed", (json_int_t)f->failed,
		      "requests", (json_int_t)f->requests, "at_least",
		      f->at_least, "allowed",
		      allowance_text(allowed, sizeof(allowed), a), "first",
		      first_json(&f->first));
	if (!f->at_least)
		json_object_set_new(j, "in_window",
				    json_integer((json_int_t)f->in_window));
	json_object_set_new(record, "failures", j);
}
