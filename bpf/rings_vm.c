/* SPDX-License-Identifier: MIT */
/* From a running virtual machine to what to watch. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/record.h"
#include "rings.h"
#include "vm.h"

static struct rings_ring *ring_of(struct rings *r, enum trace_kind kind,
				  uint64_t id)
{
	struct rings_ring *ring;
	unsigned int i;

	for (i = 0; i < r->nr_rings; i++)
		if (r->ring[i].has[kind] && r->ring[i].id[kind] == id)
			return &r->ring[i];
	if (r->nr_rings == TRACE_MAX_RINGS) {
		r->nr_left_out++;
		return NULL;
	}
	ring = &r->ring[r->nr_rings];
	ring->queue = r->nr_rings++;
	ring->has[kind] = true;
	ring->id[kind] = id;
	return ring;
}

/* Whoever holds @j's eventfd besides the VMM may be who serves it. */
static int add_holders(struct rings *r, struct rings_ring *ring,
		       const json_t *j, struct err *e)
{
	const json_t *h;
	size_t i;
	int ret = 0;

	json_array_foreach(json_object_get(j, "holders"), i, h) {
		if (!i)
			snprintf(ring->server, sizeof(ring->server),
				 "%.16s[%.0f]", record_str(h, "name", "?"),
				 record_num(h, "pid", 0));
		ret = ret ?: rings_add_proc(r, (pid_t)record_num(h, "pid", 0),
					    TRACE_DEVICE, 0, e);
	}
	return ret;
}

static int add_doorbell(struct rings *r, const json_t *j, struct err *e)
{
	const char *bus = record_str(j, "bus", "");
	uint64_t address = (uint64_t)record_num(j, "address", 0);
	const json_t *match = json_object_get(j, "datamatch");
	struct rings_ring *ring = ring_of(r, TRACE_KICK, (uint64_t)record_num(
							 j, "eventfd", 0));

	if (ring && r->nr_doorbells == TRACE_MAX_RINGS)
		r->nr_left_out++;
	if (!ring || r->nr_doorbells == TRACE_MAX_RINGS)
		return 0;
	if (!ring->name[0])
		snprintf(ring->name, sizeof(ring->name), "%.10s 0x%llx", bus,
			 (unsigned long long)address);
	r->doorbell[r->nr_doorbells++] = (struct rings_doorbell){
		{ address | (strcmp(bus, "pio") ? 0 : TRACE_DOORBELL_PIO),
		  json_is_null(match) ? 0 :
					(uint64_t)json_integer_value(match) + 1 },
		(uint32_t)(ring - r->ring)
	};
	return add_holders(r, ring, j, e);
}

static int add_interrupt(struct rings *r, const json_t *j, struct err *e)
{
	uint64_t id = (uint64_t)record_num(j, "eventfd", 0);
	struct rings_ring *ring = ring_of(r, TRACE_CALL, id);

	if (!ring)
		return 0;
	snprintf(ring->name, sizeof(ring->name), "gsi %.0f vector 0x%x",
		 record_num(j, "gsi", 0),
		 (unsigned int)record_num(j, "vector", 0));
	return add_holders(r, ring, j, e);
}

static int add_call_fd(void *arg, pid_t pid, int fd, uint64_t id)
{
	struct rings *r = arg;
	unsigned int i;

	for (i = 0; i < r->nr_rings; i++)
		if (r->ring[i].has[TRACE_CALL] &&
		    r->ring[i].id[TRACE_CALL] == id)
			break;
	if (i == r->nr_rings)
		return 0;
	if (r->nr_fds == TRACE_MAX_FDS)
		return -E2BIG;
	r->fd[r->nr_fds++] = (struct rings_fd){
		.key = { .tgid = (__u32)pid, .fd = (__u32)fd },
		.fd = { .ring = i, .kind = TRACE_CALL,
			.wakee_tgid = (__u32)r->vm },
	};
	return 0;
}

/* Under which numbers the watched processes hold the calls. The kernel's own
 * have none, and one may be gone meanwhile. */
static int add_call_fds(struct rings *r, struct err *e)
{
	unsigned int i;

	for (i = 0; i < r->nr_procs; i++)
		if (rings_each_eventfd((pid_t)r->proc[i].tgid, add_call_fd,
				       r) == -E2BIG)
			return err_set(e, -E2BIG, "more than %d descriptors",
				       TRACE_MAX_FDS);
	return 0;
}

static void add_vcpu(struct rings *r, const json_t *j)
{
	if (r->nr_vcpus < TRACE_MAX_VCPUS)
		r->vcpu[r->nr_vcpus++] = (uint32_t)record_num(j, "tid", 0);
	else
		r->nr_left_out++;
}

int rings_from_vm(struct rings *r, pid_t pid, struct err *e)
{
	json_t *vm = vm_describe(pid, e);
	const json_t *j;
	size_t i;
	int ret;

	if (!vm)
		return -ENODEV;
	memset(r, 0, sizeof(*r));
	r->vm = pid;
	ret = rings_add_proc(r, pid, TRACE_DRIVER, 0, e);
	ret = ret ?: rings_add_vhost(r, pid, e);
	json_array_foreach(json_object_get(vm, "vcpus"), i, j)
		add_vcpu(r, j);
	json_array_foreach(json_object_get(vm, "doorbells"), i, j)
		ret = ret ?: add_doorbell(r, j, e);
	json_array_foreach(json_object_get(vm, "interrupts"), i, j)
		ret = ret ?: add_interrupt(r, j, e);
	json_decref(vm);
	ret = ret ?: add_call_fds(r, e);
	if (r->nr_left_out)
		err_printf("trace", "process %d: %u doorbells, interrupts or "
			   "vCPUs are not traced: at most %d and %d can be",
			   (int)pid, r->nr_left_out, TRACE_MAX_RINGS,
			   TRACE_MAX_VCPUS);
	if (!ret && !r->nr_rings)
		return err_set(e, -ENOENT, "process %d: its virtual machine "
			       "has no doorbells yet", (int)pid);
	return ret;
}
