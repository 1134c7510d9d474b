/* SPDX-License-Identifier: MIT */
#include "vhost_back.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/util.h"
#include "queue.h"

#define PROTOCOL_FEATURES                                  \
	(1ull << VU_F_MQ | 1ull << VU_F_REPLY_ACK |        \
	 1ull << VU_F_CONFIG | 1ull << VU_F_CONFIGURE_MEM_SLOTS)

/* A handler returns 0, or -errno and an err; with `replies` in the message
 * table it has turned the message into the answer. */
typedef int handler(struct vhost_back *vb, struct vu_msg *m, struct err *e);

static int answer_u64(struct vu_msg *m, uint64_t value)
{
	m->u.u64 = value;
	m->size = sizeof(m->u.u64);
	return 0;
}

static int get_features(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	(void)e;
	return answer_u64(m, vb->dev->features);
}

static int set_features(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	struct device *d = vb->dev;
	unsigned int i;

	if (m->u.u64 & ~d->features)
		return err_set(e, -EINVAL, "features 0x%llx were not offered",
			       (unsigned long long)(m->u.u64 & ~d->features));
	d->acked = m->u.u64;
	if (d->acked >> VIRTIO_F_PROTOCOL_BIT & 1)
		return 0;
	/* Without protocol features rings have no enabled state. */
	for (i = 0; i < d->opt->nr_queues; i++)
		d->queue[i].enabled = true;
	return 0;
}

static int set_owner(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	(void)vb;
	(void)m;
	(void)e;
	return 0;
}

static int get_protocol(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	(void)vb;
	(void)e;
	return answer_u64(m, PROTOCOL_FEATURES);
}

static int set_protocol(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	if (m->u.u64 & ~PROTOCOL_FEATURES)
		return err_set(e, -EINVAL,
			       "protocol features 0x%llx were not offered",
			       (unsigned long long)(m->u.u64 &
						    ~PROTOCOL_FEATURES));
	vb->protocol = m->u.u64;
	return 0;
}

static int get_queue_num(struct vhost_back *vb, struct vu_msg *m,
			 struct err *e)
{
	(void)e;
	return answer_u64(m, vb->dev->opt->nr_queues);
}

static int get_max_slots(struct vhost_back *vb, struct vu_msg *m,
			 struct err *e)
{
	(void)vb;
	(void)e;
	return answer_u64(m, GUEST_MEMORY_MAX_REGIONS);
}

/* ---- configuration space ---- */

static int config_error(struct vu_msg *m, const char *why, struct err *e)
{
	m->size = 0; /* an empty answer says "failed" */
	return err_set(e, -EINVAL, "%s", why);
}

static int check_config(const struct vu_msg *m)
{
	const struct vu_config *c = &m->u.config;

	if (c->size > VU_CONFIG_MAX || c->offset > VU_CONFIG_MAX - c->size)
		return -EINVAL;
	return m->size == offsetof(struct vu_config, data) + c->size ? 0 :
								       -EINVAL;
}

static int get_config(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	const struct device_ops *ops = vb->dev->ops;
	struct vu_config *c = &m->u.config;
	uint8_t space[VU_CONFIG_MAX] = { 0 };

	if (check_config(m) < 0)
		return config_error(m, "configuration range is wrong", e);
	if (!ops->config_bytes)
		return config_error(m, "the device has no configuration", e);
	ops->config_read(vb->dev, space);
	memcpy(c->data, space + c->offset, c->size);
	return 0;
}

static int set_config(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	const struct vu_config *c = &m->u.config;

	if (check_config(m) < 0)
		return config_error(m, "configuration range is wrong", e);
	if (!vb->dev->ops->config_bytes)
		return config_error(m, "the device has no configuration", e);
	if (vb->dev->ops->config_write(vb->dev, c->offset, c->data, c->size))
		return err_set(e, -EINVAL,
			       "configuration bytes %u+%u are not writable",
			       c->offset, c->size);
	return 0;
}

