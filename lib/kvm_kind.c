/* SPDX-License-Identifier: MIT */
#include "kvm_kind.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *kind_of_flags(const char *flags)
{
	if (strstr(flags, " vmx"))
		return "vmx";
	return strstr(flags, " svm") ? "svm" : "pvm";
}

const char *kvm_kind(void)
{
	static char line[16384]; /* the flags alone are some thousand bytes */
	const char *kind = "pvm";
	FILE *f;

	if (access("/dev/kvm", F_OK))
		return "none";
	f = fopen("/proc/cpuinfo", "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "flags", 5)) {
			kind = kind_of_flags(line);
			break;
		}
	if (f)
		fclose(f);
	return kind;
}
