/* SPDX-License-Identifier: MIT */
/* A cell as it stands in run.json. */
#include <stdio.h>
#include <string.h>

#include "lib/blk_load.h"
#include "lib/units.h"
#include "matrix.h"

static uint64_t number(const struct cell *c, enum scenario_key key)
{
	uint64_t n = 0;

	units_parse_count(c->value[key], &n);
	return n;
}

static bool is_on(const struct cell *c, enum scenario_key key)
{
	return !strcmp(c->value[key], "on");
}

static json_t *blk_json(const struct cell *c, const struct scenario *s)
{
	uint64_t bs = 0, rate = 0;
	bool poisson = false;

	units_parse_size(c->value[KEY_BS], &bs);
	blk_rate_parse(c->value[KEY_RATE], '/', &rate, &poisson);
	return json_pack("{ss sI sI sI ss sI sb sb}", "rw", c->value[KEY_RW],
			 "bs", (json_int_t)bs, "depth",
			 (json_int_t)number(c, KEY_DEPTH), "queues",
			 (json_int_t)number(c, KEY_QUEUES), "completion",
			 c->value[KEY_COMPLETION], "rate",
			 (json_int_t)rate, "poisson", poisson,
			 "verify", !strcmp(scenario_text(s, KEY_VERIFY), "on"));
}

/* What our own driver is told of the entropy source; Linux asks as it likes. */
static json_t *rng_json(const struct cell *c, const struct scenario *s)
{
	json_t *j = blk_json(c, s);

	json_object_del(j, "rw");
	json_object_del(j, "queues");
	return j;
}

static json_t *load_json(const struct cell *c, const struct scenario *s)
{
	json_t *j = json_pack("{ss}", "type",
			      target_load_name(c->target->load));
	json_t *blk;

	if (c->target->load == LOAD_BLK) {
		blk = blk_json(c, s);
		json_object_update(j, blk);
		json_decref(blk);
		if (c->driver == DRIVER_QEMU)
			json_object_set_new(j, "engine",
					    json_string(c->value[KEY_ENGINE]));
	}
	if (c->target->load == LOAD_RNG && c->driver == DRIVER_USER) {
		blk = rng_json(c, s);
		json_object_update(j, blk);
		json_decref(blk);
	}
	if (c->target->load == LOAD_NET)
		json_object_set_new(j, "traffic",
				    json_string(c->value[KEY_TRAFFIC]));
	json_object_set_new(j, "allow_errors",
			    json_string(scenario_text(s, KEY_ALLOW_ERRORS)));
	json_object_set_new(j, "time_ns",
			    json_integer((json_int_t)scenario_number(
				    s, KEY_TIME)));
	json_object_set_new(j, "warmup_ns",
			    json_integer((json_int_t)scenario_number(
				    s, KEY_WARMUP)));
	return j;
}

json_t *cell_json(const struct cell *c, const struct scenario *s)
{
	static const char *const status[] = { "planned", "excluded",
					      "skipped" };
	json_t *j = json_pack(
		"{ss ss ss ss ss ss ss so s{sb sb sI sb} sb ss}", "id", c->id,
		"group", c->group, "file", c->file, "target",
		c->value[KEY_TARGET], "driver", c->value[KEY_DRIVER],
		"accelerator", c->accelerator, "idle",
		scenario_text(s, KEY_IDLE), "load", load_json(c, s), "ring",
		"event_idx", is_on(c, KEY_EVENT_IDX), "indirect",
		is_on(c, KEY_INDIRECT), "size",
		(json_int_t)number(c, KEY_RING_SIZE), "packed",
		is_on(c, KEY_PACKED), "traced", c->traced, "status",
		status[c->status]);

	if (c->target->load == LOAD_BLK)
		json_object_set_new(j, "backing",
				    json_string(c->value[KEY_BACKING]));
	if (c->driver == DRIVER_QEMU)
		json_object_set_new(j, "vcpus",
				    json_integer((json_int_t)scenario_number(
					    s, KEY_VCPUS)));
	if (c->twin_of)
		json_object_set_new(j, "twin_of", json_string(c->twin_of->id));
	if (c->reason[0])
		json_object_set_new(j, "reason", json_string(c->reason));
	return j;
}
