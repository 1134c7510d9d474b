/* SPDX-License-Identifier: MIT */
#include "hostfacts.h"

#include <dirent.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/kvm_kind.h"
#include "lib/record.h"
#include "lib/util.h"
#include "cgroup.h"
#include "hostfacts_kernel.h"

#define CPU0 "/sys/devices/system/cpu/cpu0/"
#define CPUS "/sys/devices/system/cpu/"

/* Facts that are one line of one file. */
static const struct {
	const char *name, *path;
} files[] = {
	{ "governor", CPU0 "cpufreq/scaling_governor" },
	{ "frequency_driver", CPU0 "cpufreq/scaling_driver" },
	{ "idle_driver", CPUS "cpuidle/current_driver" },
	{ "idle_governor", CPUS "cpuidle/current_governor" },
	{ "smt", CPUS "smt/control" },
	{ "isolcpus", CPUS "isolated" },
	{ "nohz_full", CPUS "nohz_full" },
	{ "clocksource",
	  "/sys/devices/system/clocksource/clocksource0/current_clocksource" },
	{ "thp", "/sys/kernel/mm/transparent_hugepage/enabled" },
	{ "thp_defrag", "/sys/kernel/mm/transparent_hugepage/defrag" },
	{ "ksm", "/sys/kernel/mm/ksm/run" },
	{ "numa_balancing", "/proc/sys/kernel/numa_balancing" },
	{ "hugepages", "/proc/sys/vm/nr_hugepages" },
	{ "io_uring_disabled", "/proc/sys/kernel/io_uring_disabled" },
	{ "cmdline", "/proc/cmdline" },
	{ "irq_affinity", "/proc/irq/default_smp_affinity" },
	{ "numa_nodes", "/sys/devices/system/node/online" },
	{ "watchdog", "/proc/sys/kernel/watchdog" },
};

/* The value of "KEY : value" in a file such as /proc/cpuinfo. */
static json_t *field_of(const char *path, const char *key)
{
	size_t n = strlen(key);
	char line[4096], *value;
	json_t *j = NULL;
	FILE *f = fopen(path, "re");

	while (f && !j && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, n))
			continue;
		value = strchr(line, ':');
		if (!value)
			continue;
		value[strcspn(value, "\n")] = 0;
		j = json_string(value + 1 + strspn(value + 1, " \t"));
	}
	if (f)
		fclose(f);
	return j ? j : json_null();
}

void hostfacts_line(char *line, size_t room, const char *command)
{
	FILE *f = popen(command, "re");

	line[0] = 0;
	if (f && fgets(line, (int)room, f))
		line[strcspn(line, "\n")] = 0;
	if (f)
		pclose(f);
	record_plain(line);
}

bool hostfacts_program(const char *program)
{
	const char *path = getenv("PATH");
	char full[4096], *dirs, *dir, *save = NULL;
	bool found = false;

	if (asprintf(&dirs, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin") < 0)
		return false;
	for (dir = strtok_r(dirs, ":", &save); dir && !found;
	     dir = strtok_r(NULL, ":", &save)) {
		snprintf(full, sizeof(full), "%s/%s", dir, program);
		found = !access(full, X_OK);
	}
	free(dirs);
	return found;
}

/* Is a process of this name there? */
static bool process_there(const char *name)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	bool found = false;
	char path[300];

	while (proc && !found && (d = readdir(proc))) {
		const char *comm;
		json_t *line;

		if (d->d_name[0] < '0' || d->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
		line = hostfacts_line_of(path);
		comm = json_string_value(line);
		found = comm && !strcmp(comm, name);
		json_decref(line);
	}
	if (proc)
		closedir(proc);
	return found;
}

uint64_t hostfacts_steal_ns(void)
{
	unsigned long long v[8] = { 0 };
	FILE *f = fopen("/proc/stat", "re");
	int n = 0;

	if (f) {
		n = fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu",
			   &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6],
			   &v[7]);
		fclose(f);
	}
	return n == 8 ? v[7] * (1000000000ull /
				(unsigned long long)sysconf(_SC_CLK_TCK)) : 0;
}

double hostfacts_load1(void)
{
	double l[1];

	return getloadavg(l, 1) == 1 ? l[0] : 0;
}

static json_t *memory_available(void)
{
	json_t *j = field_of("/proc/meminfo", "MemAvailable");
	long long kib = json_is_string(j) ? atoll(json_string_value(j)) : 0;

	json_decref(j);
	return kib ? json_integer(kib << 10) : json_null();
}

json_t *hostfacts_json(void)
{
	struct utsname u;
	json_t *j = json_object();
	char qemu[160];
	size_t i;

	uname(&u);
	json_object_set_new(j, "hostname", json_string(u.nodename));
	json_object_set_new(j, "kernel", json_string(u.release));
	json_object_set_new(j, "memory_available_bytes", memory_available());
	json_object_set_new(j, "kernel_build", json_string(u.version));
	json_object_set_new(j, "machine", json_string(u.machine));
	json_object_set_new(j, "cpu_model",
			    field_of("/proc/cpuinfo", "model name"));
	json_object_set_new(j, "microcode",
			    field_of("/proc/cpuinfo", "microcode"));
	json_object_set_new(j, "cpus",
			    json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_set_new(j, "memory_bytes",
			    json_integer(sysconf(_SC_PHYS_PAGES) *
					 sysconf(_SC_PAGESIZE)));
	json_object_set_new(j, "cpus_allowed",
			    field_of("/proc/self/status",
				     "Cpus_allowed_list"));
	json_object_set_new(j, "libc", json_string(gnu_get_libc_version()));
	hostfacts_kernel(j);
	cgroup_facts(j);
	json_object_set_new(j, "irqbalance",
			    json_boolean(process_there("irqbalance")));
	json_object_set_new(j, "kvm", json_string(kvm_kind()));
	hostfacts_line(qemu, sizeof(qemu),
		       "qemu-storage-daemon --version 2>/dev/null");
	json_object_set_new(j, "qemu_version",
			    *qemu ? json_string(qemu) : json_null());
	json_object_set_new(j, "load1", json_real(hostfacts_load1()));
	for (i = 0; i < ARRAY_SIZE(files); i++)
		json_object_set_new(j, files[i].name, hostfacts_line_of(files[i].path));
	return j;
}
