/* SPDX-License-Identifier: MIT */
#include "sync.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int sync_ready(struct sync *s, struct err *e)
{
	static const char word[] = "ready\n";
	ssize_t n;

	/* A harness that is gone must not kill us by SIGPIPE. */
	n = send(s->fd, word, sizeof(word) - 1, MSG_NOSIGNAL);
	if (n < 0 && errno == ENOTSOCK)
		n = write(s->fd, word, sizeof(word) - 1);
	if (n != sizeof(word) - 1)
		return err_set(e, n < 0 ? -errno : -EIO,
			       "sync fd %d: cannot say ready: %s", s->fd,
			       n < 0 ? strerror(errno) : "short write");
	return 0;
}

static int parse_line(const char *line, struct sync_window *w, struct err *e)
{
	char rest;

	if (!strcmp(line, "stop"))
		return SYNC_STOP;
	if (sscanf(line, "go %" SCNu64 " %" SCNu64 "%c", &w->start_ns,
		   &w->end_ns, &rest) == 2 &&
	    w->start_ns < w->end_ns)
		return SYNC_GO;
	return err_set(e, -EPROTO,
		       "sync fd: got \"%s\", expected \"go START END\" or "
		       "\"stop\"",
		       line);
}

/* Takes the first whole line out of the buffer. */
int sync_next(struct sync *s, struct sync_window *w, struct err *e)
{
	char line[sizeof(s->buf)];
	char *nl = memchr(s->buf, '\n', s->len);
	size_t n;

	if (!nl)
		return SYNC_NONE;
	n = (size_t)(nl - s->buf);
	memcpy(line, s->buf, n);
	line[n] = '\0';
	s->len -= n + 1;
	memmove(s->buf, nl + 1, s->len);
	return parse_line(line, w, e);
}

int sync_read(struct sync *s, struct sync_window *w, struct err *e)
{
	int word = sync_next(s, w, e);
	ssize_t n;

	if (word != SYNC_NONE)
		return word;
	if (s->len == sizeof(s->buf))
		return err_set(e, -EPROTO, "sync fd: line too long");
	n = read(s->fd, s->buf + s->len, sizeof(s->buf) - s->len);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return SYNC_EOF;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN
			       ? SYNC_NONE
			       : err_set(e, -errno, "sync fd %d: %s", s->fd,
					 strerror(errno));
	s->len += (size_t)n;
	return sync_next(s, w, e);
}

int sync_wait_go(struct sync *s, struct sync_window *w, struct err *e)
{
	int word;

	do
		word = sync_read(s, w, e);
	while (word == SYNC_NONE);
	if (word < 0)
		return word;
	if (word != SYNC_GO)
		return err_set(e, -EPIPE, "the harness gave up before go");
	return 0;
}
