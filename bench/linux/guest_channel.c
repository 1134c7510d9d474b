/* SPDX-License-Identifier: MIT */
#include "guest_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/util.h"
#include "guest_msg.h"

#define WRITE_MS 30000 /* for a guest to take what is sent to it */

void guest_channel_open(struct guest_channel *c, int fd)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->next_id = 1;
	c->beat_ns = clock_now_ns();
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void text_free(struct guest_text *t)
{
	free(t->data);
	*t = (struct guest_text){ 0 };
}

static int text_add(struct guest_text *t, const void *data, size_t n)
{
	size_t room;
	char *p;

	if (n > GUEST_OUTPUT_MAX - t->len) {
		n = GUEST_OUTPUT_MAX - t->len;
		t->cut = true;
	}
	if (t->len + n + 1 > t->room) {
		room = MAX(t->len + n + 1, 2 * t->room);
		p = realloc(t->data, room);
		if (!p)
			return -ENOMEM;
		t->data = p;
		t->room = room;
	}
	memcpy(t->data + t->len, data, n);
	t->len += n;
	t->data[t->len] = 0;
	return 0;
}

void guest_channel_close(struct guest_channel *c)
{
	while (c->jobs)
		guest_channel_drop(c, c->jobs);
	text_free(&c->body);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static struct guest_job *job_of(const struct guest_channel *c, uint32_t id)
{
	struct guest_job *j;

	for (j = c->jobs; j; j = j->next)
		if (j->id == id && !j->done)
			return j;
	return NULL;
}

static int take_done(struct guest_job *j, const struct guest_text *body)
{
	struct guest_msg_done d;

	if (body->len != sizeof(d))
		return -EPROTO;
	memcpy(&d, body->data, sizeof(d));
	j->status = d.status;
	j->signal = d.signal;
	j->done = true;
	return 0;
}

/* A whole message is in head and body. An answer to nobody is none. */
static int take_msg(struct guest_channel *c, const struct guest_msg_head *h)
{
	struct guest_job *j = job_of(c, h->id);
	size_t n;

	c->beat_ns = clock_now_ns();
	switch (h->type) {
	case GUEST_HELLO:
		n = MIN(c->body.len, sizeof(c->hello) - 1);
		memcpy(c->hello, c->body.data ? c->body.data : "", n);
		c->hello[n] = 0;
		return 0;
	case GUEST_BEAT:
		return 0;
	case GUEST_OUT:
		return j ? text_add(&j->out, c->body.data, c->body.len) : 0;
	case GUEST_ERROR:
		return j ? text_add(&j->error, c->body.data, c->body.len) : 0;
	case GUEST_DONE:
		return j ? take_done(j, &c->body) : 0;
	default:
		return -EPROTO;
	}
}

/* Feed @n bytes; a message may come in any number of pieces. */
static int feed(struct guest_channel *c, const char *p, size_t n)
{
	struct guest_msg_head h;
	size_t part;
	int ret;

	while (n || c->head_len == sizeof(h)) {
		part = MIN(n, sizeof(h) - c->head_len);
		memcpy(c->head + c->head_len, p, part);
		c->head_len += part;
		p += part;
		n -= part;
		if (c->head_len < sizeof(h))
			return 0;
		memcpy(&h, c->head, sizeof(h));
		if (h.magic != GUEST_MSG_MAGIC || h.length > GUEST_MSG_MAX)
			return -EPROTO;
		part = MIN(n, h.length - c->body.len);
		ret = part ? text_add(&c->body, p, part) : 0;
		p += part;
		n -= part;
		if (ret < 0 || c->body.len < h.length)
			return ret;
		ret = take_msg(c, &h);
		c->head_len = 0;
		c->body.len = 0;
		if (ret < 0)
			return ret;
	}
	return 0;
}

int guest_channel_read(struct guest_channel *c, struct err *e)
{
	char buf[65536];
	ssize_t n;
	int ret;

	for (;;) {
		n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0)
			return err_set(e, -EPIPE, "the guest's port closed");
		ret = feed(c, buf, (size_t)n);
		if (ret < 0)
			return err_set(e, ret, "the guest's port carries what "
					       "is no message of ours");
	}
}

