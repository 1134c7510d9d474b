/* SPDX-License-Identifier: MIT */
#include "guest_kernel.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "guest_bzimage.h"
#include "bench/linux/guest_cache.h"
#include "bench/linux/guest_process.h"

#define FETCH_NS 600000000000ull

/* Modules lie beside the kernel (…/boot/vmlinuz, …/lib/modules), or on the
 * host. */
static int find_modules(struct guest_kernel *k, const char *bzimage,
			struct err *e)
{
	char dir[PATH_MAX], *slash;
	size_t i;

	snprintf(dir, sizeof(dir), "%s", bzimage);
	slash = strrchr(dir, '/');
	snprintf(slash ? slash : dir, slash ? 2 : sizeof(dir), "%s",
		 slash ? "" : ".");
	for (i = 0; i < 3; i++) {
		static const char *const at[] = { "../lib/modules",
						  "lib/modules", NULL };

		if (at[i])
			snprintf(k->modules_dir, PATH_MAX, "%.2000s/%s/%s",
				 dir, at[i], k->release);
		else
			snprintf(k->modules_dir, PATH_MAX, "/lib/modules/%s",
				 k->release);
		if (!access(k->modules_dir, R_OK | X_OK))
			return 0;
	}
	return err_set(e, -ENOENT, "%s: no modules of %s beside it or in "
		       "/lib/modules", bzimage, k->release);
}

/* Take the bzImage at @path. */
static int take(struct guest_kernel *k, const char *path, struct err *e)
{
	int ret = guest_bzimage_release(path, k->release, sizeof(k->release),
					e);

	ret = ret ?: find_modules(k, path, e);
	if (ret < 0)
		return ret;
	k->pvh = !guest_bzimage_extract(path, k->boot, sizeof(k->boot));
	if (!k->pvh) {
		snprintf(k->boot, sizeof(k->boot), "%s", path);
		fprintf(stderr, "%s cannot be decompressed here (is xz or zstd "
				"installed?): guests boot it in two seconds "
				"more\n", path);
	}
	return 0;
}

static int is_kernel(const struct dirent *d)
{
	return !strncmp(d->d_name, "vmlinuz-", 8);
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*b)->d_name, (*a)->d_name);
}

/* The newest kernel of @dir that can be read and has its modules. 0, or the
 * error of the last one tried; -ENOENT: there is none. */
static int take_newest(struct guest_kernel *k, const char *dir, struct err *e)
{
	struct dirent **list;
	char path[PATH_MAX];
	int i, n = scandir(dir, &list, is_kernel, newest_first);
	int ret = err_set(e, -ENOENT, "%s: no kernel there", dir);

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (ret < 0 && !access(path, R_OK)) {
			ret = take(k, path, e);
			snprintf(k->from, sizeof(k->from), "%s", path);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return ret;
}

/* Into an empty folder @tree: nothing of it is used before all of it is
 * there and has got its name. The package's name is a dependency of the one
 * that stands for "the newest". */
static int fetch(const char *tree, struct err *e)
{
	struct utsname u;
	const char *const words[] = { "sh", "-e", "-c",
		"mkdir -p \"$1\"; cd \"$1\"\n"
		"get() { p=$(apt-cache depends linux-image-$2 | "
		"sed -n 's/^ *Depends: *\\(linux-image[^ ]*\\)$/\\1/p' | "
		"head -n 1); [ -n \"$p\" ] && apt-get -q download \"$p\"; }\n"
		"get \"$@\" || { apt-get -q update && get \"$@\"; }\n"
		"dpkg-deb -x linux-image*.deb .\n"
		"rm -rf linux-image*.deb usr/share boot/System.map*",
		"sh", tree,
		!uname(&u) && !strcmp(u.machine, "aarch64") ? "arm64" :
							      "amd64",
		NULL };
	char log[PATH_MAX + 16];
	int ret;

	snprintf(log, sizeof(log), "%s.log", tree);
	ret = guest_process_run(words, log, FETCH_NS, e);
	if (ret < 0)
		return err_set(e, ret, "Debian's kernel cannot be fetched "
			       "(%s tells why); give one with --kernel", log);
	unlink(log);
	return 0;
}

static int take_fetched(struct guest_kernel *k, const char *tree,
			struct err *e)
{
	char boot[PATH_MAX + 8];
	int ret;

	snprintf(boot, sizeof(boot), "%s/boot", tree);
	ret = take_newest(k, boot, e);
	snprintf(k->from, sizeof(k->from), "Debian's linux-image, in %.1000s",
		 tree);
	return ret;
}

static int use_fetched(struct guest_kernel *k, struct err *e)
{
	char dir[PATH_MAX - 64], tree[PATH_MAX], part[PATH_MAX];
	const char *const remove[] = { "rm", "-rf", part, NULL };
	int ret = guest_cache_dir(dir, sizeof(dir), e), lock;

	if (ret < 0)
		return ret;
	snprintf(tree, sizeof(tree), "%s/kernel", dir);
	snprintf(part, sizeof(part), "%s/kernel.part", dir);
	if (access(tree, F_OK)) {
		lock = guest_cache_lock(e);
		if (lock < 0)
			return lock;
		if (access(tree, F_OK)) {
			fprintf(stderr, "fetching Debian's kernel for guests "
					"(once)\n");
			guest_process_run(remove, "/dev/null", FETCH_NS, e);
			ret = fetch(part, e);
			if (!ret && rename(part, tree))
				ret = err_set(e, -errno, "%s: %s", tree,
					      strerror(errno));
		}
		close(lock);
	}
	return ret ?: take_fetched(k, tree, e);
}

int guest_kernel_find(struct guest_kernel *k, const char *given, struct err *e)
{
	memset(k, 0, sizeof(*k));
	if (given) {
		snprintf(k->from, sizeof(k->from), "%s", given);
		return take(k, given, e);
	}
	return take_newest(k, "/boot", NULL) ? use_fetched(k, e) : 0;
}
