/* SPDX-License-Identifier: MIT */
/* virtio-blk: the device, its configuration and its queues. What a request
 * does is in blk_request.c, I/O on files in blk_file.c. */
#include "blk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/virtio/ring_split.h"

static void fill_config(struct blk *b, unsigned int nr_queues)
{
	struct blk_config *c = &b->config;
	uint32_t block = b->backing.block_bytes;

	*c = (struct blk_config){
		.capacity = b->backing.bytes / BLK_SECTOR,
		.seg_max = BLK_SEG_MAX,
		.blk_size = block,
		.min_io_size = 1,
		.writeback = 1,
		.num_queues = (uint16_t)nr_queues,
		.max_discard_sectors = BLK_RANGE_SECTORS,
		.max_discard_seg = BLK_RANGE_MAX,
		.discard_sector_alignment = block / BLK_SECTOR,
		.max_write_zeroes_sectors = BLK_RANGE_SECTORS,
		.max_write_zeroes_seg = BLK_RANGE_MAX,
		.write_zeroes_may_unmap = 1,
	};
	if (block < 4096)
		c->physical_block_exp = block == 512 ? 3 : block == 1024 ? 2 : 1;
}

static int blk_check(const struct device_options *opt, struct err *e)
{
	struct backing b;

	if (opt->source || opt->rate)
		return err_set(e, -EINVAL,
			       "a disk has no --source and no --rate");
	return backing_parse(&b, opt->backing ?: blk_device_ops.source, e);
}

static int blk_open(struct device *d, struct err *e)
{
	struct blk *b = calloc(1, sizeof(*b));
	int ret;

	if (!b)
		return err_set(e, -ENOMEM, "out of memory");
	ret = backing_parse(&b->backing, d->opt->backing ?: d->ops->source,
			    e);
	if (!ret)
		ret = backing_open(&b->backing, e);
	if (ret < 0) {
		free(b);
		return ret;
	}
	fill_config(b, d->opt->nr_queues);
	d->priv = b;
	d->features |= 1ull << BLK_F_SEG_MAX | 1ull << BLK_F_BLK_SIZE |
		       1ull << BLK_F_FLUSH | 1ull << BLK_F_TOPOLOGY |
		       1ull << BLK_F_CONFIG_WCE | 1ull << BLK_F_MQ;
	if (b->backing.readonly)
		d->features |= 1ull << BLK_F_RO;
	else
		d->features |= 1ull << BLK_F_DISCARD |
			       1ull << BLK_F_WRITE_ZEROES;
	return 0;
}

static void blk_close(struct device *d)
{
	struct blk *b = d->priv;

	if (!b)
		return;
	backing_close(&b->backing);
	free(b);
	d->priv = NULL;
}

static void blk_config_read(struct device *d, void *config)
{
	struct blk *b = d->priv;

	memcpy(config, &b->config, sizeof(b->config));
}

/* Only the write cache can be switched (5.2.5.2). */
static int blk_config_write(struct device *d, uint32_t offset,
			    const uint8_t *data, uint32_t bytes)
{
	struct blk *b = d->priv;

	if (offset != offsetof(struct blk_config, writeback) || bytes != 1 ||
	    data[0] > 1)
		return -EINVAL;
	b->config.writeback = data[0];
	return 0;
}

static int blk_queue_start(struct queue *q)
{
	struct blk_queue *bq = calloc(1, sizeof(*bq));
	int ret;

	if (!bq)
		return -ENOMEM;
	ret = request_pool_open(&bq->pool, q, sizeof(struct blk_request));
	if (ret < 0) {
		free(bq);
		return ret;
	}
	bq->blk = q->dev->priv;
	q->priv = bq;
	return 0;
}

static void blk_queue_stop(struct queue *q)
{
	struct blk_queue *bq = q->priv;

	request_pool_close(&bq->pool);
	free(bq);
	q->priv = NULL;
}

