/* SPDX-License-Identifier: MIT */
/* The loader of io_uring.bpf.c: the device's I/O. */
#include "probe.h"

#include <errno.h>
#include <liburing.h>

#include "lib/util.h"
#include "io_uring.skel.h"

#define SUBMITTED "I/O submitted"
#define COMPLETED "I/O completed"

/* What moves data of a file or makes it durable. */
static const unsigned char io_opcodes[] = {
	IORING_OP_READV,     IORING_OP_WRITEV,	     IORING_OP_READ_FIXED,
	IORING_OP_WRITE_FIXED, IORING_OP_READ,	     IORING_OP_WRITE,
	IORING_OP_FSYNC,     IORING_OP_SYNC_FILE_RANGE, IORING_OP_FALLOCATE,
	IORING_OP_URING_CMD,
};

static int io_uring_open(struct probe *p, const struct probe_env *env)
{
	struct io_uring_bpf *skel = io_uring_bpf__open();
	unsigned int i;

	if (!skel)
		return -errno;
	for (i = 0; i < ARRAY_SIZE(io_opcodes); i++)
		skel->rodata->io_opcodes |= 1ull << io_opcodes[i];
	skel->rodata->shared_hists = env->shared_hists;
	p->typed = skel;
	p->skel = skel->skeleton;
	return 0;
}

static volatile struct trace_control *io_uring_control(void *typed)
{
	return &((struct io_uring_bpf *)typed)->bss->control;
}

/* Only devices: the driver's own io_uring is not the backing. */
static int io_uring_watch(struct probe *p, const struct rings *r,
			  struct err *e)
{
	struct rings *devices = calloc(1, sizeof(*devices));
	unsigned int i;

	if (!devices)
		return err_set(e, -ENOMEM, "out of memory");
	for (i = 0; i < r->nr_procs; i++)
		if (r->proc[i].role == TRACE_DEVICE)
			devices->proc[devices->nr_procs++] = r->proc[i];
	probe_watch_procs(p, devices);
	free(devices);
	return 0;
}

/* No room to note a request: counted once, at the first ring. */
static int io_uring_read(struct probe *p, unsigned int ring,
			 struct probe_ring *out)
{
	const struct io_uring_bpf *skel = p->typed;

	if (!ring)
		out->counters.io_lost += skel->bss->nr_lost;
	return 0;
}

static void io_uring_destroy(void *typed)
{
	io_uring_bpf__destroy(typed);
}

const struct probe_ops probe_io_uring = {
	.name = "io_uring",
	.edges = {
		{ SUBMITTED,
		  { "submit_req_btf", "submit_req_raw", "submit_sqe_btf",
		    "submit_old_btf" }, false },
		{ COMPLETED, { "complete_btf", "complete_raw" }, false },
	},
	.nr_edges = 2,
	.stages = { { STAGE_DEVICE_IO, SUBMITTED, COMPLETED } },
	.nr_stages = 1,
	.nr_hists = 1,
	.open = io_uring_open,
	.control = io_uring_control,
	.watch = io_uring_watch,
	.read = io_uring_read,
	.destroy = io_uring_destroy,
};