/* ---- memory ---- */

static void stop_all(struct device *d)
{
	unsigned int i;

	for (i = 0; i < d->opt->nr_queues; i++)
		queue_stop(&d->queue[i]);
}

static int start_all(struct device *d, struct err *e)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < d->opt->nr_queues && !ret; i++)
		ret = queue_try_start(&d->queue[i], e);
	return ret;
}

static int add_region(struct guest_memory *mem, const struct vu_region *r,
		      int fd, struct err *e)
{
	return guest_memory_add(mem, r->gpa, r->bytes, r->uva, fd, r->offset,
				e);
}

/* Rings may be running (hotplug): they stop, with what is in flight
 * finished, and go on in the new memory. */
static int set_mem_table(struct vhost_back *vb, struct vu_msg *m,
			 struct err *e)
{
	const struct vu_mem_table *t = &m->u.memory;
	struct device *d = vb->dev;
	struct guest_memory *mem;
	uint32_t i, nr = t->nr;
	int ret = 0;

	if (nr > VU_MAX_REGIONS || (int)nr != m->nr_fds ||
	    m->size < 8 + nr * sizeof(struct vu_region))
		return err_set(e, -EINVAL, "%u regions, %d fds, %u bytes do "
			       "not fit together", nr, m->nr_fds, m->size);
	mem = guest_memory_new();
	if (!mem)
		return err_set(e, -ENOMEM, "out of memory");
	for (i = 0; i < nr && !ret; i++)
		ret = add_region(mem, &t->region[i], m->fd[i], e);
	if (ret < 0) {
		guest_memory_put(mem);
		return ret;
	}
	stop_all(d);
	guest_memory_put(d->mem);
	d->mem = mem;
	return start_all(d, e);
}

static int add_mem_reg(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	struct device *d = vb->dev;

	if (m->nr_fds != 1)
		return err_set(e, -EINVAL, "no fd came with the region");
	if (!d->mem)
		d->mem = guest_memory_new();
	if (!d->mem)
		return err_set(e, -ENOMEM, "out of memory");
	return add_region(d->mem, &m->u.mem_reg.region, m->fd[0], e) ?:
	       start_all(d, e);
}

static int rem_mem_reg(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	const struct vu_region *r = &m->u.mem_reg.region;
	struct device *d = vb->dev;
	int ret;

	stop_all(d);
	ret = d->mem ? guest_memory_remove(d->mem, r->gpa, r->bytes, r->uva) :
		       -ENOENT;
	if (ret < 0)
		err_set(e, ret, "no such memory region");
	return start_all(d, e) ?: ret;
}

/* ---- rings ---- */

static struct queue *queue_of(struct vhost_back *vb, uint64_t index,
			      struct err *e)
{
	if (index < vb->dev->opt->nr_queues)
		return &vb->dev->queue[index];
	err_set(e, -EINVAL, "queue %llu, there are %u",
		(unsigned long long)index, vb->dev->opt->nr_queues);
	return NULL;
}

static int stopped_queue(struct vhost_back *vb, uint64_t index,
			 struct queue **q, struct err *e)
{
	*q = queue_of(vb, index, e);
	if (!*q)
		return -EINVAL;
	if ((*q)->running)
		return err_set(e, -EBUSY, "queue %u is running", (*q)->index);
	return 0;
}

static int set_vring_num(struct vhost_back *vb, struct vu_msg *m,
			 struct err *e)
{
	uint32_t num = m->u.state.num;
	struct queue *q;
	int ret = stopped_queue(vb, m->u.state.index, &q, e);

	if (ret < 0)
		return ret;
	if (!num || num > RING_SIZE_MAX || (num & (num - 1)))
		return err_set(e, -EINVAL, "queue %u: size %u is no power of "
			       "two up to %u", q->index, num, RING_SIZE_MAX);
	q->num = num;
	return queue_try_start(q, e);
}

