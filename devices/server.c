/* SPDX-License-Identifier: MIT */
/* The socket, its connections, and the loop that turns the queues. */
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/output.h"
#include "queue.h"
#include "vhost_back.h"

/* The polling window grows from here to opt->poll_ns. */
#define POLL_FIRST_NS 4000

/* Requests after which a parked event index is looked at: it would fire
 * after 65,536. */
#define DISARM_EVERY 8192

struct server {
	struct device *d;
	struct loop *loop;
	int listen_fd, conn_fd, signal_fd;
	struct loop_event accept, message, signal;
	struct vhost_back back;
	bool hangup;
	struct stat bound; /* the socket's file; st_ino 0: none is ours */
	/* Busy-poll for this long before sleeping: while nothing is in
	 * flight, and so only the driver is waited for; and while a disk
	 * works. The two take different times. */
	uint64_t window_ns[2];
};

#define server_of(ev, member) \
	((struct server *)((char *)(ev) - offsetof(struct server, member)))

static void accept_next(struct server *s);

static void hang_up(struct server *s)
{
	struct err e;

	loop_cancel(s->loop, &s->message);
	vhost_back_close(&s->back);
	close(s->conn_fd);
	s->conn_fd = -1;
	s->hangup = false;
	/* What is no file would get one record after the other. */
	if (s->d->opt->record && !output_is_stream(s->d->opt->record) &&
	    device_record(s->d, &e) < 0)
		err_print("device", &e);
}

static void on_message(struct loop_event *ev, int res)
{
	struct server *s = server_of(ev, message);
	struct err e;
	int ret = res < 0 ? res : vhost_back_message(&s->back, &e);

	if (ret > 0) {
		loop_poll_once(s->loop, ev, s->conn_fd);
		return;
	}
	if (ret < 0 && ret != -ECONNRESET)
		device_broken(s->d, "connection ended: %s",
			      res < 0 ? strerror(-res) : e.text);
	s->hangup = true; /* done by the main loop, not inside a callback */
}

/* Forget the stamps of an earlier connection: numbers begin at 0 again. */
static void stamps_restart(struct device *d)
{
	uint32_t q;

	for (q = 0; d->stamps && d->connections && q < d->stamps->nr_queues;
	     q++)
		memset(&d->stamps->queue[q], 0, sizeof(d->stamps->queue[q]));
}

