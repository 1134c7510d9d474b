/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/cmd.h"
#include "../lib/opt.h"
#include "../lib/ring.h"
#include "../lib/stamps.h"
#include "../lib/units.h"

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
	{ "type", OPT_TYPE, "TYPE", 0, "device type: blk (default)" },
	{ 0, 0, 0, 0, "The load:", 2 },
	{ "rw", OPT_RW, "MODE", 0, "randread (default), randwrite, read, write, mix:PERCENT_READ, randrw, rw" },
	{ "bs", OPT_BS, "SIZE", 0, "bytes per request (4k)" },
	{ "depth", OPT_DEPTH, "N", 0, "requests in flight per queue (1)" },
	{ "queues", OPT_QUEUES, "N", 0, "queues, one thread each (1)" },
	{ "rate", OPT_RATE, "R[,poisson]", 0, "open loop: R requests/s in all, latency from the intended start" },
	{ "size", OPT_SIZE, "SIZE", 0, "use the first SIZE bytes of the device (all; 256m with --verify)" },
	{ "verify", OPT_VERIFY, 0, 0, "write self-describing blocks and check every read; OVERWRITES the device" },
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

static int bad(struct argp_state *state, const char *arg, const char *want)
{
	argp_failure(state, CMD_USAGE, 0, "\"%s\": expected %s", arg, want);
	return EINVAL;
}

static int parse_uint(struct argp_state *state, const char *arg,
		      unsigned int min, unsigned int max, unsigned int *out)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || v < min || v > max) {
		argp_failure(state, CMD_USAGE, 0,
			     "\"%s\": expected a number from %u to %u", arg,
			     min, max);
		return EINVAL;
	}
	*out = (unsigned int)v;
	return 0;
}

static int parse_switch(struct argp_state *state, const char *arg, bool *out)
{
	*out = !strcmp(arg, "on");
	return *out || !strcmp(arg, "off") ? 0 : bad(state, arg, "on or off");
}

static int parse_choice(struct argp_state *state, const char *arg,
			const char *no, const char *yes, bool *out)
{
	*out = !strcmp(arg, yes);
	if (*out || !strcmp(arg, no))
		return 0;
	argp_failure(state, CMD_USAGE, 0, "\"%s\": expected %s or %s", arg, no,
		     yes);
	return EINVAL;
}

static int parse_rw(struct argp_state *state, const char *arg,
		    struct load_config *c)
{
	static const struct {
		const char *name;
		bool random;
		unsigned int read_percent;
	} modes[] = {
		{ "randread", true, 100 }, { "randwrite", true, 0 },
		{ "read", false, 100 },	   { "write", false, 0 },
		{ "randrw", true, 50 },	   { "rw", false, 50 },
	};
	size_t i;

	c->rw = arg;
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strcmp(arg, modes[i].name))
			continue;
		c->random = modes[i].random;
		c->read_percent = modes[i].read_percent;
		return 0;
	}
	if (strncmp(arg, "mix:", 4))
		return bad(state, arg,
			   "randread, randwrite, read, write, "
			   "mix:PERCENT_READ, randrw or rw");
	c->random = true;
	return parse_uint(state, arg + 4, 0, 100, &c->read_percent);
}

static int parse_size(struct argp_state *state, const char *arg, uint64_t *out)
{
	if (units_parse_size(arg, out) < 0 || !*out || *out % 512)
		return bad(state, arg, "a size like 4k, a multiple of 512");
	return 0;
}

static int parse_time(struct argp_state *state, const char *arg, bool zero,
		      uint64_t *out)
{
	if (units_parse_time(arg, out) < 0 || (!*out && !zero))
		return bad(state, arg, "a time like 5s or 400ms");
	return 0;
}

static int parse_rate(struct argp_state *state, const char *arg,
		      struct load_config *c)
{
	const char *comma = strchr(arg, ',');
	char number[32];

	c->poisson = comma && !strcmp(comma, ",poisson");
	if (comma && !c->poisson)
		return bad(state, arg, "a rate like 50k or 50k,poisson");
	if (!comma)
		comma = arg + strlen(arg);
	if ((size_t)(comma - arg) >= sizeof(number))
		return bad(state, arg, "a rate like 50k or 50k,poisson");
	memcpy(number, arg, (size_t)(comma - arg));
	number[comma - arg] = '\0';
	if (units_parse_count(number, &c->rate) < 0 || c->rate > 1000000000)
		return bad(state, arg, "a rate like 50k or 50k,poisson");
	return 0;
}

