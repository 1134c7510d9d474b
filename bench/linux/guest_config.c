/* SPDX-License-Identifier: MIT */
#include "guest_config.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cmd.h"
#include "lib/opt.h"
#include "lib/units.h"
#include "lib/util.h"

#define MS 1000000ull

enum {
	OPT_TYPE = 256,
	OPT_QEMU_ARG,
	OPT_MODULE,
	OPT_DISK,
	OPT_NET_DEVICE,
	OPT_NET_BACKEND,
	OPT_VIRTIO_ID,
	OPT_EXPECT_QUEUES,
	OPT_FEATURE,
	OPT_DEVICE_PID,
	OPT_RW,
	OPT_BS,
	OPT_DEPTH,
	OPT_QUEUES,
	OPT_ENGINE,
	OPT_TRAFFIC,
	OPT_VERIFY,
	OPT_ALLOW_ERRORS,
	OPT_SIZE,
	OPT_TIME,
	OPT_WARMUP,
	OPT_ACCELERATOR,
	OPT_VCPUS,
	OPT_MEMORY,
	OPT_KERNEL,
	OPT_INITRD,
	OPT_IMAGE,
	OPT_APPEND,
	OPT_PROGRAM,
	OPT_CPUS,
	OPT_BOOT_TIMEOUT,
	OPT_HANG_TIMEOUT,
	OPT_RECORD,
	OPT_FORMAT,
	OPT_SYNC_FD,
	OPT_LOG,
	OPT_CONSOLE,
	OPT_PROBE,
};

