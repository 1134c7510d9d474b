/* SPDX-License-Identifier: MIT */
#include "guest_image.h"

#include <errno.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/output.h"
#include "lib/util.h"
#include "bench/embedded.h"
#include "bench/linux/guest_cache.h"
#include "guest_cpio.h"
#include "guest_modules.h"
#include "guest_program.h"

#define KEPT   12 /* images in the cache */
#define FORMAT 2 /* of the image: another number makes all anew */

/* What goes in. */
struct image {
	struct guest_module_list modules;
	struct guest_program busybox;
	struct guest_program program[8];
	unsigned int nr_programs;
};

static void image_free(struct image *m)
{
	guest_modules_free(&m->modules);
	guest_program_free(&m->busybox);
	while (m->nr_programs)
		guest_program_free(&m->program[--m->nr_programs]);
}

static int collect(struct image *m, const struct guest_kernel *k,
		   const char *const *programs, const char *const *modules,
		   unsigned int nr, struct err *e)
{
	int ret = guest_modules_resolve(k, modules, nr, &m->modules, e);

	ret = ret ?: guest_program_find(&m->busybox, "busybox", e);
	for (; !ret && programs && *programs &&
	       m->nr_programs < ARRAY_SIZE(m->program); programs++)
		ret = guest_program_find(&m->program[m->nr_programs++],
					 *programs, e);
	return ret;
}

static int hash_program(uint64_t *hash, const struct guest_program *p,
			struct err *e)
{
	int ret = guest_cache_hash_file(hash, p->path, e);
	unsigned int i;

	for (i = 0; !ret && i < p->nr_libraries; i++)
		ret = guest_cache_hash_file(hash, p->library[i], e);
	return ret;
}

static int hash_all(uint64_t *hash, const struct image *m, struct err *e)
{
	unsigned int i, format = FORMAT;
	int ret;

	*hash = guest_cache_hash(0, &format, sizeof(format));
	*hash = guest_cache_hash(*hash, embedded_init,
				 embedded_size(embedded_init));
	ret = hash_program(hash, &m->busybox, e);
	for (i = 0; !ret && i < m->modules.nr; i++)
		ret = guest_cache_hash_file(hash, m->modules.path[i], e);
	for (i = 0; !ret && i < m->nr_programs; i++)
		ret = hash_program(hash, &m->program[i], e);
	return ret;
}

static int put_modules(struct guest_cpio *c, const struct image *m,
		       struct err *e)
{
	char name[PATH_MAX];
	unsigned int i;
	int ret = 0;

	guest_cpio_dir(c, "/modules");
	for (i = 0; !ret && i < m->modules.nr; i++) {
		snprintf(name, sizeof(name), "/modules/%02u-%s", i,
			 strrchr(m->modules.path[i], '/') + 1);
		ret = guest_cpio_file(c, name, m->modules.path[i], e);
	}
	return ret;
}

static int put_busybox(struct guest_cpio *c, const struct image *m,
		       struct err *e)
{
	char line[PATH_MAX + 16], name[128];
	int ret = guest_cpio_file(c, "/bin/busybox", m->busybox.path, e);
	unsigned int i;
	FILE *list;

	/* where only the dynamic one is installed */
	for (i = 0; !ret && i < m->busybox.nr_libraries; i++)
		ret = guest_cpio_file(c, m->busybox.library[i],
				      m->busybox.library[i], e);
	snprintf(line, sizeof(line), "'%s' --list", m->busybox.path);
	list = ret ? NULL : popen(line, "re");
	if (!list)
		return ret ?: err_set(e, -errno, "%s: %s", line,
				      strerror(errno));
	while (fgets(name, sizeof(name), list)) {
		name[strcspn(name, "\n")] = 0;
		snprintf(line, sizeof(line), "/bin/%s", name);
		if (strcmp(name, "busybox"))
			guest_cpio_link(c, line, "busybox");
	}
	if (pclose(list))
		return err_set(e, -EIO, "%s --list failed; install "
			       "busybox-static", m->busybox.path);
	return 0;
}

static int put_all(struct guest_cpio *c, const struct image *m, struct err *e)
{
	static const char *const folders[] = { "/dev", "/proc", "/sys", "/tmp",
					       "/mnt", "/etc", "/root" };
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(folders); i++)
		guest_cpio_dir(c, folders[i]);
	guest_cpio_node(c, "/dev/console", S_IFCHR | 0600, 5, 1);
	guest_cpio_data(c, "/init", 0755, embedded_init,
			embedded_size(embedded_init));
	guest_cpio_data(c, "/etc/mtab", 0644, "", 0);
	ret = put_modules(c, m, e);
	ret = ret ?: put_busybox(c, m, e);
	for (i = 0; !ret && i < m->nr_programs; i++)
		ret = guest_program_put(&m->program[i], c, e);
	return ret;
}

static int make(const char *path, const struct image *m, struct err *e)
{
	struct guest_cpio c;
	struct output o;
	int ret = output_open(&o, path, e);

	if (ret < 0)
		return ret;
	guest_cpio_open(&c, o.file);
	ret = put_all(&c, m, e);
	guest_cpio_close(&c);
	return output_close(&o, ret, e);
}

static int older_first(const void *a, const void *b)
{
	struct stat x = { 0 }, y = { 0 };

	stat(*(char *const *)a, &x);
	stat(*(char *const *)b, &y);
	return x.st_mtime < y.st_mtime ? -1 : x.st_mtime > y.st_mtime;
}

/* Every change of a tool or kernel makes a new one, and who is killed leaves
 * half of one: keep the newest @kept of what @pattern matches. */
static void prune(const char *dir, const char *pattern, size_t kept)
{
	char path[PATH_MAX];
	glob_t found;
	size_t i;

	snprintf(path, sizeof(path), "%s/%s", dir, pattern);
	if (glob(path, GLOB_NOSORT, NULL, &found))
		return;
	qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv),
	      older_first);
	for (i = 0; i + kept < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

int guest_image_initrd(const struct guest_kernel *k,
		       const char *const *programs,
		       const char *const *modules, unsigned int nr,
		       char *path, size_t room, struct err *e)
{
	struct image m = { .nr_programs = 0 };
	char dir[PATH_MAX - 64];
	uint64_t hash = 0;
	int ret;

	ret = collect(&m, k, programs, modules, nr, e);
	ret = ret ?: guest_cache_dir(dir, sizeof(dir), e);
	ret = ret ?: hash_all(&hash, &m, e);
	if (!ret) {
		snprintf(path, room, "%s/initrd-%016llx.cpio", dir,
			 (unsigned long long)hash);
		if (access(path, R_OK)) {
			ret = make(path, &m, e);
			prune(dir, "initrd-*", KEPT);
			prune(dir, "vmlinux-*", KEPT / 3);
		}
	}
	image_free(&m);
	return ret;
}