static int parse_power_of_two(struct argp_state *state, const char *arg,
			      unsigned int min, unsigned int max,
			      unsigned int *out)
{
	int ret = parse_uint(state, arg, min, max, out);

	if (!ret && (*out & (*out - 1)))
		return bad(state, arg, "a power of two");
	return ret;
}

/* argp's contract: everything that was given is right, each by itself. */
static void check_whole(struct argp_state *state, const struct load_config *c)
{
	if (!c->socket == !c->in_process)
		argp_error(state, "give --socket PATH (or --in-process)");
	if (c->verify && c->in_process)
		argp_error(state, "--verify needs a device that stores data; "
				  "--in-process does not");
	if (c->kvm && (c->in_process || c->rate))
		argp_error(state, "--driver kvm is a closed loop against a "
				  "device");
	if (c->bs_bytes > LOAD_MAX_BS)
		argp_error(state, "--bs is at most 16m");
	if (c->size_bytes && c->size_bytes < c->bs_bytes)
		argp_error(state, "--size is smaller than --bs");
	if (c->depth > c->ring_size)
		argp_error(state,
			   "--depth %u does not fit a ring of %u; use "
			   "--ring-size",
			   c->depth, c->ring_size);
	if (c->depth * 3 > c->ring_size && !c->indirect)
		argp_error(state,
			   "--depth %u needs %u descriptors without "
			   "indirect tables; use --ring-size or --indirect on",
			   c->depth, c->depth * 3);
}

static error_t parse_seed(struct argp_state *state, const char *arg,
			  uint64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoull(arg, &end, 10);
	return *arg < '0' || *arg > '9' || *end || errno
		       ? bad(state, arg, "a number")
		       : 0;
}

static error_t parse_target(int key, char *arg, struct argp_state *state)
{
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
		return parse_choice(state, arg, "user", "kvm", &c->kvm);
	case OPT_KICK:
		return parse_choice(state, arg, "mmio", "pio", &c->kick_port);
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_load(int key, char *arg, struct argp_state *state)
{
	struct load_config *c = state->input;

	switch (key) {
	case OPT_RW:
		return parse_rw(state, arg, c);
	case OPT_BS:
		return parse_size(state, arg, &c->bs_bytes);
	case OPT_DEPTH:
		return parse_uint(state, arg, 1, RING_SIZE_MAX, &c->depth);
	case OPT_QUEUES:
		return parse_uint(state, arg, 1, LOAD_MAX_QUEUES, &c->queues);
	case OPT_RATE:
		return parse_rate(state, arg, c);
	case OPT_SIZE:
		return parse_size(state, arg, &c->size_bytes);
	case OPT_VERIFY:
		c->verify = true;
		return 0;
	case OPT_SEED:
		return parse_seed(state, arg, &c->seed);
	case OPT_TIME:
		return parse_time(state, arg, false, &c->time_ns);
	case OPT_WARMUP:
		return parse_time(state, arg, true, &c->warmup_ns);
	case OPT_TIMEOUT:
		return parse_time(state, arg, false, &c->timeout_ns);
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_ring(int key, char *arg, struct argp_state *state)
{
	struct load_config *c = state->input;

	switch (key) {
	case OPT_COMPLETION:
		return parse_choice(state, arg, "interrupt", "poll", &c->poll);
	case OPT_EVENT_IDX:
		return parse_switch(state, arg, &c->event_idx);
	case OPT_INDIRECT:
		return parse_switch(state, arg, &c->indirect);
	case OPT_RING_SIZE:
		return parse_power_of_two(state, arg, 2, RING_SIZE_MAX,
					  &c->ring_size);
	case OPT_CPU:
		c->cpus = opt_cpus(state, "--cpu", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_result(int key, char *arg, struct argp_state *state)
{
	struct load_config *c = state->input;
	unsigned int fd;

	switch (key) {
	case OPT_FORMAT:
		return parse_choice(state, arg, "text", "json", &c->json);
	case OPT_RECORD:
		c->record = opt_path(state, "--record", arg);
		return 0;
	case OPT_STAMPS:
		c->stamps = opt_path(state, "--stamps", arg);
		return 0;
	case OPT_STAMPS_EVERY:
		return parse_power_of_two(state, arg, 1, 1u << 20,
					  &c->stamps_every);
	case OPT_RINGS:
		c->rings = opt_path(state, "--rings", arg);
		return 0;
	case OPT_SYNC_FD:
		if (parse_uint(state, arg, 0, 1u << 20, &fd))
			return EINVAL;
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
		.rw = "randread",
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
