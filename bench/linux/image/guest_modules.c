/* SPDX-License-Identifier: MIT */
#include "guest_modules.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "guest_modinfo.h"
#include "guest_modules_index.h"

/* Deeper than any chain of modules: a circle would be endless. */
#define MAX_DEPTH 32

/* Asked for at run time by name, so that no module's information tells. */
static const struct {
	const char *module, *needs;
} run_time[] = {
	{ "crc-t10dif", "crct10dif_generic" },
	{ "crc64-rocksoft", "crc64_rocksoft_generic" },
	{ "libcrc32c", "crc32c_generic" },
	{ "ext4", "crc32c_generic" },
	{ "jbd2", "crc32c_generic" },
};

/* Options that are not just the module's name. */
static const struct {
	const char *module, *config;
} configs[] = {
	{ "virtio_scsi", "SCSI_VIRTIO" }, { "sd_mod", "BLK_DEV_SD" },
	{ "ahci", "SATA_AHCI" },	  { "nvme", "BLK_DEV_NVME" },
	{ "virtio_rng", "HW_RANDOM_VIRTIO" }, { "ext4", "EXT4_FS" },
	{ "xfs", "XFS_FS" },		  { "btrfs", "BTRFS_FS" },
};

static bool same(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') &&
				  (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

static const char *config_of(const char *module, char *buf, size_t room)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(configs); i++)
		if (same(configs[i].module, module))
			return configs[i].config;
	for (i = 0; module[i] && i + 1 < room; i++)
		buf[i] = module[i] == '-' ? '_' :
					    (char)toupper((unsigned char)
								  module[i]);
	buf[i] = 0;
	return buf;
}

static int add_path(struct guest_module_list *list, const char *path)
{
	char **p;

	if (list->nr == list->room) {
		p = realloc(list->path, (list->room + 16) * sizeof(*p));
		if (!p)
			return -ENOMEM;
		list->path = p;
		list->room += 16;
	}
	list->path[list->nr] = strdup(path);
	return list->path[list->nr++] ? 0 : -ENOMEM;
}

/* What is being resolved. */
struct resolver {
	const struct guest_kernel *kernel;
	struct guest_modules_index index;
	struct guest_module_list *list;
	bool done[GUEST_MODULES_MAX];
};

static int add_module(struct resolver *r, const char *name, int depth,
		      struct err *e);

/* Words of @text separated by any of @by, each a module. */
static int add_words(struct resolver *r, const char *text, const char *by,
		     int depth, bool must, struct err *e)
{
	char word[128];
	size_t n;
	int ret = 0;

	for (; !ret && *text; text += n + (text[n] != 0)) {
		n = strcspn(text, by);
		if (!n || n >= sizeof(word))
			continue;
		memcpy(word, text, n);
		word[n] = 0;
		ret = add_module(r, word, depth, e);
		if (ret == -ENOTSUP && !must)
			ret = 0; /* the module that wants it may do without */
	}
	return ret;
}

static int add_needs(struct resolver *r, const char *name, const char *path,
		     int depth, struct err *e)
{
	struct guest_modinfo info;
	size_t i;
	int ret = guest_modinfo_read(&info, path, e);

	for (i = 0; !ret && i < ARRAY_SIZE(run_time); i++)
		if (same(run_time[i].module, name))
			ret = add_words(r, run_time[i].needs, " ", depth,
					false, e);
	ret = ret ?: add_words(r, info.softdep_pre, " ", depth, false, e);
	return ret ?: add_words(r, info.depends, ",", depth, true, e);
}

static int add_module(struct resolver *r, const char *name, int depth,
		      struct err *e)
{
	char path[PATH_MAX], config[128];
	int i = guest_modules_index_find(&r->index, name), ret;

	if (i == -ENOENT && guest_modules_index_builtin(&r->index, name))
		return 0;
	if (i < 0 || depth > MAX_DEPTH)
		return err_set(e, -ENOTSUP, "kernel %s has no module %s "
			       "(CONFIG_%s)", r->kernel->release, name,
			       config_of(name, config, sizeof(config)));
	if (r->done[i])
		return 0;
	r->done[i] = true;
	ret = guest_modules_index_file(&r->index, i, path, sizeof(path), e);
	ret = ret ?: add_needs(r, name, path, depth + 1, e);
	ret = ret ?: add_path(r->list, path);
	if (ret < 0) /* who asks for it again shall hear of it again */
		r->done[i] = false;
	return ret;
}

int guest_modules_resolve(const struct guest_kernel *k,
			  const char *const *names, unsigned int nr,
			  struct guest_module_list *list, struct err *e)
{
	struct resolver *r = calloc(1, sizeof(*r));
	unsigned int i;
	int ret;

	memset(list, 0, sizeof(*list));
	if (!r)
		return err_set(e, -ENOMEM, "out of memory");
	r->kernel = k;
	r->list = list;
	ret = guest_modules_index_open(&r->index, k->modules_dir, e);
	for (i = 0; !ret && i < nr; i++)
		ret = add_module(r, names[i], 0, e);
	guest_modules_index_close(&r->index);
	free(r);
	return ret;
}

void guest_modules_free(struct guest_module_list *list)
{
	while (list->nr)
		free(list->path[--list->nr]);
	free(list->path);
	memset(list, 0, sizeof(*list));
}
