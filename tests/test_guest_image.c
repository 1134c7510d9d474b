/* SPDX-License-Identifier: MIT */
/* What a guest is made of, from files that may be damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/linux/image/guest_bzimage.h"
#include "bench/linux/image/guest_cpio.h"
#include "bench/linux/image/guest_elf.h"
#include "bench/linux/image/guest_modinfo.h"
#include "bench/linux/image/guest_modules.h"
#include "skip_part.h"

static char dir[] = "/tmp/test_guest_image.XXXXXX";

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put_file(const char *name, const void *data, size_t n)
{
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

/* A program as a linker makes it: this one. */
static char *read_self(size_t *n)
{
	struct stat st;
	int fd = open("/proc/self/exe", O_RDONLY);
	char *data;

	fstat(fd, &st);
	*n = (size_t)st.st_size;
	data = malloc(*n);
	assert_int_equal(read(fd, data, *n), *n);
	close(fd);
	return data;
}

static const char *const drop[] = { "libjansson", "libxml2", NULL };

static void run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void run(const char *fmt, ...)
{
	char line[2 * PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	assert_int_equal(system(line), 0);
}

/* Libraries go from what the loader would load, and it still loads. */
static void test_slim(void **state)
{
	size_t n;
	char *data = read_self(&n);

	(void)state;
	assert_int_equal(guest_elf_slim(data, n, drop), 2);
	put_file("slim", data, n);
	free(data);
	chmod(path_of("slim"), 0755);
	run("ldd /proc/%d/exe | grep -q libjansson", (int)getpid());
	run("ldd %s > %s/libs", path_of("slim"), dir);
	run("! grep -E 'libjansson|libxml2|not found' %s/libs", dir);
	run("grep -q libc.so %s/libs", dir);
}

static void test_slim_nothing(void **state)
{
	static const char *const none[] = { "libnone", NULL };
	size_t n;
	char *data = read_self(&n);

	(void)state;
	assert_int_equal(guest_elf_slim(data, n, none), 0);
	free(data);
}

/* Cut off anywhere: refused, and left as it was; or taken, if what is missing
 * is not looked at. Never a byte beyond. */
static void test_slim_truncated(void **state)
{
	size_t n, cut;
	char *data = read_self(&n), *part, *copy;
	int ret;

	(void)state;
	for (cut = 0; cut < n; cut = cut < 4096 ? cut + 7 : cut * 9 / 8) {
		part = malloc(cut ? cut : 1);
		copy = malloc(cut ? cut : 1);
		memcpy(part, data, cut);
		memcpy(copy, data, cut);
		ret = guest_elf_slim(part, cut, drop);
		if (ret < 0)
			assert_memory_equal(part, copy, cut);
		free(part);
		free(copy);
	}
	free(data);
}

/* Any bytes wrong in its head, dynamic section or tables. */
static void test_slim_corrupted(void **state)
{
	size_t n, size = 65536, i;
	char *data = read_self(&n), *part = malloc(n);
	unsigned int round, k;

	(void)state;
	srand(1);
	for (round = 0; round < 300; round++) {
		memcpy(part, data, n);
		for (k = 0; k < 40; k++) {
			i = (size_t)rand() % (round % 3 ? size : 1024);
			part[i] = (char)rand();
		}
		guest_elf_slim(part, n, drop);
	}
	free(part);
	free(data);
}

/* What comes out of the archive is what went in. */
static void test_cpio(void **state)
{
	struct guest_cpio c;
	struct err e;
	FILE *f = fopen(path_of("a.cpio"), "w");

	(void)state;
	put_file("three", "abc", 3);
	guest_cpio_open(&c, f);
	guest_cpio_data(&c, "/a/b/one", 0755, "1", 1);
	guest_cpio_data(&c, "/a/b/empty", 0644, "", 0);
	guest_cpio_data(&c, "/a/b/one", 0644, "2", 1); /* there is one */
	guest_cpio_link(&c, "/a/link", "b/one");
	assert_int_equal(guest_cpio_file(&c, "/deep/er/three",
					 path_of("three"), &e), 0);
	assert_int_equal(guest_cpio_file(&c, "/x", "/no/such", &e), -ENOENT);
	guest_cpio_close(&c);
	fclose(f);
	if (system("command -v busybox >/dev/null"))
		skip_part("busybox is not installed: no archive is unpacked");
	run("mkdir %s/out && "
	    "cd %s/out && busybox cpio -idm < ../a.cpio 2>/dev/null && "
	    "[ \"$(cat a/b/one)$(cat a/link)$(cat deep/er/three)\" = 11abc ] "
	    "&& [ -x a/b/one ] && [ -e a/b/empty ] && [ ! -s a/b/empty ]",
	    dir, dir);
}

static void put_bzimage(const char *name, const char *release, uint16_t at,
			uint32_t payload, uint32_t length)
{
	unsigned char b[4096] = { 0 };

	b[0x1f1] = 1;
	memcpy(b + 0x202, "HdrS", 4);
	b[0x206] = 0x0f;
	b[0x207] = 2;
	memcpy(b + 0x20e, &at, 2);
	memcpy(b + 0x248, &payload, 4);
	memcpy(b + 0x24c, &length, 4);
	if (at + 0x200u + strlen(release) < sizeof(b))
		strcpy((char *)b + at + 0x200, release);
	memcpy(b + 1024, "\x1f\x8b", 2);
	put_file(name, b, sizeof(b));
}

static void test_bzimage(void **state)
{
	char release[64], out[PATH_MAX];
	struct err e;

	(void)state;
	put_bzimage("k", "6.1.0-9-amd64 (x@y) #1", 0x600, 0, 100);
	assert_int_equal(guest_bzimage_release(path_of("k"), release,
					       sizeof(release), &e), 0);
	assert_string_equal(release, "6.1.0-9-amd64");
	/* a payload that is no gzip file after all */
	assert_true(guest_bzimage_extract(path_of("k"), out, sizeof(out)) < 0);
	/* outside of the file */
	put_bzimage("k", "6.1", 0x600, 0xfffffff0, 100);
	assert_true(guest_bzimage_extract(path_of("k"), out, sizeof(out)) < 0);
	put_bzimage("k", "6.1", 0x600, 0, 0xffffffff);
	assert_true(guest_bzimage_extract(path_of("k"), out, sizeof(out)) < 0);
	put_bzimage("k", "6.1", 0xf000, 0, 100);
	assert_int_equal(guest_bzimage_release(path_of("k"), release,
					       sizeof(release), &e), -ENOEXEC);
	/* a name that would lead elsewhere is cut at its slash */
	put_bzimage("k", "../../etc", 0x600, 0, 100);
	assert_int_equal(guest_bzimage_release(path_of("k"), release,
					       sizeof(release), &e), 0);
	assert_string_equal(release, "..");
	put_file("k", "text", 4);
	assert_int_equal(guest_bzimage_release(path_of("k"), release,
					       sizeof(release), &e), -ENOEXEC);
	assert_int_equal(guest_bzimage_release("/no/such", release,
					       sizeof(release), &e), -ENOENT);
}

/* A module: an ELF file with a .modinfo section that holds @info. */
static void put_module(const char *name, const char *info, size_t n)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	struct {
		Elf64_Ehdr h;
		Elf64_Shdr s[3];
		char names[32];
		char info[512];
	} m = { .h = { .e_ident = ELFMAG "\2\1\1",
		       .e_shoff = sizeof(Elf64_Ehdr),
		       .e_shentsize = sizeof(Elf64_Shdr),
		       .e_shnum = 3,
		       .e_shstrndx = 2 } };

	memcpy(m.names, names, sizeof(names));
	memcpy(m.info, info, n);
	m.s[1] = (Elf64_Shdr){ .sh_name = 1,
			       .sh_offset = (size_t)(m.info - (char *)&m),
			       .sh_size = n };
	m.s[2] = (Elf64_Shdr){ .sh_name = 10,
			       .sh_offset = (size_t)(m.names - (char *)&m),
			       .sh_size = sizeof(names) };
	put_file(name, &m, sizeof(m));
}

