/* SPDX-License-Identifier: MIT */
#include "hostfacts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../lib/kvm_kind.h"
#include "../lib/record.h"
#include "../lib/util.h"

#define CPU0 "/sys/devices/system/cpu/cpu0/"
#define CPUS "/sys/devices/system/cpu/"

/* Facts that are one line of one file. */
static const struct {
	const char *name, *path;
} files[] = {
	{ "governor", CPU0 "cpufreq/scaling_governor" },
	{ "frequency_driver", CPU0 "cpufreq/scaling_driver" },
	{ "no_turbo", CPUS "intel_pstate/no_turbo" },
	{ "boost", CPUS "cpufreq/boost" },
	{ "idle_driver", CPUS "cpuidle/current_driver" },
	{ "idle_governor", CPUS "cpuidle/current_governor" },
	{ "smt", CPUS "smt/control" },
	{ "isolcpus", CPUS "isolated" },
	{ "nohz_full", CPUS "nohz_full" },
	{ "clocksource",
	  "/sys/devices/system/clocksource/clocksource0/current_clocksource" },
	{ "thp", "/sys/kernel/mm/transparent_hugepage/enabled" },
	{ "ksm", "/sys/kernel/mm/ksm/run" },
	{ "numa_balancing", "/proc/sys/kernel/numa_balancing" },
	{ "hugepages", "/proc/sys/vm/nr_hugepages" },
	{ "io_uring_disabled", "/proc/sys/kernel/io_uring_disabled" },
	{ "cmdline", "/proc/cmdline" },
	{ "halt_poll_ns", "/sys/module/kvm/parameters/halt_poll_ns" },
};

static json_t *line_of(const char *path)
{
	char line[1024];
	FILE *f = fopen(path, "re");
	json_t *j = NULL;

	if (!f)
		return json_null();
	if (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		j = json_string(line);
	}
	fclose(f);
	return j ? j : json_null();
}

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

/* "Name: state" of every entry, joined: what mitigations are on. */
static json_t *mitigations(void)
{
	const char *dir = CPUS "vulnerabilities";
	char path[512], text[4096] = "";
	struct dirent *d;
	DIR *f = opendir(dir);
	size_t n = 0;

	while (f && (d = readdir(f))) {
		const char *value;
		json_t *line;

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		line = line_of(path);
		value = json_string_value(line);
		if (value && strcmp(value, "Not affected") && n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s%s: %s", n ? "; " : "",
					      d->d_name, value);
		json_decref(line);
	}
	if (f)
		closedir(f);
	return json_string(text);
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
		line = line_of(path);
		comm = json_string_value(line);
		found = comm && !strcmp(comm, name);
		json_decref(line);
	}
	if (proc)
		closedir(proc);
	return found;
}

static json_t *vhost_modules(void)
{
	char text[128] = "", line[256];
	FILE *f = fopen("/proc/modules", "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "vhost", 5))
			continue;
		line[strcspn(line, " ")] = 0;
		if (strlen(text) + strlen(line) + 2 < sizeof(text))
			strcat(strcat(text, *text ? " " : ""), line);
	}
	if (f)
		fclose(f);
	return json_string(text);
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

json_t *hostfacts_json(void)
{
	struct utsname u;
	json_t *j = json_object();
	char qemu[160];
	size_t i;

	uname(&u);
	json_object_set_new(j, "hostname", json_string(u.nodename));
	json_object_set_new(j, "kernel", json_string(u.release));
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
	json_object_set_new(j, "hypervisor",
			    line_of("/sys/hypervisor/type"));
	json_object_set_new(j, "mitigations", mitigations());
	json_object_set_new(j, "irqbalance",
			    json_boolean(process_there("irqbalance")));
	json_object_set_new(j, "kvm", json_string(kvm_kind()));
	json_object_set_new(j, "vhost_modules", vhost_modules());
	hostfacts_line(qemu, sizeof(qemu),
		       "qemu-storage-daemon --version 2>/dev/null");
	json_object_set_new(j, "qemu_version",
			    *qemu ? json_string(qemu) : json_null());
	json_object_set_new(j, "load1", json_real(hostfacts_load1()));
	for (i = 0; i < ARRAY_SIZE(files); i++)
		json_object_set_new(j, files[i].name, line_of(files[i].path));
	return j;
}
