/* SPDX-License-Identifier: MIT */
#include "guest_process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/process.h"

uint64_t guest_process_cpu_ns(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (pid <= 0 || clock_getcpuclockid(pid, &clock) ||
	    clock_gettime(clock, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

uint64_t guest_process_rss(pid_t pid)
{
	unsigned long long kib = 0;
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib << 10;
}

int guest_process_run(const char *const *words, const char *log, uint64_t ns,
		      struct err *e)
{
	struct process p = { .pid = 0 };
	char line[256] = "";
	int ret;

	for (; *words; words++) {
		process_arg(&p, "%s", *words);
		if (*line)
			strncat(line, " ", sizeof(line) - strlen(line) - 1);
		strncat(line, *words, sizeof(line) - strlen(line) - 1);
	}
	ret = process_start(&p, NULL, log, false, e);
	if (!ret && process_wait(&p, ns))
		ret = err_set(e, -ETIMEDOUT, "%s: has not ended", line);
	else if (!ret && p.status)
		ret = err_set(e, -EIO, "%s: %s", line, process_how(&p));
	process_close(&p);
	return ret;
}
