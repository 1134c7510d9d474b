/* SPDX-License-Identifier: MIT */
#include "kvm_kind.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#define X86	     1
#define KIND_UNKNOWN "pvm"
#else
#define X86	     0
#define KIND_UNKNOWN "other" /* cpuinfo's flags say nothing there */
#endif

static const char *kind_of_flags(const char *flags)
{
	if (strstr(flags, " vmx"))
		return "vmx";
	return strstr(flags, " svm") ? "svm" : "pvm";
}

const char *kvm_kind(void)
{
	static char line[16384]; /* the flags alone are some thousand bytes */
	const char *kind = KIND_UNKNOWN;
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

const char *kvm_no_bare_guest(void)
{
	if (!X86)
		return "the bare guest is x86 code";
	return access("/dev/kvm", R_OK | W_OK) ? "/dev/kvm cannot be used" :
						 NULL;
}
