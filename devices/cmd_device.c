/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cmd.h"
#include "lib/cpus.h"
#include "lib/opt.h"
#include "lib/units.h"
#include "server.h"

/* Every device type; a new one is one file and one line. */
static const struct device_ops *const types[] = {
	&blk_device_ops,
	&rng_device_ops,
};

enum { OPT_SOCKET = 256, OPT_BACKING, OPT_QUEUES, OPT_CPU, OPT_RECORD,
       OPT_STAMPS, OPT_STAMPS_EVERY, OPT_POLL, OPT_SERVICE,
       OPT_SOURCE, OPT_RATE };

static const struct argp_option options[] = {
	{ "socket", OPT_SOCKET, "PATH", 0, "listen here for a vhost-user front end" },
	{ "backing", OPT_BACKING, "WHAT", 0,
	  "blk: null[:SIZE], ram:SIZE or file:PATH[,direct][,readonly] (null)" },
	{ "source", OPT_SOURCE, "WHAT", 0,
	  "rng: urandom, file:PATH (round and round) or null, which leaves the buffer as it is (urandom)" },
	{ "rate", OPT_RATE, "SIZE", 0, "rng: hand out at most SIZE bytes/s" },
	{ "queues", OPT_QUEUES, "N", 0, "offer N queues (1)" },
	{ "cpu", OPT_CPU, "LIST", 0, "run on these CPUs" },
	{ "poll-max", OPT_POLL, "TIME", 0,
	  "busy-poll at most this long before sleeping; 0 never; adapts itself below (64us)" },
	{ "service", OPT_SERVICE, "TIME", 0,
	  "blk: keep each read and write busy for TIME more, to imitate a slower device" },
	{ "record", OPT_RECORD, "FILE", 0, "write counts and stages as JSON" },
	{ "stamps", OPT_STAMPS, "FILE", 0, "write stamps of sampled requests" },
	{ "stamps-every", OPT_STAMPS_EVERY, "N", 0,
	  "keep one request in N, a power of two (16)" },
	{ 0 },
};

struct arguments {
	struct device_options opt;
	const struct device_ops *type;
	const char *cpus;
};

static const char *type_names(char *buf, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s",
				      i ? ", " : "", types[i]->name);
	return buf;
}

static void parse_type(struct argp_state *state, const char *arg,
		       struct arguments *a)
{
	char names[64];
	size_t i;

	if (a->type)
		argp_error(state, "one device type at a time");
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i]->name, arg))
			a->type = types[i];
	if (!a->type)
		argp_error(state, "no device type '%s'; there are: %s", arg,
			   type_names(names, sizeof(names)));
}

static void check(struct argp_state *state, struct arguments *a)
{
	char names[64];
	struct err e;

	if (!a->type)
		argp_error(state, "which device? There are: %s",
			   type_names(names, sizeof(names)));
	if (!a->opt.socket)
		argp_error(state, "--socket PATH is needed");
	if (a->opt.stamps_every & (a->opt.stamps_every - 1))
		argp_error(state, "--stamps-every: not a power of two");
	if (a->type->check(&a->opt, &e) < 0)
		argp_error(state, "%s", e.text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct device_options *o = &a->opt;

	switch (key) {
	case OPT_SOCKET:
		o->socket = opt_socket(state, "--socket", arg);
		return 0;
	case OPT_BACKING:
		o->backing = arg;
		return 0;
	case OPT_SOURCE:
		o->source = arg;
		return 0;
	case OPT_RATE:
		if (units_parse_size(arg, &o->rate) < 0 || !o->rate ||
		    o->rate > 1ull << 40)
			opt_bad(state, "--rate", arg,
				"bytes/s like 64k, up to 1t");
		return 0;
	case OPT_QUEUES:
		opt_number(state, "--queues", arg, 1, DEVICE_MAX_QUEUES,
			   &o->nr_queues);
		return 0;
	case OPT_CPU:
		a->cpus = opt_cpus(state, "--cpu", arg);
		return 0;
	case OPT_POLL:
		opt_time(state, "--poll-max", arg, 0, &o->poll_ns);
		return 0;
	case OPT_SERVICE:
		opt_time(state, "--service", arg, 0, &o->service_ns);
		return 0;
	case OPT_RECORD:
		o->record = opt_path(state, "--record", arg);
		return 0;
	case OPT_STAMPS:
		o->stamps = opt_path(state, "--stamps", arg);
		return 0;
	case OPT_STAMPS_EVERY:
		opt_number(state, "--stamps-every", arg, 1, 1u << 20,
			   &o->stamps_every);
		return 0;
	case ARGP_KEY_ARG:
		parse_type(state, arg, a);
		return 0;
	case ARGP_KEY_END:
		check(state, a);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "TYPE --socket PATH",
	.doc = "Serve a virtio device (blk, rng) over vhost-user, to one front end after "
	       "the other: `vioperf load`, QEMU's vhost-user-blk-pci, or "
	       "anything else that speaks it. Ends on SIGINT or SIGTERM."
	       "\vExample:\n  vioperf device blk --socket /tmp/blk.sock "
	       "--backing file:/tmp/disk.img,direct",
};

/* What can be closed, at any time. */
static struct device *device_new(const struct arguments *a)
{
	struct device *d = calloc(1, sizeof(*d));
	unsigned int i;

	if (!d)
		return NULL;
	d->ops = a->type;
	d->opt = &a->opt;
	d->features = 1ull << VIRTIO_F_INDIRECT_BIT |
		      1ull << VIRTIO_F_EVENT_IDX_BIT |
		      1ull << VIRTIO_F_PROTOCOL_BIT |
		      1ull << VIRTIO_F_VERSION_1_BIT;
	for (i = 0; i < DEVICE_MAX_QUEUES; i++) {
		struct queue *q = &d->queue[i];

		q->dev = d;
		q->index = i;
		q->kick_fd = q->call_fd = q->err_fd = -1;
	}
	hist_init(&d->stage_submit);
	hist_init(&d->stage_io);
	hist_init(&d->stage_push);
	clock_scale_now(&d->scale);
	return d;
}

static int device_open(struct device *d, const struct arguments *a,
		       struct err *e)
{
	int ret = a->cpus ? cpus_pin(a->cpus, e) : 0;

	if (ret < 0)
		return ret;
	ret = guest_memory_guard();
	if (ret < 0)
		return err_set(e, ret, "sigaction: %s", strerror(-ret));
	if (a->opt.stamps)
		ret = stamps_create(a->opt.stamps, a->opt.nr_queues,
				    a->opt.stamps_every, &d->stamps, e);
	if (!ret)
		ret = loop_open(&d->loop, RING_SIZE_MAX, e);
	return ret ?: d->ops->open(d, e);
}

static void device_close(struct device *d)
{
	d->ops->close(d);
	loop_close(&d->loop);
	stamps_close(d->stamps);
	free(d);
}

int cmd_device(int argc, char **argv)
{
	struct arguments a = { .opt = { .nr_queues = 1,
					.stamps_every = STAMPS_EVERY,
					.poll_ns = 64000 } };
	struct device *d;
	struct err e;
	int ret;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	d = device_new(&a);
	if (!d) {
		err_printf("device", "out of memory");
		return CMD_FAIL;
	}
	ret = device_open(d, &a, &e);
	if (!ret)
		ret = server_run(d, &e);
	if (!ret)
		ret = device_record(d, &e);
	if (ret < 0)
		err_print("device", &e);
	device_close(d);
	return ret < 0 ? CMD_FAIL : CMD_OK;
}
