/* SPDX-License-Identifier: MIT */
#include "host_window.h"

#include <dirent.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/record.h"
#include "cgroup.h"
#include "hostfacts.h"

static int64_t number_of(const char *path)
{
	FILE *f = fopen(path, "re");
	long long n = -1;

	if (f && fscanf(f, "%lld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

static int64_t thermal_throttles(void)
{
	int64_t sum = -1, n;
	glob_t g;
	size_t i;

	if (glob("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/"
		 "core_throttle_count", 0, NULL, &g))
		return -1;
	for (i = 0; i < g.gl_pathc; i++) {
		n = number_of(g.gl_pathv[i]);
		if (n >= 0)
			sum = (sum < 0 ? 0 : sum) + n;
	}
	globfree(&g);
	return sum;
}

/* Involuntary switches of one thread; 0 once it has gone. */
static int64_t task_preempted(pid_t pid, const char *tid)
{
	static const char key[] = "nonvoluntary_ctxt_switches:";
	char path[300], line[256];
	int64_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)pid, tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			n = strtoll(line + strlen(key), NULL, 10);
	if (f)
		fclose(f);
	return n;
}

static int64_t process_preempted(pid_t pid)
{
	struct dirent *d;
	char path[64];
	int64_t sum = 0;
	DIR *dir;

	if (!pid)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.')
			sum += task_preempted(pid, d->d_name);
	closedir(dir);
	return sum;
}

void host_look(struct host_look *l, pid_t device)
{
	l->preempted = process_preempted(device);
	l->steal_ns = hostfacts_steal_ns();
	l->throttled_ns = cgroup_throttled_ns();
	l->thermal_throttles = thermal_throttles();
	l->at_ns = clock_now_ns();
}

static void put_real(json_t *j, const char *key, double v)
{
	json_object_set_new(j, key, isfinite(v) ? json_real(v) : json_null());
}

static void put_int(json_t *j, const char *key, double v)
{
	json_object_set_new(j, key, isfinite(v) ? json_integer((json_int_t)v) :
						  json_null());
}

/* What came in between; NAN: it was not known at either look. */
static double between(int64_t before, int64_t after)
{
	return before < 0 || after < before ? NAN : (double)(after - before);
}

/* How much of the CPUs of its threads the driver took, and how many CPUs the
 * device did, in the window as the load saw it. */
static void put_busy(json_t *j, const json_t *load)
{
	const json_t *w = json_object_get(load, "window");
	double ns = record_num(w, "end_ns", NAN) -
		    record_num(w, "start_ns", NAN);

	put_real(j, "driver_busy", record_num(load, "driver_cpu_ns", NAN) / ns /
					   record_num(load, "queues", 1));
	put_real(j, "device_busy", record_num(load, "device_cpu_ns", NAN) / ns);
}

json_t *host_window_json(const struct host_look *before,
			 const struct host_look *after, const json_t *load)
{
	double driver = record_num(load, "driver_preempted", NAN);
	double device = between(before->preempted, after->preempted);
	json_t *j = json_object();

	put_real(j, "load1", hostfacts_load1());
	if (!before->at_ns || !after->at_ns)
		return j; /* it did not come so far */
	put_int(j, "window_ns", (double)(after->at_ns - before->at_ns));
	put_int(j, "steal_ns", (double)(after->steal_ns - before->steal_ns));
	put_int(j, "throttled_ns",
		between(before->throttled_ns, after->throttled_ns));
	put_int(j, "thermal_throttles",
		between(before->thermal_throttles, after->thermal_throttles));
	put_int(j, "driver_preempted", driver);
	put_int(j, "device_preempted", device);
	put_int(j, "preempted", isnan(device) ? driver : driver + device);
	put_busy(j, load);
	return j;
}
