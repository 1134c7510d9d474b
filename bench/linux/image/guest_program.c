/* SPDX-License-Identifier: MIT */
#include "guest_program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"
#include "guest_elf.h"

/* Engines of fio's that no load here uses, and what only they need. */
static const char *const fio_drop[] = { "libgfapi", "libnbd",	"libibverbs",
					"librdmacm", "librados", "librbd",
					"libpmemblk", "libpmem", NULL };

static const struct {
	const char *name, *package;
	const char *const *drop;
} known[] = {
	{ "busybox", "busybox-static", NULL },
	{ "fio", "fio", fio_drop },
	{ "iperf", "iperf", NULL },
	{ "mkfs.ext4", "e2fsprogs", NULL },
	{ "e2fsck", "e2fsprogs", NULL },
};

static bool search(const char *name, char *path, size_t room)
{
	const char *dirs = getenv("PATH");
	char all[4096], *dir, *save = NULL;

	snprintf(path, room, "%s", name);
	if (strchr(name, '/'))
		return !access(path, X_OK);
	snprintf(all, sizeof(all), "%s:/usr/sbin:/sbin:/usr/bin:/bin",
		 dirs ? dirs : "");
	for (dir = strtok_r(all, ":", &save); dir;
	     dir = strtok_r(NULL, ":", &save)) {
		snprintf(path, room, "%s/%s", dir, name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

static void *read_whole(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *data = NULL;

	if (fd >= 0 && !fstat(fd, &st) && st.st_size > 0)
		data = malloc((size_t)st.st_size);
	if (data && read(fd, data, (size_t)st.st_size) != st.st_size) {
		free(data);
		data = NULL;
	}
	if (fd >= 0)
		close(fd);
	*n = data ? (size_t)st.st_size : 0;
	return data;
}

static void slim(struct guest_program *p, const char *const *drop)
{
	p->slim = drop ? read_whole(p->path, &p->slim_bytes) : NULL;
	if (p->slim && guest_elf_slim(p->slim, p->slim_bytes, drop) <= 0) {
		free(p->slim);
		p->slim = NULL;
	}
}

/* The dynamic loader itself says what it would load ("ldd"), for the slim
 * program if there is one. What is not dynamic has nothing to say. */
static int list_libraries(struct guest_program *p, const char *path,
			  struct err *e)
{
	char line[PATH_MAX + 64], *start;
	FILE *f;

	snprintf(line, sizeof(line), "ldd '%s' 2>/dev/null", path);
	f = popen(line, "re");
	if (!f)
		return err_set(e, -errno, "ldd: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		start = strchr(line, '/');
		if (!start || p->nr_libraries == GUEST_PROGRAM_LIBRARIES)
			continue;
		start[strcspn(start, " \n")] = 0;
		p->library[p->nr_libraries++] = strdup(start);
	}
	pclose(f);
	return 0;
}

static int find_libraries(struct guest_program *p, struct err *e)
{
	int fd = p->slim ? memfd_create("slim", 0) : -1, ret = 0;
	char path[64];

	if (!p->slim)
		return list_libraries(p, p->path, e);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	if (fd < 0 ||
	    write(fd, p->slim, p->slim_bytes) != (ssize_t)p->slim_bytes)
		ret = err_set(e, -EIO, "no memory for a copy of %s", p->path);
	ret = ret ?: list_libraries(p, path, e);
	if (fd >= 0)
		close(fd);
	return ret;
}

int guest_program_find(struct guest_program *p, const char *name,
		       struct err *e)
{
	const char *package = name;
	const char *const *drop = NULL;
	size_t i;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].name, name)) {
			package = known[i].package;
			drop = known[i].drop;
		}
	if (!search(name, p->path, sizeof(p->path)))
		return err_set(e, -ENOTSUP, "%s is not installed; install the "
			       "package %s", name, package);
	/* One given by its path may lie where the guest mounts something. */
	if (strchr(name, '/'))
		snprintf(p->dest, sizeof(p->dest), "/usr/bin%s",
			 strrchr(name, '/'));
	else
		snprintf(p->dest, sizeof(p->dest), "%s", p->path);
	slim(p, drop);
	return find_libraries(p, e);
}

/* At the host's path; where that is a link into another folder, the name it
 * is asked for by. */
int guest_program_put(const struct guest_program *p, struct guest_cpio *c,
		      struct err *e)
{
	unsigned int i;
	int ret = 0;

	if (p->slim)
		guest_cpio_data(c, p->dest, 0755, p->slim, p->slim_bytes);
	else
		ret = guest_cpio_file(c, p->dest, p->path, e);
	for (i = 0; !ret && i < p->nr_libraries; i++)
		ret = guest_cpio_file(c, p->library[i], p->library[i], e);
	return ret;
}

void guest_program_free(struct guest_program *p)
{
	while (p->nr_libraries)
		free(p->library[--p->nr_libraries]);
	free(p->slim);
	p->slim = NULL;
}