/* clang-format off */
static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "The device:", 1 },
	{ "qemu-arg", OPT_QEMU_ARG, "ARG", 0, "one more argument for QEMU, e.g. -device; may be repeated" },
	{ "module", OPT_MODULE, "NAME", 0, "load this module, with what it needs, in the guest; may be repeated" },
	{ "disk", OPT_DISK, "NAME", 0, "the disk's name in the guest (vda)" },
	{ "net-device", OPT_NET_DEVICE, "MODEL[,PROP=VALUE…]", 0, "network device, as for -device; netdev= and mac= are added" },
	{ "net-backend", OPT_NET_BACKEND, "tap|tap,vhost|user", 0, "its other end: a tap in a network namespace of our own, or slirp (tap)" },
	{ "virtio-id", OPT_VIRTIO_ID, "N", 0, "virtio device type whose features are read in the guest" },
	{ "expect-queues", OPT_EXPECT_QUEUES, "N", 0, "fail unless the guest's driver uses N queues" },
	{ "feature", OPT_FEATURE, "NAME=on|off", 0, "fail unless event_idx, indirect or packed was negotiated so; may be repeated" },
	{ "device-pid", OPT_DEVICE_PID, "PID", 0, "process of a vhost-user back end, for its CPU time" },
	{ 0, 0, 0, 0, "The load:", 2 },
	{ "type", OPT_TYPE, "TYPE", 0, "blk (fio), net (iperf, ping), rng, balloon; or give a COMMAND" },
	{ "rw", OPT_RW, "MODE", 0, "randread (default), randwrite, read, write, mix:PERCENT_READ, randrw, rw" },
	{ "bs", OPT_BS, "SIZE", 0, "bytes per request (4k)" },
	{ "depth", OPT_DEPTH, "N", 0, "requests in flight per queue (1)" },
	{ "queues", OPT_QUEUES, "N", 0, "queues, one fio job each (1)" },
	{ "engine", OPT_ENGINE, "NAME", 0, "fio's engine: libaio (default) or io_uring" },
	{ "verify", OPT_VERIFY, 0, 0, "write with checksums, read back and check; OVERWRITES the disk" },
	{ "size", OPT_SIZE, "SIZE", 0, "use the first SIZE bytes of the disk (all; 64m with --verify)" },
	{ "allow-errors", OPT_ALLOW_ERRORS, "N|N%", 0, "so many requests, or such a share, may fail (0); those that do are in no figure" },
	{ "traffic", OPT_TRAFFIC, "KIND", 0, "tcp-g2h, tcp-h2g, tcp-g2g, udp-g2h, udp-h2g, bounceback, ping, trip-times (tcp-g2h)" },
	{ "time", OPT_TIME, "TIME", 0, "measure for this long (5s)" },
	{ "warmup", OPT_WARMUP, "TIME", 0, "run this long before measuring (0)" },
	{ 0, 0, 0, 0, "The guest:", 3 },
	{ "accelerator", OPT_ACCELERATOR, "auto|kvm|tcg", 0, "auto: kvm where a guest boots under it, else tcg" },
	{ "vcpus", OPT_VCPUS, "N", 0, "virtual CPUs (1)" },
	{ "memory", OPT_MEMORY, "SIZE", 0, "memory (512m)" },
	{ "kernel", OPT_KERNEL, "FILE", 0, "bzImage to boot (newest of /boot, else Debian's, fetched into the cache)" },
	{ "initrd", OPT_INITRD, "FILE", 0, "initramfs to boot in place of ours; its /init must speak our protocol" },
	{ "image", OPT_IMAGE, "FILE", 0, "disk image (raw, qcow2; never written) whose root file system the load runs in" },
	{ "append", OPT_APPEND, "TEXT", 0, "add to the kernel's command line" },
	{ "program", OPT_PROGRAM, "NAME", 0, "have this program of the host's in the guest, with its libraries; may be repeated" },
	{ "cpus", OPT_CPUS, "LIST", 0, "host CPUs to use (all that we may)" },
	{ "boot-timeout", OPT_BOOT_TIMEOUT, "TIME", 0, "give a guest this long to boot (60s)" },
	{ "hang-timeout", OPT_HANG_TIMEOUT, "TIME", 0, "no heartbeat for this long: the guest hangs (20s)" },
	{ "probe", OPT_PROBE, 0, 0, "only boot: does the accelerator run a guest here?" },
	{ 0, 0, 0, 0, "Results:", 4 },
	{ "format", OPT_FORMAT, "text|json", 0, "what is printed when there is no --record (text)" },
	{ "record", OPT_RECORD, "FILE", 0, "write the JSON report there, print nothing" },
	{ "sync-fd", OPT_SYNC_FD, "N", 0, "say ready, wait for go on this socket" },
	{ "log", OPT_LOG, "FILE", 0, "what QEMU and helpers print" },
	{ "console", OPT_CONSOLE, "FILE", 0, "keep the guest's console there" },
	{ 0 },
};
/* clang-format on */

static void add(struct argp_state *state, const char *name, const char *arg,
		const char **list, unsigned int *nr, unsigned int max)
{
	if (*nr == max)
		argp_failure(state, CMD_USAGE, 0, "%s: at most %u of them",
			     name, max);
	else
		list[(*nr)++] = arg;
}

