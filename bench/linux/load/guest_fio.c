/* SPDX-License-Identifier: MIT */
#include "guest_fio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/util.h"

/*
 * "bins": {"1234":5,…}: the key is the middle of a bucket of fio's own
 * histogram in ns, whose layout is ours (hist_bucket.h), so a key falls into
 * the bucket it came from.
 */
static int add_bins(struct hist *h, json_t *bins, struct err *e)
{
	const char *key;
	json_t *count;
	char *end;

	json_object_foreach(bins, key, count) {
		unsigned long long ns = strtoull(key, &end, 10);
		json_int_t n = json_integer_value(count);

		if (*end || !*key || !json_is_integer(count) || n < 0)
			return err_set(e, -EPROTO, "fio: a bin that is none: "
						   "\"%.20s\"", key);
		if (n)
			hist_add_n(h, ns, (uint64_t)n);
	}
	return 0;
}

/* Sum, minimum and maximum are known exactly, better than from bins. */
static void correct(struct hist *h, const struct hist *before,
		    const json_t *lat)
{
	uint64_t n = h->count - before->count;

	if (!n)
		return;
	h->sum_ns = before->sum_ns +
		    (uint64_t)(record_num(lat, "mean", 0) * (double)n);
	h->min_ns = MIN(before->min_ns, (uint64_t)record_num(lat, "min", 0));
	h->max_ns = MAX(before->max_ns, (uint64_t)record_num(lat, "max", 0));
}

static int add_direction(struct guest_fio *f, const json_t *job,
			 const char *name, struct err *e)
{
	const json_t *d = json_object_get(job, name);
	const json_t *lat = json_object_get(d, "lat_ns");
	uint64_t ios = (uint64_t)record_num(d, "total_ios", 0);
	uint64_t ns = (uint64_t)(record_num(d, "runtime", 0) * 1e6);
	struct hist *before;
	int ret;

	if (!ios)
		return 0;
	before = malloc(sizeof(*before));
	if (!before)
		return err_set(e, -ENOMEM, "out of memory");
	*before = f->latency;
	ret = add_bins(&f->latency, json_object_get(lat, "bins"), e);
	if (!ret && f->latency.count == before->count && !f->failed)
		ret = err_set(e, -EPROTO, "fio: %s without lat_ns bins", name);
	correct(&f->latency, before, lat);
	free(before);
	f->bytes += (uint64_t)record_num(d, "io_bytes", 0);
	f->runtime_ns = MAX(f->runtime_ns, ns);
	return ret;
}

/* A job that goes on counts its errors; one that stopped has none to tell but
 * the one in "error". */
static void add_errors(struct guest_fio *f, const json_t *job)
{
	uint64_t counted = (uint64_t)record_num(job, "total_err", 0);
	bool stopped = !counted && record_num(job, "error", 0) != 0;

	f->jobs_in_error += stopped;
	f->failed += counted + stopped;
}

json_t *guest_fio_parse(struct guest_fio *f, const char *text, struct err *e)
{
	json_t *j, *jobs, *job;
	json_error_t where;
	size_t i;
	int ret = 0;

	memset(f, 0, sizeof(*f));
	hist_init(&f->latency);
	text = text ? strchr(text, '{') : NULL;
	j = text ? json_loads(text, JSON_DISABLE_EOF_CHECK, &where) : NULL;
	jobs = json_object_get(j, "jobs");
	if (!json_array_size(jobs)) {
		err_set(e, -EPROTO, "fio's output is no JSON with jobs%s%s",
			text && !j ? ": " : "", text && !j ? where.text : "");
		json_decref(j);
		return NULL;
	}
	json_array_foreach(jobs, i, job) {
		add_errors(f, job);
		ret = ret ?: add_direction(f, job, "read", e);
		ret = ret ?: add_direction(f, job, "write", e);
	}
	if (!ret && !f->latency.count && !f->failed)
		ret = err_set(e, -ENODATA, "fio completed no request");
	if (ret < 0) {
		json_decref(j);
		return NULL;
	}
	return j;
}

/* "fio: io_u error on file /dev/vda: Input/output error: read offset=4096,
 * buflen=512" */
bool guest_fio_failure(struct failure *first, const char *text)
{
	static const char *const operations[] = { "read", "write", "sync",
						  "trim" };
	const char *line = text ? strstr(text, "io_u error") : NULL;
	const char *what = line ? strstr(line, ": ") : NULL;
	char operation[8];
	unsigned long long offset;
	size_t i;

	*first = (struct failure){ .queue = -1,
				   .when = FAILURE_UNKNOWN_WHEN };
	if (!what || sscanf(what, ": %79[^:\n]: %7[a-z] offset=%llu",
			    first->status, operation, &offset) != 3)
		return false;
	for (i = 0; i < ARRAY_SIZE(operations); i++)
		if (!strcmp(operation, operations[i]))
			first->operation = operations[i];
	first->sector = (int64_t)(offset / 512);
	return first->operation;
}