static int set_vring_addr(struct vhost_back *vb, struct vu_msg *m,
			  struct err *e)
{
	struct queue *q;
	int ret = stopped_queue(vb, m->u.addr.index, &q, e);

	if (ret < 0)
		return ret;
	q->addr[RING_DESC] = m->u.addr.desc;
	q->addr[RING_DRIVER] = m->u.addr.avail;
	q->addr[RING_DEVICE] = m->u.addr.used;
	q->have_addr = true;
	return queue_try_start(q, e);
}

static int set_vring_base(struct vhost_back *vb, struct vu_msg *m,
			  struct err *e)
{
	struct queue *q;
	int ret = stopped_queue(vb, m->u.state.index, &q, e);

	if (ret < 0)
		return ret;
	if (m->u.state.num > UINT16_MAX)
		return err_set(e, -EINVAL, "queue %u: base %u beyond 65535",
			       q->index, m->u.state.num);
	q->base = m->u.state.num;
	return 0;
}

static int get_vring_base(struct vhost_back *vb, struct vu_msg *m,
			  struct err *e)
{
	struct queue *q = queue_of(vb, m->u.state.index, e);

	if (!q)
		return -EINVAL;
	queue_stop(q);
	q->have_kick = false; /* a new kick fd starts it again */
	q->broken = false;
	m->u.state.num = q->base;
	m->size = sizeof(m->u.state);
	return 0;
}

/* The fd that a SET_VRING_KICK, CALL or ERR carries, -1 for none. */
static int vring_fd(struct vhost_back *vb, struct vu_msg *m, struct queue **q,
		    int *fd, struct err *e)
{
	bool none = m->u.u64 & VU_VRING_NO_FD;

	*fd = -1;
	*q = queue_of(vb, m->u.u64 & VU_VRING_INDEX_MASK, e);
	if (!*q)
		return -EINVAL;
	if (m->nr_fds != (none ? 0 : 1))
		return err_set(e, -EINVAL, "queue %u: %d fds, not %d",
			       (*q)->index, m->nr_fds, none ? 0 : 1);
	if (!none)
		*fd = vu_take_fd(m, 0);
	/* Whatever it is, a write to it must not hold us up. */
	if (*fd >= 0)
		fcntl(*fd, F_SETFL, fcntl(*fd, F_GETFL) | O_NONBLOCK);
	return 0;
}

static void replace_fd(int *old, int fd)
{
	if (*old >= 0)
		close(*old);
	*old = fd;
}

static int set_vring_kick(struct vhost_back *vb, struct vu_msg *m,
			  struct err *e)
{
	struct queue *q;
	int fd, ret = vring_fd(vb, m, &q, &fd, e);

	if (ret < 0)
		return ret;
	queue_stop(q);
	replace_fd(&q->kick_fd, fd);
	q->have_kick = true;
	return queue_try_start(q, e);
}

static int set_vring_call(struct vhost_back *vb, struct vu_msg *m,
			  struct err *e)
{
	struct queue *q;
	int fd, ret = vring_fd(vb, m, &q, &fd, e);

	if (ret < 0)
		return ret;
	replace_fd(&q->call_fd, fd);
	if (q->running)
		queue_call_slow(q); /* one may have gone to the old fd */
	return 0;
}

static int set_vring_err(struct vhost_back *vb, struct vu_msg *m,
			 struct err *e)
{
	struct queue *q;
	int fd, ret = vring_fd(vb, m, &q, &fd, e);

	if (!ret)
		replace_fd(&q->err_fd, fd);
	return ret;
}

static int set_vring_enable(struct vhost_back *vb, struct vu_msg *m,
			    struct err *e)
{
	struct queue *q = queue_of(vb, m->u.state.index, e);

