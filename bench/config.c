/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cmd.h"
#include "lib/opt.h"
#include "lib/virtio/ring.h"
#include "lib/stamps.h"
#include "lib/units.h"
#include "lib/words.h"

enum {
	OPT_SOCKET = 256,
	OPT_IN_PROCESS,
	OPT_TYPE,
	OPT_DRIVER,
	OPT_KICK,
	OPT_RW,
	OPT_BS,
	OPT_DEPTH,
	OPT_QUEUES,
	OPT_TIME,
	OPT_WARMUP,
	OPT_RATE,
	OPT_COMPLETION,
	OPT_VERIFY,
	OPT_ALLOW_ERRORS,
	OPT_SIZE,
	OPT_EVENT_IDX,
	OPT_INDIRECT,
	OPT_RING_SIZE,
	OPT_TIMEOUT,
	OPT_STAMPS,
	OPT_STAMPS_EVERY,
	OPT_RINGS,
	OPT_SYNC_FD,
	OPT_CPU,
	OPT_SEED,
	OPT_RECORD,
	OPT_FORMAT,
};

/* clang-format off */
static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "What to drive:", 1 },
	{ "socket", OPT_SOCKET, "PATH", 0, "vhost-user socket of the device" },
	{ "in-process", OPT_IN_PROCESS, 0, 0, "no device: answer in the same thread (the cost of this tool itself)" },
	{ "driver", OPT_DRIVER, "user|kvm", 0, "who works the ring: this program (default), or a bare guest under KVM" },
	{ "kick", OPT_KICK, "mmio|pio", 0, "the guest's doorbell: a store (default) or an OUT" },
	{ "type", OPT_TYPE, "TYPE", 0, "device type: blk (default), rng" },
	{ 0, 0, 0, 0, "The load:", 2 },
	{ "rw", OPT_RW, "MODE", 0, "blk: randread (default), randwrite, read, write, mix:PERCENT_READ, randrw, rw" },
	{ "bs", OPT_BS, "SIZE", 0, "bytes per request; rng: per buffer (4k)" },
	{ "depth", OPT_DEPTH, "N", 0, "requests in flight per queue (1)" },
	{ "queues", OPT_QUEUES, "N", 0, "queues, one thread each (1)" },
	{ "rate", OPT_RATE, "R[,poisson]", 0, "open loop: R requests/s in all, latency from the intended start" },
	{ "size", OPT_SIZE, "SIZE", 0, "use the first SIZE bytes of the device (all; 256m with --verify)" },
	{ "verify", OPT_VERIFY, 0, 0, "write self-describing blocks and check every read; OVERWRITES the device" },
	{ "allow-errors", OPT_ALLOW_ERRORS, "N|N%", 0, "so many requests, or such a share, may fail (0); those that do are in no figure" },
	{ "seed", OPT_SEED, "N", 0, "seed of all randomness (1)" },
	{ 0, 0, 0, 0, "Time:", 3 },
	{ "time", OPT_TIME, "TIME", 0, "measure for this long (5s)" },
	{ "warmup", OPT_WARMUP, "TIME", 0, "run this long before measuring (0)" },
	{ "timeout", OPT_TIMEOUT, "TIME", 0, "no completion for this long: the device hangs (10s)" },
	{ 0, 0, 0, 0, "The ring:", 4 },
	{ "completion", OPT_COMPLETION, "HOW", 0, "interrupt (default): sleep until called; poll: look at the ring" },
	{ "event-idx", OPT_EVENT_IDX, "on|off", 0, "offer EVENT_IDX (on)" },
	{ "indirect", OPT_INDIRECT, "on|off", 0, "offer INDIRECT_DESC (on)" },
	{ "ring-size", OPT_RING_SIZE, "N", 0, "entries, a power of two (256)" },
	{ "cpu", OPT_CPU, "LIST", 0, "pin the threads, one CPU each in turn" },
	{ 0, 0, 0, 0, "Results:", 5 },
	{ "format", OPT_FORMAT, "text|json", 0, "what is printed when there is no --record (text)" },
	{ "record", OPT_RECORD, "FILE", 0, "write the JSON report there, print nothing" },
	{ "stamps", OPT_STAMPS, "FILE", 0, "stamp requests into FILE" },
	{ "stamps-every", OPT_STAMPS_EVERY, "N", 0, "keep one request in N, a power of two (16)" },
	{ "rings", OPT_RINGS, "FILE", 0, "write there what vioperf trace needs to know" },
	{ "sync-fd", OPT_SYNC_FD, "N", 0, "say ready, wait for go on this socket" },
	{ 0 },
};
/* clang-format on */

static void take_rate(struct argp_state *state, const char *name,
		      const char *arg, struct load_config *c)
{
	if (blk_rate_parse(arg, ',', &c->rate, &c->poisson) < 0)
		opt_bad(state, name, arg, BLK_RATE_WORDS);
}

static void take_power_of_two(struct argp_state *state, const char *name,
			      const char *arg, unsigned int min,
			      unsigned int max, unsigned int *out)
{
	opt_number(state, name, arg, min, max, out);
	if (*out & (*out - 1))
		opt_bad(state, name, arg, "a power of two");
}

/* argp's contract: everything that was given is right, each by itself. */
static void check_whole(struct argp_state *state, const struct load_config *c)
{
	if (!c->socket == !c->in_process)
		argp_error(state, "give --socket PATH (or --in-process)");
	if (c->verify && c->in_process)
		argp_error(state, "--verify needs a device that stores data; "
				  "--in-process does not");
	if (c->verify && !allowance_none(&c->allowed))
		argp_error(state, "--verify cannot go on after a request that "
				  "failed; leave --allow-errors out");
	if (c->kvm && (c->in_process || c->rate))
		argp_error(state, "--driver kvm is a closed loop against a "
				  "device");
}

