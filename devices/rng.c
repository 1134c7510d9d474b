/* SPDX-License-Identifier: MIT */
/* virtio-entropy (virtio 1.2, 5.4): buffers of the driver, filled from a
 * source, no faster than asked for. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/virtio/ring_split.h"
#include "request.h"

#define VIRTIO_ID_ENTROPY 4

/* Most bytes of one answer, whatever the buffer holds: nobody waits long for
 * anybody else's request. */
#define RNG_ANSWER_BYTES 65536

enum rng_source { RNG_URANDOM, RNG_FILE, RNG_NULL };

struct rng {
	enum rng_source source;
	int fd; /* of the file; -1 */
	uint64_t rate; /* bytes/s, 0: as fast as it goes */
	uint64_t due_ns; /* when the bytes handed out so far are paid for */
};

struct rng_request {
	struct request r;
	struct rng_request *next;
	uint32_t bytes;
	uint64_t due_ns;
};

/* Requests that wait for their time, in the order in which they came. */
struct rng_queue {
	struct rng *rng;
	struct queue *q;
	struct request_pool pool;
	struct rng_request *first, **last;
	struct loop_event timer;
	struct __kernel_timespec ts;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* "urandom", "null" or "file:PATH"; *@path is within @text. */
static int parse_source(const char *text, enum rng_source *source,
			const char **path, struct err *e)
{
	*path = NULL;
	*source = RNG_URANDOM;
	if (!strcmp(text, "urandom"))
		return 0;
	*source = RNG_NULL;
	if (!strcmp(text, "null"))
		return 0;
	*source = RNG_FILE;
	*path = text + 5;
	if (!strncmp(text, "file:", 5) && text[5])
		return 0;
	return err_set(e, -EINVAL,
		       "--source %s: use urandom, null or file:PATH", text);
}

static int rng_check(const struct device_options *opt, struct err *e)
{
	enum rng_source source;
	const char *path;

	if (opt->backing)
		return err_set(e, -EINVAL,
			       "rng has no --backing; see --source");
	if (opt->service_ns)
		return err_set(e, -EINVAL,
			       "rng has no --service; see --rate");
	if (opt->nr_queues > 1)
		return err_set(e, -EINVAL, "rng has one queue (5.4.2)");
	return parse_source(opt->source ?: rng_device_ops.source, &source, &path, e);
}

static int open_file(struct rng *g, const char *path, struct err *e)
{
	struct stat st;

	g->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (g->fd < 0 || fstat(g->fd, &st) < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s: no regular file", path);
	if (!st.st_size)
		return err_set(e, -EINVAL, "%s: empty", path);
	return 0;
}

static int rng_open(struct device *d, struct err *e)
{
	struct rng *g = calloc(1, sizeof(*g));
	const char *path;
	int ret;

	if (!g)
		return err_set(e, -ENOMEM, "out of memory");
	g->fd = -1;
	d->priv = g;
	g->rate = d->opt->rate;
	ret = parse_source(d->opt->source ?: d->ops->source, &g->source, &path, e);
	return ret || !path ? ret : open_file(g, path, e);
}

static void rng_close(struct device *d)
{
	struct rng *g = d->priv;

	if (!g)
		return;
	if (g->fd >= 0)
		close(g->fd);
	free(g);
	d->priv = NULL;
}

/* ---- bytes ---- */

/* Read round and round. How many of @bytes; fewer when the file fails us. */
static size_t read_file(int fd, uint8_t *to, size_t bytes)
{
	size_t done = 0;
	bool wound = false;
	ssize_t n;

	while (done < bytes) {
		n = read(fd, to + done, bytes - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (!n && wound))
			break;
		wound = !n;
		if (!n && lseek(fd, 0, SEEK_SET) < 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static size_t read_random(uint8_t *to, size_t bytes)
{
	size_t done = 0;
	ssize_t n;

	while (done < bytes) {
		n = getrandom(to + done, bytes - done, 0);
		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	return done;
}

static size_t fill(const struct rng *g, uint8_t *to, size_t bytes)
{
	if (g->source == RNG_NULL)
		return bytes; /* what was there counts as random */
	return g->source == RNG_FILE ? read_file(g->fd, to, bytes)
				     : read_random(to, bytes);
}

static void answer(struct rng_queue *rq, struct rng_request *rr)
{
	const struct iovec *v = rr->r.chain.iov;
	uint32_t done = 0;
	size_t n, got;

	request_submitted(&rr->r);
	for (; done < rr->bytes; v++) {
		n = MIN(v->iov_len, (size_t)(rr->bytes - done));
		got = fill(rq->rng, v->iov_base, n);
		done += (uint32_t)got;
		if (got < n)
			break;
	}
	if (done < rr->bytes)
		rq->q->stats.errors++;
	request_completed(&rr->r);
	request_push(&rq->pool, &rr->r, done, &split_device_ops);
}

/* ---- time ---- */

/* How much @rr gets, and when: at a rate no answer takes above 100 ms, so
 * that a low one gives short answers rather than late ones. */
static void price(struct rng *g, struct rng_request *rr, uint64_t now)
{
	uint64_t most = RNG_ANSWER_BYTES;

	if (g->rate)
		most = MIN(most, MAX(g->rate / 10, (uint64_t)1));
	rr->bytes = (uint32_t)MIN(rr->r.chain.in_bytes, most);
	rr->due_ns = 0;
	if (!g->rate)
		return;
	rr->due_ns = MAX(now, g->due_ns);
	g->due_ns = rr->due_ns + rr->bytes * 1000000000ull / g->rate;
}

static void set_timer(struct rng_queue *rq)
{
	struct io_uring_sqe *sqe;

	if (!rq->first || rq->timer.armed)
		return;
	sqe = loop_sqe(&rq->q->dev->loop, &rq->timer);
	rq->ts.tv_sec = (long long)(rq->first->due_ns / 1000000000);
	rq->ts.tv_nsec = (long long)(rq->first->due_ns % 1000000000);
	io_uring_prep_timeout(sqe, &rq->ts, 0, IORING_TIMEOUT_ABS);
	io_uring_sqe_set_data(sqe, &rq->timer);
}

static struct rng_request *take_first(struct rng_queue *rq)
{
	struct rng_request *rr = rq->first;

	rq->first = rr->next;
	if (!rq->first)
		rq->last = &rq->first;
	return rr;
}

static void on_timer(struct loop_event *ev, int res)
{
	struct rng_queue *rq =
		(struct rng_queue *)((char *)ev -
				     offsetof(struct rng_queue, timer));
	uint64_t now = now_ns();

	(void)res;
	while (rq->first && rq->first->due_ns <= now)
		answer(rq, take_first(rq));
	set_timer(rq);
}

/* ---- queue ---- */

static int rng_queue_start(struct queue *q)
{
	struct rng_queue *rq = calloc(1, sizeof(*rq));
	int ret;

	if (!rq)
		return -ENOMEM;
	ret = request_pool_open(&rq->pool, q, sizeof(struct rng_request));
	if (ret < 0) {
		free(rq);
		return ret;
	}
	rq->rng = q->dev->priv;
	rq->q = q;
	rq->last = &rq->first;
	rq->timer.fn = on_timer;
	q->priv = rq;
	return 0;
}

/* What waits for its time goes back to the driver, unanswered: it finds it in
 * the ring when the queue starts again. */
static void rng_queue_cancel(struct queue *q)
{
	struct rng_queue *rq = q->priv;
	uint16_t n = 0;

	loop_cancel(&q->dev->loop, &rq->timer);
	if (rq->first)
		rq->rng->due_ns = rq->first->due_ns;
	for (; rq->first; n++)
		request_drop(&rq->pool, &take_first(rq)->r);
	split_device_ops.unpop(&q->ring, n);
}

static void rng_queue_stop(struct queue *q)
{
	struct rng_queue *rq = q->priv;

	request_pool_close(&rq->pool);
	free(rq);
	q->priv = NULL;
}

static __always_inline int serve_one(struct rng_queue *rq,
				     struct rng_request *rr, uint64_t now)
{
	struct ring_chain *c = &rr->r.chain;

	if (unlikely(c->nr_out || !c->nr_in)) {
		rq->q->ring.broken = "entropy is asked for with writable "
				     "buffers alone";
		request_drop(&rq->pool, &rr->r);
		return -EPROTO;
	}
	price(rq->rng, rr, now);
	if (!rq->first && rr->due_ns <= now) {
		answer(rq, rr);
		return 0;
	}
	rr->next = NULL;
	*rq->last = rr;
	rq->last = &rr->next;
	return 0;
}

static int rng_queue_ready(struct queue *q)
{
	struct rng_queue *rq = q->priv;
	uint64_t now = rq->rng->rate ? now_ns() : 0;
	struct request *r;
	unsigned int n;
	int ret = 0;

	for (n = 0; n < q->num; n++) {
		r = request_pop(&rq->pool, q, &split_device_ops, &ret);
		if (!r)
			break;
		ret = serve_one(rq, (struct rng_request *)r, now);
		if (unlikely(ret < 0))
			break;
	}
	set_timer(rq);
	queue_publish(q, &split_device_ops);
	return ret < 0 ? ret : (int)n;
}

const struct device_ops rng_device_ops = {
	.name = "rng",
	.virtio_id = VIRTIO_ID_ENTROPY,
	.source = "urandom",
	.check = rng_check,
	.open = rng_open,
	.close = rng_close,
	.queue_start = rng_queue_start,
	.queue_cancel = rng_queue_cancel,
	.queue_stop = rng_queue_stop,
	.queue_ready = rng_queue_ready,
};