/* Copy @bytes from the front of the readable pieces and take them off. */
static bool take_header(struct ring_chain *c, void *header, size_t bytes,
			unsigned int *first)
{
	uint8_t *to = header;
	size_t n;

	if (c->out_bytes < bytes)
		return false;
	for (*first = 0; bytes; bytes -= n, to += n) {
		struct iovec *v = &c->iov[*first];

		n = MIN(v->iov_len, bytes);
		memcpy(to, v->iov_base, n);
		v->iov_base = (uint8_t *)v->iov_base + n;
		v->iov_len -= n;
		if (!v->iov_len)
			++*first;
	}
	c->out_bytes -= sizeof(struct blk_header);
	return true;
}

/*
 * Find header, data and status in a chain, however the driver cut it into
 * descriptors (2.7.4.1). 1: go on; 0: the request fails; -EPROTO: there is no
 * place to even say so.
 */
static __always_inline int blk_parse(struct blk_request *br)
{
	struct ring_chain *c = &br->r.chain;
	unsigned int nr_in = c->nr_in, first;
	struct iovec *last;

	if (unlikely(!c->in_bytes)) {
		br->r.q->ring.broken = "no writable byte for the status";
		return -EPROTO;
	}
	last = &c->iov[c->nr_out + nr_in - 1];
	br->status = (uint8_t *)last->iov_base + --last->iov_len;
	if (!last->iov_len)
		nr_in--;
	br->written = 1;
	if (unlikely(!take_header(c, &br->header, sizeof(br->header), &first)))
		return 0;
	if (br->header.type == BLK_T_OUT || br->header.type >= BLK_T_DISCARD) {
		br->data = c->iov + first;
		br->nr_data = c->nr_out - first;
		br->data_bytes = c->out_bytes;
	} else {
		br->data = c->iov + c->nr_out;
		br->nr_data = nr_in;
		br->data_bytes = c->in_bytes - 1;
	}
	return 1;
}

static __always_inline void finish(struct blk_queue *bq,
				   struct blk_request *br, int status)
{
	*br->status = (uint8_t)status;
	if (unlikely(status != BLK_S_OK))
		br->r.q->stats.errors++;
	request_completed(&br->r);
	request_push(&bq->pool, &br->r, br->written, &split_device_ops);
}

void blk_finish(struct blk_request *br, int status)
{
	finish(br->r.q->priv, br, status);
}

/* The one loop over requests, instantiated per ring layout. */
static __always_inline int ready(struct queue *q,
				 const struct ring_device_ops *ops)
{
	struct blk_queue *bq = q->priv;
	struct blk_request *br;
	unsigned int n;
	int ret = 0, status;

	for (n = 0; n < q->num; n++) {
		br = (struct blk_request *)request_pop(&bq->pool, q, ops, &ret);
		if (!br)
			break;
		ret = blk_parse(br);
		if (unlikely(ret < 0)) {
			request_drop(&bq->pool, &br->r);
			break;
		}
		status = likely(ret) ? blk_answer(bq->blk, br) : BLK_S_IOERR;
		if (status != BLK_PENDING)
			finish(bq, br, status);
	}
	queue_publish(q, ops);
	return ret < 0 ? ret : (int)n;
}

static int blk_queue_ready(struct queue *q)
{
	return ready(q, &split_device_ops);
}

bool blk_writethrough(const struct blk_request *br)
{
	const struct device *d = br->r.q->dev;
	const struct blk *b = d->priv;

	return !b->config.writeback || !(d->acked >> BLK_F_FLUSH & 1);
}

const struct device_ops blk_device_ops = {
	.name = "blk",
	.virtio_id = VIRTIO_ID_BLOCK,
	.source = "null",
	.config_bytes = sizeof(struct blk_config),
	.check = blk_check,
	.open = blk_open,
	.close = blk_close,
	.config_read = blk_config_read,
	.config_write = blk_config_write,
	.queue_start = blk_queue_start,
	.queue_stop = blk_queue_stop,
	.queue_ready = blk_queue_ready,
};