static error_t parse_target(int key, char *arg, struct argp_state *state)
{
	static const char *const drivers[] = { "user", "kvm", NULL };
	static const char *const kicks[] = { "mmio", "pio", NULL };
	struct load_config *c = state->input;

	switch (key) {
	case OPT_SOCKET:
		c->socket = opt_socket(state, "--socket", arg);
		return 0;
	case OPT_IN_PROCESS:
		c->in_process = true;
		return 0;
	case OPT_TYPE:
		c->type = arg;
		return 0;
	case OPT_DRIVER:
		c->kvm = opt_word(state, "--driver", arg, drivers);
		return 0;
	case OPT_KICK:
		c->kick_port = opt_word(state, "--kick", arg, kicks);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_load(int key, char *arg, struct argp_state *state)
{
	struct load_config *c = state->input;
	struct blk_mix mix;

	switch (key) {
	case OPT_RW:
		c->rw = arg;
		opt_mix(state, "--rw", arg, &mix);
		c->random = mix.random;
		c->read_percent = mix.read_percent;
		return 0;
	case OPT_BS:
		opt_size(state, "--bs", arg, BLK_LOAD_MAX_BS, &c->bs_bytes);
		return 0;
	case OPT_DEPTH:
		opt_number(state, "--depth", arg, 1, BLK_LOAD_MAX_DEPTH,
			      &c->depth);
		return 0;
	case OPT_QUEUES:
		opt_number(state, "--queues", arg, 1, BLK_LOAD_MAX_QUEUES,
			      &c->queues);
		return 0;
	case OPT_RATE:
		take_rate(state, "--rate", arg, c);
		return 0;
	case OPT_SIZE:
		opt_size(state, "--size", arg, UNITS_ANY, &c->size_bytes);
		return 0;
	case OPT_ALLOW_ERRORS:
		opt_allowance(state, "--allow-errors", arg, &c->allowed);
		return 0;
	case OPT_VERIFY:
		c->verify = true;
		return 0;
	case OPT_SEED:
		opt_seed(state, "--seed", arg, &c->seed);
		return 0;
	case OPT_TIME:
		opt_time(state, "--time", arg, 1, &c->time_ns);
		return 0;
	case OPT_WARMUP:
		opt_time(state, "--warmup", arg, 0, &c->warmup_ns);
		return 0;
	case OPT_TIMEOUT:
		opt_time(state, "--timeout", arg, 1, &c->timeout_ns);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_ring(int key, char *arg, struct argp_state *state)
{
	struct load_config *c = state->input;

	switch (key) {
	case OPT_COMPLETION:
		c->poll = opt_word(state, "--completion", arg, words_completion);
		return 0;
	case OPT_EVENT_IDX:
		c->event_idx = !opt_word(state, "--event-idx", arg, words_switch);
		return 0;
	case OPT_INDIRECT:
		c->indirect = !opt_word(state, "--indirect", arg, words_switch);
		return 0;
	case OPT_RING_SIZE:
		take_power_of_two(state, "--ring-size", arg, 2, RING_SIZE_MAX,
				  &c->ring_size);
		return 0;
	case OPT_CPU:
		c->cpus = opt_cpus(state, "--cpu", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_result(int key, char *arg, struct argp_state *state)
{
	static const char *const formats[] = { "text", "json", NULL };
	struct load_config *c = state->input;
	unsigned int fd;

	switch (key) {
	case OPT_FORMAT:
		c->json = opt_word(state, "--format", arg, formats);
		return 0;
	case OPT_RECORD:
		c->record = opt_path(state, "--record", arg);
		return 0;
	case OPT_STAMPS:
		c->stamps = opt_path(state, "--stamps", arg);
		return 0;
	case OPT_STAMPS_EVERY:
		take_power_of_two(state, "--stamps-every", arg, 1, 1u << 20,
				  &c->stamps_every);
		return 0;
	case OPT_RINGS:
		c->rings = opt_path(state, "--rings", arg);
		return 0;
	case OPT_SYNC_FD:
		opt_number(state, "--sync-fd", arg, 0, 1u << 20, &fd);
		c->sync_fd = (int)fd;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static error_t (*const groups[])(int, char *, struct argp_state *) = {
		parse_target, parse_load, parse_ring, parse_result
	};
	error_t ret = ARGP_ERR_UNKNOWN;
	size_t i;

	if (key == ARGP_KEY_END)
		check_whole(state, state->input);
	for (i = 0; i < ARRAY_SIZE(groups) && ret == ARGP_ERR_UNKNOWN; i++)
		ret = groups[i](key, arg, state);
	return ret;
}

int load_config_parse(struct load_config *c, int argc, char **argv)
{
	static const struct argp argp = {
		options, parse_option, NULL,
		"Drive a virtio device over vhost-user and measure it.\v"
		"Sizes: 4k, 1m. Times: 400ms, 5s. Rates: 50k. Results are of "
		"requests that complete between the end of the warm-up and the "
		"end of the time."
	};

	*c = (struct load_config){
		.type = "blk",
		.random = true,
		.read_percent = 100,
		.bs_bytes = 4096,
		.depth = 1,
		.queues = 1,
		.ring_size = 256,
		.time_ns = 5000000000ull,
		.timeout_ns = 10000000000ull,
		.event_idx = true,
		.indirect = true,
		.stamps_every = STAMPS_EVERY,
		.sync_fd = -1,
		.seed = 1,
	};
	argp_err_exit_status = CMD_USAGE;
	return argp_parse(&argp, argc, argv, 0, NULL, c) ? -EINVAL : 0;
}
