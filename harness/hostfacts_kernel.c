/* SPDX-License-Identifier: MIT */
#include "hostfacts_kernel.h"

#include <dirent.h>
#include <glob.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define CPUS "/sys/devices/system/cpu/"

json_t *hostfacts_line_of(const char *path)
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
		line = hostfacts_line_of(path);
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

/* As the CPU names it: "KVMKVMKVM", "Microsoft Hv"; "none" on bare metal; null
 * where only firmware would know. */
static json_t *hypervisor(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned int a = 0, name[4] = { 0 }, c = 0, d = 0;

	if (!__get_cpuid(1, &a, name, &c, &d) || !(c >> 31))
		return json_string("none");
	__cpuid(0x40000000, a, name[0], name[1], name[2]);
	name[3] = 0;
	return json_string((const char *)name);
#else
	return hostfacts_line_of("/sys/hypervisor/type");
#endif
}

/* "on" or "off", by the driver that has a switch for it. */
static json_t *turbo(void)
{
	json_t *j = hostfacts_line_of(CPUS "intel_pstate/no_turbo");
	bool off;

	if (json_is_string(j)) {
		off = *json_string_value(j) == '1';
	} else {
		json_decref(j);
		j = hostfacts_line_of(CPUS "cpufreq/boost");
		if (!json_is_string(j))
			return j;
		off = *json_string_value(j) == '0';
	}
	json_decref(j);
	return json_string(off ? "off" : "on");
}

/* Append "NAME=value" of each file that @pattern names, NAME being the last part
 * of its path. */
static void join_files(char *text, size_t room, const char *pattern)
{
	const char *value;
	json_t *line;
	size_t n = strlen(text), i;
	glob_t g;

	if (glob(pattern, 0, NULL, &g))
		return;
	for (i = 0; i < g.gl_pathc && n < room; i++) {
		line = hostfacts_line_of(g.gl_pathv[i]);
		value = json_string_value(line);
		if (value)
			n += (size_t)snprintf(text + n, room - n, "%s%s=%s",
					      n ? " " : "",
					      basename(g.gl_pathv[i]), value);
		json_decref(line);
	}
	globfree(&g);
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *kvm_parameters(void)
{
	char text[4096] = "";

	join_files(text, sizeof(text), "/sys/module/kvm/parameters/*");
	join_files(text, sizeof(text), "/sys/module/kvm_[a-z]*/parameters/*");
	return text_or_null(text);
}

/* The idle states of the first CPU that may be entered, shallow to deep. */
static json_t *cstates(void)
{
	char text[256] = "", path[128];
	json_t *name, *disable;
	size_t n = 0;
	int i;

	for (i = 0; i < 16 && n < sizeof(text); i++) {
		snprintf(path, sizeof(path), CPUS "cpu0/cpuidle/state%d/name",
			 i);
		name = hostfacts_line_of(path);
		strcpy(strrchr(path, '/'), "/disable");
		disable = hostfacts_line_of(path);
		if (json_is_string(name) &&
		    !(json_is_string(disable) &&
		      *json_string_value(disable) == '1'))
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s%s", n ? " " : "",
					      json_string_value(name));
		json_decref(name);
		json_decref(disable);
	}
	return text_or_null(text);
}

void hostfacts_kernel(json_t *facts)
{
	json_object_set_new(facts, "hypervisor", hypervisor());
	json_object_set_new(facts, "turbo", turbo());
	json_object_set_new(facts, "cstates", cstates());
	json_object_set_new(facts, "kvm_parameters", kvm_parameters());
	json_object_set_new(facts, "mitigations", mitigations());
	json_object_set_new(facts, "vhost_modules", vhost_modules());
}
