/* SPDX-License-Identifier: MIT */
#include "qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "record.h"

#define ANSWER_NS  10000000000ull
#define BUF_MAX	   (16u << 20) /* query-stats of a large VM is some 100 KiB */

/* Read what is there. 0, -EAGAIN, -EPIPE. */
static int fill(struct qmp *q)
{
	char *p;
	ssize_t n;

	if (q->room - q->len < 4096) {
		if (q->room >= BUF_MAX)
			return -EPROTO;
		p = realloc(q->buf, q->room * 2 + 16384);
		if (!p)
			return -ENOMEM;
		q->buf = p;
		q->room = q->room * 2 + 16384;
	}
	n = recv(q->fd, q->buf + q->len, q->room - q->len, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (n <= 0)
		return -EPIPE;
	q->len += (size_t)n;
	return 0;
}

/* The next whole line as JSON, or NULL. */
static json_t *next_line(struct qmp *q)
{
	char *end = q->len ? memchr(q->buf, '\n', q->len) : NULL;
	size_t n;
	json_t *j;

	if (!end)
		return NULL;
	n = (size_t)(end - q->buf);
	j = json_loadb(q->buf, n, 0, NULL);
	q->len -= n + 1;
	memmove(q->buf, end + 1, q->len);
	return j ?: json_object(); /* what is no JSON is no answer */
}

static void take_event(struct qmp *q, const json_t *j)
{
	const char *event = record_str(j, "event", "");
	const json_t *data = json_object_get(j, "data");

	if (!strcmp(event, "GUEST_PANICKED"))
		q->guest_panicked = true;
	if (!strcmp(event, "SHUTDOWN"))
		snprintf(q->shutdown, sizeof(q->shutdown), "%s",
			 record_str(data, "reason", "unknown"));
}

/* Wait for a message with one of @keys in it; the caller's. */
static json_t *wait_for(struct qmp *q, const char *const *keys, struct err *e)
{
	uint64_t until = clock_now_ns() + ANSWER_NS;
	struct pollfd p = { .fd = q->fd, .events = POLLIN };
	const char *const *key;
	json_t *j;
	int ret;

	for (;;) {
		while ((j = next_line(q))) {
			for (key = keys; *key; key++)
				if (json_object_get(j, *key))
					return j;
			take_event(q, j);
			json_decref(j);
		}
		if (clock_now_ns() > until) {
			err_set(e, -ETIMEDOUT, "QEMU's monitor does not answer; "
				"has it another client?");
			return NULL;
		}
		poll(&p, 1, 100);
		ret = fill(q);
		if (ret < 0 && ret != -EAGAIN) {
			err_set(e, ret, "QEMU closed its monitor");
			return NULL;
		}
	}
}

static int send_json(struct qmp *q, json_t *j, struct err *e)
{
	char *text = json_dumps(j, JSON_COMPACT);
	size_t n = text ? strlen(text) : 0;
	ssize_t w;

	json_decref(j);
	if (!text)
		return err_set(e, -ENOMEM, "out of memory");
	text[n] = '\n';
	w = send(q->fd, text, n + 1, MSG_NOSIGNAL);
	free(text);
	return w == (ssize_t)n + 1 ? 0 : err_set(e, -EPIPE, "QEMU closed its "
							    "monitor");
}

json_t *qmp_command(struct qmp *q, const char *command, json_t *arguments,
		    struct err *e)
{
	static const char *const keys[] = { "return", "error", NULL };
	json_t *j = json_pack("{ss}", "execute", command), *value;

	if (arguments)
		json_object_set_new(j, "arguments", arguments);
	if (send_json(q, j, e) < 0)
		return NULL;
	j = wait_for(q, keys, e);
	if (!j)
		return NULL;
	value = json_incref(json_object_get(j, "return"));
	if (!value)
		err_set(e, -EINVAL, "QEMU on %s: %s", command,
			record_str(json_object_get(j, "error"), "desc", "?"));
	json_decref(j);
	return value;
}

int qmp_open(struct qmp *q, int fd, struct err *e)
{
	static const char *const keys[] = { "QMP", NULL };
	json_t *j;

	*q = (struct qmp){ .fd = fd };
	j = wait_for(q, keys, e);
	if (!j)
		return -EPIPE;
	json_decref(j);
	j = qmp_command(q, "qmp_capabilities", NULL, e);
	if (!j)
		return -EPIPE;
	json_decref(j);
	return 0;
}

int qmp_events(struct qmp *q)
{
	json_t *j;
	int ret;

	do {
		ret = fill(q);
	} while (!ret);
	while ((j = next_line(q))) {
		take_event(q, j);
		json_decref(j);
	}
	return ret == -EAGAIN ? 0 : ret;
}

void qmp_close(struct qmp *q)
{
	if (q->fd >= 0)
		close(q->fd);
	free(q->buf);
	*q = (struct qmp){ .fd = -1 };
}
