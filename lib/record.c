/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

json_t *record_read(const char *path, struct err *e)
{
	json_error_t je;
	json_t *j, *schema;

	errno = 0;
	j = json_load_file(path, JSON_REJECT_DUPLICATES, &je);
	if (!j) {
		if (je.line < 1)
			err_set(e, -ENOENT, "%s: %s", path, je.text);
		else
			err_set(e, -EINVAL, "%s:%d: not a record: %s", path,
				je.line, je.text);
		return NULL;
	}
	schema = json_object_get(j, "schema");
	if (json_integer_value(schema) != RECORD_SCHEMA) {
		err_set(e, -EINVAL,
			"%s: schema %lld, this vioperf reads schema %d", path,
			(long long)json_integer_value(schema), RECORD_SCHEMA);
		json_decref(j);
		return NULL;
	}
	return j;
}

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int dump_and_sync(const json_t *j, int fd)
{
	char *text = json_dumps(j, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	int ret;

	if (!text)
		return -ENOMEM;
	ret = write_all(fd, text, strlen(text));
	free(text);
	if (!ret)
		ret = write_all(fd, "\n", 1);
	if (!ret && fsync(fd) < 0 && errno != EINVAL)
		ret = -errno;
	return ret;
}

int record_write(const char *path, const json_t *j, struct err *e)
{
	char tmp[4096];
	int fd, ret;

	ret = snprintf(tmp, sizeof(tmp), "%s.tmp%d", path, (int)getpid());
	if (ret < 0 || (size_t)ret >= sizeof(tmp))
		return err_set(e, -ENAMETOOLONG, "%s: name too long", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_set(e, -errno, "%s: cannot create: %s", tmp,
			       strerror(errno));
	ret = dump_and_sync(j, fd);
	if (close(fd) < 0 && !ret)
		ret = -errno;
	if (!ret && rename(tmp, path) < 0)
		ret = -errno;
	if (ret < 0) {
		unlink(tmp);
		return err_set(e, ret, "%s: cannot write: %s", path,
			       strerror(-ret));
	}
	return 0;
}

void record_metric(json_t *metrics, const char *name, double value,
		   const char *unit, const char *better)
{
	json_object_set_new(metrics, name,
			    json_pack("{sf ss ss}", "value", value, "unit",
				      unit, "better", better));
}

void record_metric_null(json_t *metrics, const char *name, const char *unit,
			const char *better, const char *reason)
{
	json_object_set_new(metrics, name,
			    json_pack("{sn ss ss ss}", "value", "unit", unit,
				      "better", better, "reason", reason));
}

const char *record_str(const json_t *j, const char *key, const char *fallback)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : fallback;
}

double record_num(const json_t *j, const char *key, double fallback)
{
	const json_t *v = json_object_get(j, key);

	return json_is_number(v) ? json_number_value(v) : fallback;
}

void record_latency(json_t *m, const struct hist *h)
{
	record_metric(m, "latency_mean_ns", hist_mean(h), "ns", "lower");
	record_metric(m, "latency_p50_ns", hist_quantile(h, 0.5), "ns",
		      "lower");
	record_metric(m, "latency_p99_ns", hist_quantile(h, 0.99), "ns",
		      "lower");
	record_metric(m, "latency_p999_ns", hist_quantile(h, 0.999), "ns",
		      "lower");
	record_metric(m, "latency_max_ns", (double)h->max_ns, "ns", "lower");
}

char *record_plain(char *text)
{
	char *at;

	for (at = text; *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	return text;
}
