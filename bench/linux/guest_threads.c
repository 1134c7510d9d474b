/* SPDX-License-Identifier: MIT */
/* QEMU's threads: where they may run, and how long they have. */
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cpus.h"
#include "guest_vm.h"

static bool is_vcpu(const struct guest_vm *vm, pid_t tid)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpu[i] == tid)
			return true;
	return false;
}

static DIR *open_tasks(const struct guest_vm *vm)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", (int)vm->qemu.pid);
	return opendir(path);
}

static pid_t next_task(DIR *dir)
{
	struct dirent *d;

	while ((d = readdir(dir)))
		if (d->d_name[0] != '.')
			return (pid_t)strtol(d->d_name, NULL, 10);
	return 0;
}

static unsigned int list_cpus(const struct guest_vm *vm, int *cpu,
			      unsigned int max)
{
	unsigned int n = 0;
	cpu_set_t set;
	int i;

	cpus_usable(vm->config->cpus, &set);
	for (i = 0; i < CPU_SETSIZE && n < max; i++)
		if (CPU_ISSET(i, &set))
			cpu[n++] = i;
	return n;
}

static void pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(tid, sizeof(set), &set);
}

void guest_vm_pin(struct guest_vm *vm)
{
	int cpu[CPU_SETSIZE];
	unsigned int n = list_cpus(vm, cpu, CPU_SETSIZE), i;
	DIR *dir = open_tasks(vm);
	pid_t tid;

	for (i = 0; n && i < vm->nr_vcpus; i++)
		pin(vm->vcpu[i],
		    cpu[(i + vm->number * vm->nr_vcpus) % n]);
	while (n && dir && (tid = next_task(dir)))
		if (!is_vcpu(vm, tid))
			pin(tid, cpu[n - 1]);
	if (dir)
		closedir(dir);
	snprintf(vm->pinning, sizeof(vm->pinning),
		 "vCPU i on the i-th of %u host CPUs, round robin; QEMU's "
		 "other threads and a back end on CPU %d", n,
		 n ? cpu[n - 1] : -1);
}

/* First field of schedstat: time on a CPU, in ns. */
static uint64_t task_ns(const struct guest_vm *vm, pid_t tid)
{
	unsigned long long ns = 0;
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat",
		 (int)vm->qemu.pid, (int)tid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	fclose(f);
	return ns;
}

void guest_vm_cpu_ns(const struct guest_vm *vm, uint64_t *vcpu_ns,
		     uint64_t *other_ns)
{
	DIR *dir = open_tasks(vm);
	pid_t tid;

	*vcpu_ns = *other_ns = 0;
	while (dir && (tid = next_task(dir)))
		*(is_vcpu(vm, tid) ? vcpu_ns : other_ns) += task_ns(vm, tid);
	if (dir)
		closedir(dir);
}
