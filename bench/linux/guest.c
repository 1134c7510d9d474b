/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/util.h"
#include "bench/linux/image/guest_image.h"
#include "bench/linux/image/guest_modules.h"

#define MAX_PROGRAMS 8

/* What the channel itself needs, and what tells the host of a panic. */
static const char *const first_modules[] = { "virtio_pci", "virtio_console" };

/* The given file, or one that is nowhere: memory of ours, which QEMU and
 * others open by way of /proc. Nothing is left behind, however we end. */
int guest_scratch(const char *given, const char *name, char *path, size_t room,
		  struct err *e)
{
	int fd = given ? -1 : memfd_create(name, MFD_CLOEXEC);

	if (given)
		snprintf(path, room, "%s", given);
	else if (fd < 0)
		return err_set(e, -errno, "memory for %s: %s", name,
			       strerror(errno));
	else
		snprintf(path, room, "/proc/%d/fd/%d", (int)getpid(), fd);
	return 0;
}

static int vm_init(struct guest *g, struct guest_vm *vm, unsigned int number,
		   struct err *e)
{
	const struct guest_config *c = g->config;
	char second[PATH_MAX];
	int ret;

	*vm = (struct guest_vm){ .config = c,
				 .kernel = &g->kernel,
				 .initrd = g->initrd,
				 .kvm = g->kvm,
				 .number = number,
				 .stop = &g->stop,
				 .channel.fd = -1,
				 .qmp.fd = -1 };
	if (c->console && number)
		snprintf(second, sizeof(second), "%s.%u", c->console,
			 number + 1);
	ret = guest_scratch(c->console && number ? second : c->console,
			    "console", vm->console, sizeof(vm->console), e);
	return ret ?: guest_scratch(c->log, "log", vm->log, sizeof(vm->log),
				    e);
}

/* The load's, and those asked for. */
static void list_programs(const struct guest *g, const char **programs)
{
	const struct guest_config *c = g->config;
	const char *const *p = c->probe ? NULL : g->ops->programs;
	unsigned int n = 0, i;

	for (; p && *p && n < MAX_PROGRAMS; p++)
		programs[n++] = *p;
	for (i = 0; i < c->nr_programs && n < MAX_PROGRAMS; i++)
		programs[n++] = c->program[i];
	programs[n] = NULL;
}

static int make_image(struct guest *g, struct err *e)
{
	const char *programs[MAX_PROGRAMS + 1];
	int ret = guest_kernel_find(&g->kernel, g->config->kernel, e);

	if (ret < 0)
		return ret;
	if (g->config->initrd) {
		snprintf(g->initrd, sizeof(g->initrd), "%s",
			 g->config->initrd);
		return access(g->initrd, R_OK) ?
			       err_set(e, -errno, "%s: %s", g->initrd,
				       strerror(errno)) : 0;
	}
	list_programs(g, programs);
	return guest_image_initrd(&g->kernel, programs, first_modules, ARRAY_SIZE(first_modules),
				  g->initrd, sizeof(g->initrd), e);
}

/* Before anything boots: a module that the kernel lacks is known at once. */
static int resolve_modules(struct guest *g, struct err *e)
{
	const struct guest_config *c = g->config;
	const char *names[GUEST_MAX_MODULES + 2];
	unsigned int nr = c->nr_modules;

	memcpy(names, c->module, nr * sizeof(*names));
	if (c->image) {
		names[nr++] = "virtio_blk";
		names[nr++] = "ext4";
	}
	return guest_modules_resolve(&g->kernel, names, nr, &g->modules, e);
}

static int start_vms(struct guest *g, struct err *e)
{
	struct guest_vm *vm;
	int ret = 0;

	for (vm = g->vm; !ret && vm < g->vm + g->nr_vms; vm++) {
		const char *const *extra = vm->extra;

		ret = vm_init(g, vm, (unsigned int)(vm - g->vm), e);
		vm->extra = extra; /* the load's, set by host() */
		ret = ret ?: guest_vm_start(vm, e);
		ret = ret ?: guest_vm_modules(vm, &g->modules, e);
		ret = ret ?: guest_vm_mount_image(vm, e);
	}
	return ret;
}

static int wait_go(struct guest *g, struct err *e)
{
	struct sync s = { .fd = g->config->sync_fd };
	int ret;

	if (s.fd < 0)
		return 0;
	ret = sync_ready(&s, e);
	return ret ?: sync_wait_go(&s, &g->window, e);
}

static int measure(struct guest *g, struct err *e)
{
	struct guest_cpu *cpu;
	int ret;

	guest_vm_pin(&g->vm[0]); /* threads that came with the device */
	cpu = guest_cpu_start(g, e);
	if (!cpu)
		return -ENOMEM;
	g->load_ns = clock_now_ns();
	ret = g->ops->run(g, e);
	guest_cpu_stop(cpu, g->config->time_ns, &g->cpu);
	return ret ?: failures_check(&g->failures, &g->config->allowed, e);
}

int guest_run(struct guest *g, struct err *e)
{
	int ret;

	g->result = json_object();
	g->metrics = json_object();
	g->device = json_object();
	g->nr_vms = 1;
	ret = make_image(g, e);
	ret = ret ?: guest_accel_choose(g, e);
	if (ret || g->config->probe)
		return ret;
	ret = resolve_modules(g, e);
	if (!ret && g->ops->host)
		ret = g->ops->host(g, e);
	ret = ret ?: start_vms(g, e);
	if (!ret && g->ops->prepare)
		ret = g->ops->prepare(g, e);
	ret = ret ?: wait_go(g, e);
	return ret ?: measure(g, e);
}

void guest_close(struct guest *g)
{
	unsigned int i;

	for (i = 0; i < g->nr_vms; i++)
		guest_vm_stop(&g->vm[i]);
	if (g->ops && g->ops->teardown)
		g->ops->teardown(g);
	for (i = 0; i < g->nr_vms; i++)
		process_close(&g->vm[i].qemu);
	guest_modules_free(&g->modules);
	json_decref(g->device);
	json_decref(g->result);
	json_decref(g->metrics);
	g->device = g->result = g->metrics = NULL;
}
