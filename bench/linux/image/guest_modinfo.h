/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_MODINFO_H
#define VIOPERF_GUEST_MODINFO_H

#include "lib/err.h"

/* What a module's .modinfo section says it needs. */
struct guest_modinfo {
	char depends[1024];	/* "a,b" */
	char softdep_pre[512];	/* "c d" */
};

/* Read it from the ELF file at @path, whose every offset is checked. */
int guest_modinfo_read(struct guest_modinfo *info, const char *path,
		       struct err *e);

#endif