static int send_all(struct guest_channel *c, const void *data, size_t n)
{
	uint64_t until = clock_now_ns() + WRITE_MS * 1000000ull;
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };
	const char *at = data;
	ssize_t w;

	while (n) {
		w = send(c->fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w < 0 && errno != EAGAIN && errno != EINTR)
			return -EPIPE;
		if (w < 0 && clock_now_ns() > until)
			return -ETIMEDOUT;
		if (w < 0) {
			poll(&p, 1, 100);
			continue;
		}
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

/* Send a request whose answer goes to @j (NULL: there is none). */
static int request(struct guest_channel *c, struct guest_job *j, uint32_t type,
		   const struct guest_text *body, struct err *e)
{
	struct guest_msg_head h = { GUEST_MSG_MAGIC, type, 0,
				    body ? (uint32_t)body->len : 0 };
	int ret;

	if (h.length > GUEST_MSG_MAX)
		return err_set(e, -E2BIG, "too much for one message");
	if (j) {
		memset(j, 0, sizeof(*j));
		h.id = j->id = c->next_id++;
		j->next = c->jobs;
		c->jobs = j;
	}
	ret = send_all(c, &h, sizeof(h));
	if (!ret && body)
		ret = send_all(c, body->data, body->len);
	if (ret < 0)
		return err_set(e, ret, "the guest does not take what is sent "
				       "to it: %s", strerror(-ret));
	return 0;
}

int guest_channel_run(struct guest_channel *c, struct guest_job *j,
		      char *const *argv, uint32_t timeout_ms, struct err *e)
{
	struct guest_msg_run run = { .timeout_ms = timeout_ms };
	struct guest_text body = { 0 };
	int ret = text_add(&body, &run, sizeof(run));

	for (; !ret && *argv; argv++)
		ret = text_add(&body, *argv, strlen(*argv) + 1);
	ret = ret ?: request(c, j, GUEST_RUN, &body, e);
	text_free(&body);
	return ret;
}

static int add_file(struct guest_text *t, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	char buf[65536];
	ssize_t n = 0;

	if (fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	while (!ret && (n = read(fd, buf, sizeof(buf))) > 0)
		ret = text_add(t, buf, (size_t)n);
	close(fd);
	if (n < 0)
		return err_set(e, -EIO, "%s: cannot read", path);
	return ret;
}

int guest_channel_module(struct guest_channel *c, struct guest_job *j,
			 const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct guest_text body = { 0 };
	int ret = text_add(&body, name, strlen(name) + 1);

	ret = ret ?: add_file(&body, path, e);
	ret = ret ?: request(c, j, GUEST_MODULE, &body, e);
	text_free(&body);
	return ret;
}

int guest_channel_clock(struct guest_channel *c, struct guest_job *j,
			uint64_t ahead_ns, struct err *e)
{
	struct guest_text body = { 0 };
	struct timespec ts;
	uint64_t ns;
	int ret;

	clock_gettime(CLOCK_REALTIME, &ts);
	ns = (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec +
	     ahead_ns;
	ret = text_add(&body, &ns, sizeof(ns));
	ret = ret ?: request(c, j, GUEST_CLOCK, &body, e);
	text_free(&body);
	return ret;
}

int guest_channel_bye(struct guest_channel *c)
{
	return request(c, NULL, GUEST_BYE, NULL, NULL);
}

void guest_channel_drop(struct guest_channel *c, struct guest_job *j)
{
	struct guest_job **p = &c->jobs;

	while (*p && *p != j)
		p = &(*p)->next;
	if (*p)
		*p = j->next;
	text_free(&j->out);
	text_free(&j->error);
	j->id = 0;
}