static error_t parse_device(int key, char *arg, struct argp_state *state)
{
	static const char *const backends[] = { "tap", "tap,vhost", "user",
						NULL };
	struct guest_config *c = state->input;
	unsigned int n = 0;

	switch (key) {
	case OPT_QEMU_ARG:
		add(state, "--qemu-arg", arg, c->qemu_arg, &c->nr_qemu_args,
		    GUEST_MAX_ARGS);
		return 0;
	case OPT_MODULE:
		add(state, "--module", arg, c->module, &c->nr_modules,
		    GUEST_MAX_MODULES);
		return 0;
	case OPT_DISK:
		if (strspn(arg, "abcdefghijklmnopqrstuvwxyz0123456789") !=
		    strlen(arg))
			opt_bad(state, "--disk", arg, "a name like vda");
		c->disk = arg;
		return 0;
	case OPT_NET_DEVICE:
		c->net_device = arg;
		return 0;
	case OPT_NET_BACKEND:
		opt_word(state, "--net-backend", arg, backends);
		c->net_backend = arg;
		return 0;
	case OPT_VIRTIO_ID:
		opt_number(state, "--virtio-id", arg, 1, 64, &c->virtio_id);
		return 0;
	case OPT_EXPECT_QUEUES:
		opt_number(state, "--expect-queues", arg, 1, 1024,
			    &c->expect_queues);
		return 0;
	case OPT_FEATURE:
		add(state, "--feature", arg, c->feature, &c->nr_features,
		    GUEST_MAX_FEATURES);
		return 0;
	case OPT_DEVICE_PID:
		opt_number(state, "--device-pid", arg, 1, 1u << 30, &n);
		c->device_pid = (pid_t)n;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_load(int key, char *arg, struct argp_state *state)
{
	static const char *const types[] = { "blk", "net", "rng", "balloon",
					     NULL };
	struct guest_config *c = state->input;

	switch (key) {
	case OPT_TYPE:
		opt_word(state, "--type", arg, types);
		c->type = arg;
		return 0;
	case OPT_RW:
		opt_mix(state, "--rw", arg, &c->mix);
		c->rw = arg;
		return 0;
	case OPT_BS:
		opt_size(state, "--bs", arg, BLK_LOAD_MAX_BS, &c->bs_bytes);
		return 0;
	case OPT_DEPTH:
		opt_number(state, "--depth", arg, 1, 1024, &c->depth);
		return 0;
	case OPT_QUEUES:
		opt_number(state, "--queues", arg, 1, 64, &c->queues);
		return 0;
	case OPT_ENGINE:
		opt_word(state, "--engine", arg, words_engine);
		c->engine = arg;
		return 0;
	case OPT_VERIFY:
		c->verify = true;
		return 0;
	case OPT_ALLOW_ERRORS:
		opt_allowance(state, "--allow-errors", arg, &c->allowed);
		return 0;
	case OPT_SIZE:
		opt_size(state, "--size", arg, UNITS_ANY, &c->size_bytes);
		return 0;
	case OPT_TRAFFIC:
		c->traffic = (enum words_traffic)opt_word(
			state, "--traffic", arg, words_traffic);
		return 0;
	case OPT_TIME:
		opt_time(state, "--time", arg, MS, &c->time_ns);
		return 0;
	case OPT_WARMUP:
		opt_time(state, "--warmup", arg, 0, &c->warmup_ns);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_guest(int key, char *arg, struct argp_state *state)
{
	struct guest_config *c = state->input;

	switch (key) {
	case OPT_ACCELERATOR:
		opt_word(state, "--accelerator", arg, words_accelerator);
		c->accelerator = arg;
		return 0;
	case OPT_VCPUS:
		opt_number(state, "--vcpus", arg, 1, GUEST_MAX_VCPUS,
			    &c->vcpus);
		return 0;
	case OPT_MEMORY:
		opt_size(state, "--memory", arg, 1ull << 40, &c->memory_bytes);
		return 0;
	case OPT_KERNEL:
		c->kernel = opt_path(state, "--kernel", arg);
		return 0;
	case OPT_INITRD:
		c->initrd = opt_path(state, "--initrd", arg);
		return 0;
	case OPT_IMAGE:
		c->image = opt_path(state, "--image", arg);
		return 0;
	case OPT_APPEND:
		c->append = arg;
		return 0;
	case OPT_PROGRAM:
		add(state, "--program", arg, c->program, &c->nr_programs,
		    GUEST_MAX_PROGRAMS);
		return 0;
	case OPT_CPUS:
		c->cpus = opt_cpus(state, "--cpus", arg);
		return 0;
	case OPT_BOOT_TIMEOUT:
		opt_time(state, "--boot-timeout", arg, MS, &c->boot_timeout_ns);
		return 0;
	case OPT_HANG_TIMEOUT:
		opt_time(state, "--hang-timeout", arg, MS, &c->hang_timeout_ns);
		return 0;
	case OPT_PROBE:
		c->probe = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_result(int key, char *arg, struct argp_state *state)
{
	static const char *const formats[] = { "text", "json", NULL };
	struct guest_config *c = state->input;
	unsigned int fd = 0;

	switch (key) {
	case OPT_FORMAT:
		c->json = opt_word(state, "--format", arg, formats);
		return 0;
	case OPT_RECORD:
		c->record = opt_path(state, "--record", arg);
		return 0;
	case OPT_SYNC_FD:
		opt_number(state, "--sync-fd", arg, 0, 1u << 20, &fd);
		c->sync_fd = (int)fd;
		return 0;
	case OPT_LOG:
		c->log = opt_path(state, "--log", arg);
		return 0;
	case OPT_CONSOLE:
		c->console = opt_path(state, "--console", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* What runs in the guest is told milliseconds, and iperf's server reports ten
 * times a second. */
static void check_time(struct argp_state *state, const struct guest_config *c)
{
	bool net = c->type && !strcmp(c->type, "net");

	if (net && c->time_ns < 100 * MS)
		argp_error(state, "--time is at least 100ms with --type net");
	if (c->warmup_ns && c->warmup_ns < MS)
		argp_error(state, "--warmup is 0, or at least 1ms");
}

static void check_whole(struct argp_state *state, const struct guest_config *c)
{
	if (c->verify && !allowance_none(&c->allowed))
		argp_error(state, "--verify cannot go on after a request that "
				  "failed; leave --allow-errors out");
	check_time(state, c);
	if (c->probe)
		return;
	if (!c->type == !c->command)
		argp_error(state, "give --type blk, net, rng or balloon, or a "
				  "COMMAND to run in the guest");
	if (c->type && !strcmp(c->type, "net") && !c->net_device)
		argp_error(state, "--type net needs --net-device");
	if (c->memory_bytes < 128u << 20)
		argp_error(state, "--memory is at least 128m");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static error_t (*const part[])(int, char *, struct argp_state *) = {
		parse_device, parse_load, parse_guest, parse_result
	};
	struct guest_config *c = state->input;
	error_t ret = ARGP_ERR_UNKNOWN;
	size_t i;

	if (key == ARGP_KEY_ARGS) {
		c->command = state->argv + state->next;
		return 0;
	}
	if (key == ARGP_KEY_END) {
		check_whole(state, c);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(part) && ret == ARGP_ERR_UNKNOWN; i++)
		ret = part[i](key, arg, state);
	return ret;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[COMMAND ARG...]",
	.doc = "Boot a small Linux guest under QEMU, run one load in it, report "
	       "and power it off. The guest is made of Debian's kernel, "
	       "busybox and the host's fio or iperf, and kept in a cache."
	       "\vExamples:\n"
	       "  vioperf guest --type=blk --module=virtio_blk --depth=32 \\\n"
	       "    --qemu-arg=-blockdev --qemu-arg=driver=null-co,size=1073741824,node-name=d \\\n"
	       "    --qemu-arg=-device --qemu-arg=virtio-blk-pci,drive=d\n"
	       "  vioperf guest --type=net --net-device=e1000 --module=e1000\n"
	       "  vioperf guest -- uname -a\n",
};

int guest_config_parse(struct guest_config *c, int argc, char **argv)
{
	*c = (struct guest_config){
		.disk = "vda",
		.net_backend = "tap",
		.rw = "randread",
		.mix = { true, 100 },
		.bs_bytes = 4096,
		.depth = 1,
		.queues = 1,
		.engine = "libaio",
		.traffic = TRAFFIC_TCP_G2H,
		.time_ns = 5000000000,
		.accelerator = "auto",
		.vcpus = 1,
		.memory_bytes = 512ull << 20,
		.boot_timeout_ns = 60000000000,
		.hang_timeout_ns = 20000000000,
		.sync_fd = -1,
	};
	argp_err_exit_status = CMD_USAGE;
	return argp_parse(&argp, argc, argv, 0, NULL, c) ? -EINVAL : 0;
}
