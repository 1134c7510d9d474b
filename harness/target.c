/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/units.h"

#define RAM_BYTES (256ull << 20)

const struct target_ops *const target_table[] = {
	&target_blk,
	&target_qsd_blk,
	&target_null,
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
		return &target_custom;
	}
	for (t = target_table; *t; t++)
		if (is_called(name, (*t)->name))
			return *t;
	return NULL;
}

const char *target_options(const char *name)
{
	return name + strcspn(name, "+");
}

bool target_has_option(const char *options, const char *word)
{
	size_t n;

	for (; *options == '+'; options += n) {
		n = 1 + strcspn(options + 1, "+");
		if (strlen(word) == n - 1 && !strncmp(options + 1, word, n - 1))
			return true;
	}
	return false;
}

const char *target_bad_option(const struct target_ops *t, const char *options,
			      char *buf, size_t room)
{
	const char *const *known;
	size_t n;

	for (; *options == '+'; options += n) {
		n = 1 + strcspn(options + 1, "+");
		snprintf(buf, room, "%.*s", (int)n - 1, options + 1);
		for (known = t->options; known && *known; known++)
			if (!strcmp(*known, buf))
				break;
		if (!known || !*known)
			return buf;
	}
	return NULL;
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

const char *target_self(void)
{
	static char path[PATH_MAX];
	ssize_t n;

	if (!path[0]) {
		n = readlink("/proc/self/exe", path, sizeof(path) - 1);
		if (n < 0)
			strcpy(path, "vioperf");
	}
	return path;
}