#define MODULE(name, info) put_module(name, info, sizeof(info))

static void test_modinfo(void **state)
{
	struct guest_modinfo i;
	struct err e;
	char half[200];
	FILE *f;

	(void)state;
	MODULE("m.ko", "license=GPL\0\0\0depends=a,b-c\0softdep=pre: x y");
	assert_int_equal(guest_modinfo_read(&i, path_of("m.ko"), &e), 0);
	assert_string_equal(i.depends, "a,b-c");
	assert_string_equal(i.softdep_pre, "x y");
	f = fopen(path_of("m.ko"), "r");
	assert_int_equal(fread(half, 1, sizeof(half), f), sizeof(half));
	fclose(f);
	put_file("half.ko", half, sizeof(half));
	assert_int_equal(guest_modinfo_read(&i, path_of("half.ko"), &e),
			 -ENOEXEC);
	put_file("empty.ko", "", 0);
	assert_int_equal(guest_modinfo_read(&i, path_of("empty.ko"), &e),
			 -ENOEXEC);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* Dependencies first, each once, built-in ones not at all. */
static void test_modules(void **state)
{
	static const char *const want[] = { "top_mod" };
	static const char *const missing[] = { "needs_more" };
	static const char *const circle[] = { "circle1" };
	static const char *const scsi[] = { "virtio_scsi" };
	static const char builtin[] = "kernel/drivers/built-in.ko\n";
	struct guest_module_list list;
	struct guest_kernel k = { .release = "9.9" };
	struct err e;

	(void)state;
	snprintf(k.modules_dir, sizeof(k.modules_dir), "%s/modules", dir);
	run("mkdir -p %s/modules/kernel/a/b", dir);
	put_file("modules/modules.builtin", builtin, sizeof(builtin) - 1);
	MODULE("modules/kernel/a/top-mod.ko", "depends=low,mid,built_in");
	MODULE("modules/kernel/a/b/mid.ko", "depends=low");
	MODULE("modules/kernel/a/b/low.ko", "depends=");
	MODULE("modules/kernel/a/needs_more.ko", "depends=nowhere");
	MODULE("modules/kernel/a/circle1.ko", "depends=circle2");
	MODULE("modules/kernel/a/circle2.ko", "depends=circle1");
	assert_int_equal(guest_modules_resolve(&k, want, 1, &list, &e), 0);
	assert_int_equal(list.nr, 3);
	assert_true(ends_with(list.path[0], "/low.ko"));
	assert_true(ends_with(list.path[1], "/mid.ko"));
	assert_true(ends_with(list.path[2], "/top-mod.ko"));
	guest_modules_free(&list);
	assert_int_equal(guest_modules_resolve(&k, missing, 1, &list, &e),
			 -ENOTSUP);
	assert_non_null(strstr(e.text, "nowhere"));
	assert_non_null(strstr(e.text, "CONFIG_NOWHERE"));
	guest_modules_free(&list);
	assert_int_equal(guest_modules_resolve(&k, scsi, 1, &list, &e),
			 -ENOTSUP);
	assert_non_null(strstr(e.text, "9.9"));
	assert_non_null(strstr(e.text, "CONFIG_SCSI_VIRTIO"));
	guest_modules_free(&list);
	assert_int_equal(guest_modules_resolve(&k, circle, 1, &list, &e), 0);
	assert_int_equal(list.nr, 2);
	guest_modules_free(&list);
}

static int make_dir(void **state)
{
	(void)state;
	setenv("VIOPERF_CACHE", mkdtemp(dir), 1);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	run("rm -rf %s", dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slim),
		cmocka_unit_test(test_slim_nothing),
		cmocka_unit_test(test_slim_truncated),
		cmocka_unit_test(test_slim_corrupted),
		cmocka_unit_test(test_cpio),
		cmocka_unit_test(test_bzimage),
		cmocka_unit_test(test_modinfo),
		cmocka_unit_test(test_modules),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
