/* SPDX-License-Identifier: MIT */
/* The driver's half of a cell: the command line of who works the ring. */
#include <stdlib.h>
#include <string.h>

#include "cell_attempt.h"

unsigned int cell_stamps_every(const struct cell *c)
{
	if (strcmp(c->value[KEY_DEPTH], "1"))
		return 16;
	return cell_polls(c) ? 4 : 1;
}

struct target_start cell_target_start(const struct attempt *a)
{
	const struct cell *c = a->c;

	return (struct target_start){
		.socket = a->socket,
		.cpu = a->env->device_cpu,
		.record = a->device_record,
		.stamps = c->traced && c->target->stamps ? a->device_stamps :
							   NULL,
		.stamps_every = cell_stamps_every(c),
		.backing = c->backing,
		.backing_file = c->backing == BACKING_FILE ? a->env->disk :
							     NULL,
		.backing_bytes = c->ram_bytes,
		.queues = (unsigned int)strtoul(c->value[KEY_QUEUES], NULL, 10),
		.custom = c->custom,
		.options = target_options(c->value[KEY_TARGET]),
		.ring_size = (unsigned int)strtoul(c->value[KEY_RING_SIZE],
						   NULL, 10),
		.event_idx = !strcmp(c->value[KEY_EVENT_IDX], "on"),
		.indirect = !strcmp(c->value[KEY_INDIRECT], "on"),
		.packed = !strcmp(c->value[KEY_PACKED], "on"),
	};
}

static void given(struct process *p, const struct scenario *s,
		  enum scenario_key key)
{
	if (*scenario_text(s, key))
		process_arg(p, "--%s=%s", scenario_key_name(key),
			    scenario_text(s, key));
}

/* What every driver is told of its load. */
static void common_args(struct attempt *a)
{
	const struct scenario *s = a->env->scenario;
	struct process *p = &a->load;

	process_arg(p, "--type=%s", target_load_name(a->c->target->load));
	given(p, s, KEY_TIME);
	given(p, s, KEY_WARMUP);
	if (strcmp(scenario_text(s, KEY_ALLOW_ERRORS), "0"))
		given(p, s, KEY_ALLOW_ERRORS);
}

static void user_args(struct attempt *a)
{
	const struct scenario *s = a->env->scenario;
	const struct cell *c = a->c;
	struct process *p = &a->load;
	const char *rate = c->value[KEY_RATE];

	self_command(p, "load");
	if (c->target->in_process)
		process_arg(p, "--in-process");
	else
		process_arg(p, "--socket=%s", a->socket);
	if (c->driver == DRIVER_KVM)
		process_arg(p, "--driver=kvm");
	common_args(a);
	if (c->target->load == LOAD_BLK) {
		process_arg(p, "--rw=%s", c->value[KEY_RW]);
		process_arg(p, "--queues=%s", c->value[KEY_QUEUES]);
	}
	process_arg(p, "--bs=%s", c->value[KEY_BS]);
	process_arg(p, "--depth=%s", c->value[KEY_DEPTH]);
	process_arg(p, "--completion=%s", c->value[KEY_COMPLETION]);
	process_arg(p, "--event-idx=%s", c->value[KEY_EVENT_IDX]);
	process_arg(p, "--indirect=%s", c->value[KEY_INDIRECT]);
	process_arg(p, "--ring-size=%s", c->value[KEY_RING_SIZE]);
	if (strcmp(rate, "0"))
		process_arg(p, "--rate=%.*s%s", (int)strcspn(rate, "/"), rate,
			    strchr(rate, '/') ? ",poisson" : "");
	if (!strcmp(scenario_text(s, KEY_VERIFY), "on"))
		process_arg(p, "--verify");
	process_arg(p, "--cpu=%s", a->env->driver_cpu);
	process_arg(p, "--record=%s", a->load_record);
	if (!c->traced)
		return;
	process_arg(p, "--rings=%s", a->rings);
	process_arg(p, "--stamps=%s", a->driver_stamps);
	process_arg(p, "--stamps-every=%u", cell_stamps_every(c));
}

static void guest_load_args(struct attempt *a)
{
	const struct scenario *s = a->env->scenario;
	const struct cell *c = a->c;
	struct process *p = &a->load;

	common_args(a);
	if (c->target->load == LOAD_NET)
		process_arg(p, "--traffic=%s", c->value[KEY_TRAFFIC]);
	if (c->target->load != LOAD_BLK)
		return;
	process_arg(p, "--rw=%s", c->value[KEY_RW]);
	process_arg(p, "--bs=%s", c->value[KEY_BS]);
	process_arg(p, "--depth=%s", c->value[KEY_DEPTH]);
	process_arg(p, "--queues=%s", c->value[KEY_QUEUES]);
	process_arg(p, "--engine=%s", c->value[KEY_ENGINE]);
	if (!strcmp(scenario_text(s, KEY_VERIFY), "on"))
		process_arg(p, "--verify");
}

static void guest_args(struct attempt *a)
{
	const struct scenario *s = a->env->scenario;
	struct target_start t = cell_target_start(a);
	struct process *p = &a->load;

	self_command(p, "guest");
	process_arg(p, "--accelerator=%s", a->c->accelerator);
	process_arg(p, "--record=%s", a->load_record);
	process_arg(p, "--log=%s", a->log);
	process_arg(p, "--console=%s", a->console);
	given(p, s, KEY_VCPUS);
	given(p, s, KEY_MEMORY);
	given(p, s, KEY_KERNEL);
	given(p, s, KEY_INITRD);
	given(p, s, KEY_IMAGE);
	given(p, s, KEY_APPEND);
	if (a->device.pid)
		process_arg(p, "--device-pid=%d", (int)a->device.pid);
	guest_load_args(a);
	a->c->target->guest(p, &t);
}

void cell_driver_args(struct attempt *a)
{
	if (a->c->driver == DRIVER_QEMU)
		guest_args(a);
	else
		user_args(a);
}
