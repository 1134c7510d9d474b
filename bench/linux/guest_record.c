/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/cpus.h"
#include "lib/record.h"
#include "lib/util.h"
#include "guest.h"

static void set_int(json_t *j, const char *key, uint64_t v)
{
	json_object_set_new(j, key, json_integer((json_int_t)v));
}

static void set_str(json_t *j, const char *key, const char *v)
{
	json_object_set_new(j, key, json_string(v) ?: json_string("?"));
}

/* Threads that are busy at once when the load keeps all parts at work: the
 * vCPUs, and one that is the device. */
static unsigned int busy_threads(const struct guest *g)
{
	return g->nr_vms * (g->config->vcpus + 1);
}

static unsigned int host_cpus(const struct guest *g)
{
	cpu_set_t set;

	cpus_usable(g->config->cpus, &set);
	return (unsigned int)CPU_COUNT(&set);
}

/* KVM's counters of the VM and of each vCPU (exits by reason among them). */
static json_t *ask_stats(struct guest_vm *vm, const char *target)
{
	struct err e;
	json_t *j = qmp_command(&vm->qmp, "query-stats",
				json_pack("{ss}", "target", target), &e);

	return j ? j : json_string(e.text);
}

static json_t *query_stats(const struct guest *g)
{
	struct guest_vm *vm = (struct guest_vm *)&g->vm[0];

	if (!g->kvm)
		return json_string("unavailable: TCG");
	if (process_ended(&vm->qemu) || vm->qmp.fd < 0)
		return json_string("unavailable: QEMU has ended");
	return json_pack("{so so}", "vm", ask_stats(vm, "vm"), "vcpus",
			 ask_stats(vm, "vcpu"));
}

static json_t *guest_json(const struct guest *g)
{
	const struct guest_vm *vm = &g->vm[0];
	unsigned int busy = busy_threads(g), cpus = host_cpus(g);
	json_t *j = json_pack("{ss ss ss}", "accelerator",
			      g->kvm ? "kvm" : "tcg", "kernel",
			      g->kernel.release, "kernel_from",
			      g->kernel.from);

	set_str(j, "cmdline", vm->cmdline);
	if (g->why_not_kvm[0])
		set_str(j, "why_not_kvm", g->why_not_kvm);
	if (vm->hello_ns)
		set_int(j, "boot_ns", vm->hello_ns - vm->started_ns);
	if (g->load_ns)
		set_int(j, "ready_ns", g->load_ns - vm->started_ns);
	set_int(j, "vcpus", g->config->vcpus);
	set_int(j, "guests", g->nr_vms);
	set_int(j, "memory_bytes", g->config->memory_bytes);
	set_int(j, "busy_threads", busy);
	set_int(j, "cpus", cpus);
	json_object_set_new(j, "overcommit", json_boolean(busy > cpus));
	set_str(j, "pinning", vm->pinning);
	set_str(j, "qemu_version", vm->qemu_version);
	json_object_set_new(j, "query_stats", query_stats(g));
	json_object_update(j, g->device);
	return j;
}

/* Per request where there are requests: the rate is that of the same time. */
static void put_cpu(const struct guest *g, json_t *metrics)
{
	const char *const rates[] = { "iops", "round_trips" };
	double rate = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rates) && !rate; i++)
		rate = record_num(json_object_get(metrics, rates[i]), "value",
				  0);
	if (!rate)
		return;
	record_metric(metrics, "driver_cpu_ns_per_request",
		      g->cpu.vcpu * 1e9 / rate, "ns", "lower");
	record_metric(metrics, "device_cpu_ns_per_request",
		      (g->cpu.other + g->cpu.device) * 1e9 / rate, "ns",
		      "lower");
}

static void put_load(json_t *j, const struct guest_config *c)
{
	set_str(j, "type", c->type ? c->type : "command");
	if (c->type && !strcmp(c->type, "blk")) {
		set_str(j, "rw", c->rw);
		set_int(j, "bs", c->bs_bytes);
		set_int(j, "depth", c->depth);
		set_int(j, "queues", c->queues);
		set_str(j, "engine", c->engine);
		json_object_set_new(j, "verify", json_boolean(c->verify));
	}
	if (c->type && !strcmp(c->type, "net")) {
		set_str(j, "traffic", words_traffic[c->traffic]);
		set_str(j, "net_device", c->net_device);
		set_str(j, "net_backend", c->net_backend);
	}
	set_int(j, "time_ns", c->time_ns);
	set_int(j, "warmup_ns", c->warmup_ns);
}

json_t *guest_record(const struct guest *g, int ret, const struct err *e)
{
	json_t *j = json_object();

	set_int(j, "schema", RECORD_SCHEMA);
	set_str(j, "kind", "load");
	/* What cannot be done on this machine is no failure of the device. */
	set_str(j, "status", ret == -ENOTSUP ? "skipped" :
			     ret < 0	     ? "failed" :
					       "ok");
	if (ret < 0)
		set_str(j, "reason", e->text);
	put_load(j, g->config);
	if (g->load_ns)
		json_object_set_new(
			j, "window",
			json_pack("{sI sI}", "start_ns", (json_int_t)g->load_ns,
				  "end_ns", (json_int_t)clock_now_ns()));
	failures_put(j, &g->failures, &g->config->allowed);
	json_object_update(j, g->result);
	json_object_set_new(j, "busy_cpus",
			    json_pack("{sf sf sf}", "vcpus", g->cpu.vcpu,
				      "qemu", g->cpu.other, "back_end",
				      g->cpu.device));
	json_object_set_new(j, "guest", guest_json(g));
	if (ret >= 0) {
		put_cpu(g, g->metrics);
		json_object_set(j, "metrics", g->metrics);
	}
	return j;
}