static void on_accept(struct loop_event *ev, int res)
{
	struct server *s = server_of(ev, accept);
	/* A message that stops half-way must not stop us for good. */
	struct timeval limit = { .tv_sec = 1 };

	if (res >= 0)
		s->conn_fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (s->conn_fd < 0) {
		accept_next(s);
		return;
	}
	setsockopt(s->conn_fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(s->conn_fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	stamps_restart(s->d);
	s->d->connections++;
	vhost_back_open(&s->back, s->d, s->conn_fd);
	s->message.fn = on_message;
	loop_poll_once(s->loop, &s->message, s->conn_fd);
}

static void accept_next(struct server *s)
{
	s->accept.fn = on_accept;
	loop_poll_once(s->loop, &s->accept, s->listen_fd);
}

static void on_signal(struct loop_event *ev, int res)
{
	(void)res;
	server_of(ev, signal)->loop->stop = true;
}

/* ---- setting up ---- */

/* A socket file that nobody answers on is left over and may go. */
static int clear_path(const char *path, const struct sockaddr_un *sa,
		      struct err *e)
{
	struct stat st;
	int fd, ret;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, -EEXIST, "%s: exists and is no socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, -errno, "socket: %s", strerror(errno));
	ret = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) ? -errno :
								      0;
	close(fd);
	if (!ret || ret == -EAGAIN)
		return err_set(e, -EADDRINUSE,
			       "%s: another process serves this socket", path);
	if (ret != -ECONNREFUSED && ret != -ENOENT)
		return err_set(e, ret, "%s: is it served? %s", path,
			       strerror(-ret));
	if (unlink(path) < 0 && errno != ENOENT)
		return err_set(e, -errno, "%s: cannot remove what was left "
			       "over: %s", path, strerror(errno));
	return 0;
}

static int server_listen(struct server *s, const char *path, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int ret;

	strcpy(sa.sun_path, path); /* it fits: opt_socket() */
	ret = clear_path(path, &sa, e);
	if (ret < 0)
		return ret;
	s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listen_fd < 0 ||
	    bind(s->listen_fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    lstat(path, &s->bound) < 0 || listen(s->listen_fd, 8) < 0)
		return err_set(e, -errno, "%s: cannot listen: %s", path,
			       strerror(errno));
	return 0;
}

/* Ours only: another device may have taken the name over. */
static void server_unlisten(struct server *s, const char *path)
{
	struct stat now;

	if (s->bound.st_ino && !lstat(path, &now) &&
	    now.st_ino == s->bound.st_ino && now.st_dev == s->bound.st_dev)
		unlink(path);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
}

static int watch_signals(struct server *s, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (s->signal_fd < 0)
		return err_set(e, -errno, "signalfd: %s", strerror(errno));
	s->signal.fn = on_signal;
	return loop_poll_once(s->loop, &s->signal, s->signal_fd);
}

/* ---- the loop ---- */

#define for_each_running(s, q)                                         \
	for (q = (s)->d->queue;                                        \
	     q < (s)->d->queue + (s)->d->opt->nr_queues; q++)          \
		if (q->running && !q->broken)

/* One turn of everything; how much there was to do. */
static unsigned int turn(struct server *s)
{
	struct queue *q;
	unsigned int n = 0;

	for_each_running(s, q)
		n += queue_turn(q);
	loop_submit(s->loop);
	if (!loop_idle(s->loop))
		n += loop_run(s->loop);
	return n;
}

/* What completions pushed becomes visible, for all of them at once. */
static void publish_all(struct server *s)
{
	struct queue *q;

	for_each_running(s, q)
		queue_publish(q, q->layout->device);
}

static void disarm_all(struct server *s)
{
	struct queue *q;

	for_each_running(s, q)
		q->layout->device->disarm(&q->ring);
}

/* Ask for kicks; false when a queue has work after all, or when its front
 * end gave no kick fd and wants to be polled. */
static bool arm_all(struct server *s)
{
	struct queue *q;

	for_each_running(s, q)
		if (q->kick_fd < 0 || !q->layout->device->arm(&q->ring))
			return false;
	return true;
}

/*
 * How long to poll before the next sleep, from how long nothing came: grow
 * when a longer window would have caught it, shrink when it could not have.
 */
static void adapt_window(const struct server *s, uint64_t *window_ns,
			 uint64_t idle_ns)
{
	uint64_t most = s->d->opt->poll_ns;

	if (idle_ns <= *window_ns)
		return;
	if (idle_ns <= most)
		*window_ns = MIN(most, MAX(*window_ns * 2,
					   (uint64_t)POLL_FIRST_NS));
	else
		*window_ns /= 2;
	if (*window_ns < POLL_FIRST_NS / 2)
		*window_ns = 0;
}

static uint64_t *window_of(struct server *s)
{
	struct queue *q;

	for_each_running(s, q)
		if (q->inflight)
			return &s->window_ns[1];
	return &s->window_ns[0];
}

static void sleep_until_work(struct server *s, uint64_t *window_ns,
			     uint64_t idle_since)
{
	if (arm_all(s)) {
		loop_wait(s->loop);
		adapt_window(s, window_ns,
			     clock_span_ns(&s->d->scale,
					   clock_ticks() - idle_since));
	}
	disarm_all(s);
}

/* Nothing to do: wait a little, or sleep. Returns since when it has been
 * idle, 0 when there may be work again. */
static uint64_t wait_for_work(struct server *s, uint64_t idle_since)
{
	uint64_t now = clock_ticks(), *window_ns = window_of(s);

	if (!idle_since)
		idle_since = now;
	if (clock_span_ns(&s->d->scale, now - idle_since) < *window_ns) {
		cpu_relax();
		return idle_since;
	}
	sleep_until_work(s, window_ns, idle_since);
	publish_all(s);
	return 0;
}

static void check_memory(struct server *s)
{
	if (likely(!s->d->mem || !guest_memory_broken(s->d->mem)))
		return;
	device_broken(s->d, "the front end truncated its memory");
	s->hangup = true;
}

static void serve(struct server *s)
{
	unsigned int done, undisarmed = 0;
	uint64_t idle_since = 0;

	while (!s->loop->stop) {
		done = turn(s);
		if (done) {
			publish_all(s);
			idle_since = 0;
			undisarmed += done;
			if (undisarmed >= DISARM_EVERY) {
				disarm_all(s);
				undisarmed = 0;
			}
		} else {
			idle_since = wait_for_work(s, idle_since);
		}
		check_memory(s);
		if (unlikely(s->hangup)) {
			hang_up(s);
			accept_next(s);
		}
	}
	if (s->conn_fd >= 0)
		hang_up(s);
}

int server_run(struct device *d, struct err *e)
{
	struct server s = { .d = d, .loop = &d->loop, .listen_fd = -1,
			    .conn_fd = -1, .signal_fd = -1 };
	int ret;

	s.window_ns[0] = MIN(d->opt->poll_ns, (uint64_t)POLL_FIRST_NS);
	s.window_ns[1] = s.window_ns[0];
	ret = watch_signals(&s, e);
	if (!ret)
		ret = server_listen(&s, d->opt->socket, e);
	if (!ret) {
		accept_next(&s);
		serve(&s);
	}
	server_unlisten(&s, d->opt->socket);
	if (s.signal_fd >= 0)
		close(s.signal_fd);
	return ret;
}