	if (!q)
		return -EINVAL;
	if (m->u.state.num > 1)
		return err_set(e, -EINVAL, "queue %u: enable %u", q->index,
			       m->u.state.num);
	q->enabled = m->u.state.num;
	if (q->enabled)
		return queue_try_start(q, e);
	queue_stop(q);
	return 0;
}

static int reset_owner(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	(void)m;
	(void)e;
	stop_all(vb->dev);
	return 0;
}

static handler *const handlers[VU_REQUEST_COUNT] = {
	[VU_GET_FEATURES] = get_features,
	[VU_SET_FEATURES] = set_features,
	[VU_SET_OWNER] = set_owner,
	[VU_RESET_OWNER] = reset_owner,
	[VU_SET_MEM_TABLE] = set_mem_table,
	[VU_SET_VRING_NUM] = set_vring_num,
	[VU_SET_VRING_ADDR] = set_vring_addr,
	[VU_SET_VRING_BASE] = set_vring_base,
	[VU_GET_VRING_BASE] = get_vring_base,
	[VU_SET_VRING_KICK] = set_vring_kick,
	[VU_SET_VRING_CALL] = set_vring_call,
	[VU_SET_VRING_ERR] = set_vring_err,
	[VU_GET_PROTOCOL_FEATURES] = get_protocol,
	[VU_SET_PROTOCOL_FEATURES] = set_protocol,
	[VU_GET_QUEUE_NUM] = get_queue_num,
	[VU_SET_VRING_ENABLE] = set_vring_enable,
	[VU_GET_CONFIG] = get_config,
	[VU_SET_CONFIG] = set_config,
	[VU_GET_MAX_MEM_SLOTS] = get_max_slots,
	[VU_ADD_MEM_REG] = add_mem_reg,
	[VU_REM_MEM_REG] = rem_mem_reg,
};

static int send_answer(struct vhost_back *vb, struct vu_msg *m, struct err *e)
{
	m->flags = VU_VERSION | VU_FLAG_REPLY;
	vu_close_fds(m, 0);
	return vu_send(vb->sock, m, e) ?: 1;
}

/* With REPLY_ACK a front end that asks for it hears of success and failure;
 * otherwise the only way to say "no" is to hang up. */
static int finish(struct vhost_back *vb, struct vu_msg *m, int ret,
		  struct err *e)
{
	const struct vu_request_info *info = vu_request_info(m->request);
	bool ack = m->flags & VU_FLAG_NEED_REPLY &&
		   vb->protocol >> VU_F_REPLY_ACK & 1;

	if (ret < 0 && (ack || (info && info->replies)))
		device_broken(vb->dev, "%s", e->text); /* else: who hangs up */
	if (info && info->replies && (!ret || m->request == VU_GET_CONFIG))
		return send_answer(vb, m, e);
	if (ack) {
		answer_u64(m, ret < 0);
		return send_answer(vb, m, e);
	}
	vu_close_fds(m, 0);
	return ret < 0 ? ret : 1;
}

int vhost_back_message(struct vhost_back *vb, struct err *e)
{
	struct vu_msg m;
	int ret = vu_recv(vb->sock, &m, e);

	if (ret <= 0)
		return ret;
	ret = vu_check_request(&m, e);
	if (!ret) {
		ret = handlers[m.request](vb, &m, e);
		if (ret < 0)
			err_prefix(e, ret, "%s", vu_request_name(m.request));
	}
	return finish(vb, &m, ret, e);
}

void vhost_back_open(struct vhost_back *vb, struct device *d, int sock)
{
	*vb = (struct vhost_back){ .dev = d, .sock = sock };
}

void vhost_back_close(struct vhost_back *vb)
{
	struct device *d = vb->dev;
	unsigned int i;

	stop_all(d);
	for (i = 0; i < d->opt->nr_queues; i++)
		queue_reset(&d->queue[i]);
	guest_memory_put(d->mem);
	d->mem = NULL;
	d->acked = 0;
}
