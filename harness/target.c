/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/units.h"
#include "harness/hostfacts.h"

#define RAM_BYTES (256ull << 20)

const struct target_ops *const target_table[] = {
	&target_blk,
	&target_qsd_blk,
	&target_null,
	&target_rng,
	&target_null_rng,
	&target_qemu_virtio_blk,
	&target_qemu_virtio_scsi,
	&target_qemu_ide,
	&target_qemu_ahci,
	&target_qemu_nvme,
	&target_qemu_virtio_net,
	&target_qemu_e1000,
	&target_qemu_e1000e,
	&target_qemu_rtl8139,
	&target_qemu_vmxnet3,
	&target_qemu_virtio_rng,
	&target_qemu_virtio_balloon,
	NULL,
};

static bool is_called(const char *name, const char *target)
{
	size_t n = strcspn(name, "+");

	return strlen(target) == n && !strncmp(name, target, n);
}

const struct target_ops *target_find(const char *name,
				     const struct scenario *s,
				     const struct scenario_target **custom)
{
	const struct target_ops *const *t;
	unsigned int i;

	*custom = NULL;
	for (i = 0; i < s->nr_targets; i++) {
		if (!is_called(name, s->target[i].name))
			continue;
		*custom = &s->target[i];
		return target_custom(s->target[i].type);
	}
	for (t = target_table; *t; t++)
		if (is_called(name, (*t)->name))
			return *t;
	return NULL;
}

int target_usable(const struct target_ops *t, struct err *e)
{
	const char *const *p;

	for (p = t->programs; p && *p; p++)
		if (!hostfacts_program(*p))
			return err_set(e, -ENOENT, "%s is not installed", *p);
	return 0;
}

const char *target_load_name(unsigned int load)
{
	return load == LOAD_BLK ? "blk" :
	       load == LOAD_NET ? "net" :
	       load == LOAD_RNG ? "rng" : "balloon";
}

unsigned int target_backing(const char *text, uint64_t *bytes)
{
	*bytes = RAM_BYTES;
	if (!strncmp(text, "ram", 3)) {
		if (text[3])
			units_parse_size(text + 4, bytes);
		return BACKING_RAM;
	}
	return strcmp(text, "null") ? BACKING_FILE : BACKING_NULL;
}
