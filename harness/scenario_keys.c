/* SPDX-License-Identifier: MIT */
#include "scenario_keys.h"

#include <stdio.h>
#include <string.h>

#include "lib/allowance.h"
#include "lib/blk_load.h"
#include "lib/virtio/ring.h"
#include "lib/units.h"
#include "lib/words.h"

static bool word_ok(const char *v, size_t room)
{
	return *v && strspn(v, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
			     strlen(v) && strlen(v) < room;
}

bool scenario_name_ok(const char *v)
{
	return word_ok(v, 48);
}

static bool onoff(const char *v)
{
	return words_find(words_switch, v) >= 0;
}

static bool driver_ok(const char *v)
{
	return words_find(words_driver, v) >= 0;
}

static bool accelerator_ok(const char *v)
{
	return words_find(words_accelerator, v) >= 0;
}

static bool engine_ok(const char *v)
{
	return words_find(words_engine, v) >= 0;
}

static bool traffic_ok(const char *v)
{
	return words_find(words_traffic, v) >= 0;
}

/* A target, with options: qemu-virtio-blk+iothread+poll-max=0. What they are
 * is seen when the targets are known. */
static bool target_ok(const char *v)
{
	char copy[64], *p;

	if (strlen(v) >= sizeof(copy) || *v == '+' || *v == '=')
		return false;
	strcpy(copy, v);
	for (p = copy; *p; p++)
		if (*p == '+' || *p == '=')
			*p = '-';
	return word_ok(copy, sizeof(copy));
}

static bool any_ok(const char *v)
{
	return strlen(v) < 4096;
}

static bool completion_ok(const char *v)
{
	return words_find(words_completion, v) >= 0;
}

static bool idle_ok(const char *v)
{
	return words_find(words_idle, v) >= 0;
}

static bool traced_ok(const char *v)
{
	return words_find(words_traced, v) >= 0;
}

static bool size_ok(const char *v)
{
	uint64_t n;

	return !units_parse_size(v, &n) && n >= 512 && n % 512 == 0;
}

static bool bs_ok(const char *v)
{
	uint64_t n;

	return size_ok(v) && !units_parse_size(v, &n) && n <= BLK_LOAD_MAX_BS;
}

static bool backing_ok(const char *v)
{
	if (!strncmp(v, "ram:", 4))
		return size_ok(v + 4);
	return words_find((const char *const[]){ "null", "ram", "file", NULL },
			  v) >= 0;
}

static bool in_range(const char *v, uint64_t low, uint64_t high)
{
	uint64_t n;

	return !units_parse_count(v, &n) && n >= low && n <= high;
}

static bool rw_ok(const char *v)
{
	struct blk_mix mix;

	return !blk_mix_parse(v, &mix);
}

static bool allowance_ok(const char *v)
{
	struct allowance a;

	return !allowance_parse(v, &a);
}

static bool depth_ok(const char *v)
{
	return in_range(v, 1, BLK_LOAD_MAX_DEPTH);
}

static bool queues_ok(const char *v)
{
	return in_range(v, 1, BLK_LOAD_MAX_QUEUES);
}

static bool ring_size_ok(const char *v)
{
	uint64_t n;

	return !units_parse_count(v, &n) && n >= 8 && n <= RING_SIZE_MAX &&
	       !(n & (n - 1));
}

static bool rate_ok(const char *v)
{
	uint64_t rate;
	bool poisson;

	return !blk_rate_parse(v, '/', &rate, &poisson);
}

static bool time_ok(const char *v)
{
	uint64_t ns;

	return !units_parse_time(v, &ns) && ns >= 1000000 &&
	       ns <= 3600000000000ull;
}

static bool warmup_ok(const char *v)
{
	uint64_t ns;

	return !units_parse_time(v, &ns) && ns <= 3600000000000ull &&
	       (!ns || ns >= 1000000);
}

static bool blocks_ok(const char *v)
{
	return in_range(v, 1, 1000);
}

static bool seed_ok(const char *v)
{
	return in_range(v, 0, 1ull << 62);
}

static void canon_size(const char *v, char *out, size_t room)
{
	static const char unit[] = "\0kmgt";
	unsigned int u = 0;
	uint64_t n = 0;

	units_parse_size(v, &n);
	for (; u < 4 && n && n % 1024 == 0; u++)
		n /= 1024;
	snprintf(out, room, "%llu%.1s", (unsigned long long)n, unit + u);
}

static void canon_count(const char *v, char *out, size_t room)
{
	uint64_t n = 0;

	units_parse_count(v, &n);
	snprintf(out, room, "%llu", (unsigned long long)n);
}

static void canon_rate(const char *v, char *out, size_t room)
{
	uint64_t n = 0;
	bool poisson = false, k;

	blk_rate_parse(v, '/', &n, &poisson);
	k = n && n % 1000 == 0;
	/* a closed loop has no distances */
	snprintf(out, room, "%llu%s%s", (unsigned long long)(k ? n / 1000 : n),
		 k ? "k" : "", n && poisson ? "/poisson" : "");
}

static void canon_backing(const char *v, char *out, size_t room)
{
	char size[32];

	snprintf(out, room, "%s", v);
	if (strncmp(v, "ram", 3))
		return;
	canon_size(v[3] ? v + 4 : "256m", size, sizeof(size));
	snprintf(out, room, "ram%s%s", strcmp(size, "256m") ? ":" : "",
		 strcmp(size, "256m") ? size : "");
}

/* randrw is mix:50. */
/* mix:100 is randread, randrw is mix:50. */
static void canon_rw(const char *v, char *out, size_t room)
{
	struct blk_mix mix = { .read_percent = 0 };

	blk_mix_parse(v, &mix);
	if (!mix.random)
		snprintf(out, room, "%s", v);
	else if (mix.read_percent % 100)
		snprintf(out, room, "mix:%u", mix.read_percent);
	else
		snprintf(out, room, "%s",
			 mix.read_percent ? "randread" : "randwrite");
}

const struct scenario_key_info scenario_keys[KEY_COUNT] = {
	[KEY_TARGET] = { "target", target_ok, "names of targets, as vioperf list shows them", "blk" },
	[KEY_BACKING] = { "backing", backing_ok, "null, ram, ram:SIZE or file", "null", canon_backing },
	[KEY_DRIVER] = { "driver", driver_ok, "user, kvm or qemu", "user" },
	[KEY_RW] = { "rw", rw_ok, BLK_MIX_WORDS, "randread", canon_rw },
	[KEY_BS] = { "bs", bs_ok, "a size, a multiple of 512 up to 16m, as in 4k", "4k", canon_size },
	[KEY_DEPTH] = { "depth", depth_ok, "1 to 1024", "1", canon_count },
	[KEY_QUEUES] = { "queues", queues_ok, "1 to 64", "1", canon_count },
	[KEY_COMPLETION] = { "completion", completion_ok, "interrupt or poll", "interrupt" },
	[KEY_RATE] = { "rate", rate_ok, "whole requests/s as in 20k or 20k/poisson, 0 for a closed loop", "0", canon_rate },
	[KEY_EVENT_IDX] = { "event-idx", onoff, "on or off", "on" },
	[KEY_INDIRECT] = { "indirect", onoff, "on or off", "on" },
	[KEY_RING_SIZE] = { "ring-size", ring_size_ok, "a power of two, 8 to 1024", "256", canon_count },
	[KEY_PACKED] = { "packed", onoff, "on or off", "off" },
	[KEY_ENGINE] = { "engine", engine_ok, "libaio or io_uring", "libaio" },
	[KEY_TRAFFIC] = { "traffic", traffic_ok, "tcp-g2h, tcp-h2g, tcp-g2g, udp-g2h, udp-h2g, bounceback, ping or trip-times", "tcp-g2h" },
	[KEY_REFERENCE] = { "reference", target_ok, "the name of a target, one for each type of device", "" },
	[KEY_TIME] = { "time", time_ok, "a time from 1ms to 1h, as in 0.4s", "0.4s" },
	[KEY_WARMUP] = { "warmup", warmup_ok, "0, or a time from 1ms to 1h, as in 0.1s", "0.1s" },
	[KEY_BLOCKS] = { "blocks", blocks_ok, "1 to 1000", "6", canon_count },
	[KEY_SEED] = { "seed", seed_ok, "a number", "0", canon_count },
	[KEY_IDLE] = { "idle", idle_ok, "sleep or spin", "sleep" },
	[KEY_TRACED] = { "traced", traced_ok, "auto, yes or no", "auto" },
	[KEY_VERIFY] = { "verify", onoff, "on or off", "off" },
	[KEY_ALLOW_ERRORS] = { "allow-errors", allowance_ok, "a number of requests, as in 10, or a share of all, as in 0.1%", "0" },
	[KEY_FILE_SIZE] = { "file-size", size_ok, "a size, as in 1g", "1g", canon_size },
	[KEY_ACCELERATOR] = { "accelerator", accelerator_ok, "auto, kvm or tcg", "auto" },
	[KEY_VCPUS] = { "vcpus", queues_ok, "1 to 64", "1", canon_count },
	[KEY_MEMORY] = { "memory", size_ok, "a size, as in 512m", "512m", canon_size },
	[KEY_KERNEL] = { "kernel", any_ok, "a bzImage", "" },
	[KEY_INITRD] = { "initrd", any_ok, "an initramfs", "" },
	[KEY_IMAGE] = { "image", any_ok, "a disk image", "" },
	[KEY_APPEND] = { "append", any_ok, "words for the kernel's command line", "" },
	[KEY_NAME] = { "name", scenario_name_ok, "letters, digits, - _ .", "" },
};

enum scenario_key scenario_key_find(const char *name)
{
	int key;

	for (key = 0; key < KEY_COUNT; key++)
		if (!strcmp(scenario_keys[key].name, name))
			break;
	return (enum scenario_key)key;
}

const char *scenario_key_name(enum scenario_key key)
{
	return scenario_keys[key].name;
}
