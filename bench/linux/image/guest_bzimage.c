/* SPDX-License-Identifier: MIT */
#include "guest_bzimage.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"
#include "bench/linux/guest_cache.h"
#include "bench/linux/guest_process.h"

#define TOOL_NS		    60000000000ull
#define SETUP_SECTS	    0x1f1
#define SETUP_MAGIC	    0x202 /* "HdrS" */
#define SETUP_VERSION	    0x206
#define SETUP_KERNEL_NAME   0x20e
#define SETUP_PAYLOAD	    0x248 /* offset, then length; protocol 2.08 */
#define XEN_ELFNOTE_PHYS32_ENTRY 18

struct image {
	const unsigned char *data;
	size_t size;
};

static int map(struct image *m, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	struct stat st;
	void *p;

	*m = (struct image){ 0 };
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < 1024) {
		ret = err_set(e, -ENOEXEC, "%s: not a kernel", path);
	} else {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
			 0);
		if (p == MAP_FAILED)
			ret = err_set(e, -errno, "%s: %s", path,
				      strerror(errno));
		else
			*m = (struct image){ p, (size_t)st.st_size };
	}
	close(fd);
	return ret;
}

static void unmap(struct image *m)
{
	if (m->data)
		munmap((void *)m->data, m->size);
}

static uint32_t le(const struct image *m, size_t at, unsigned int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | m->data[at + bytes];
	return v;
}

static bool is_bzimage(const struct image *m)
{
	return m->size >= 1024 && !memcmp(m->data + SETUP_MAGIC, "HdrS", 4) &&
	       le(m, SETUP_VERSION, 2) >= 0x208;
}

int guest_bzimage_release(const char *path, char *release, size_t room,
			  struct err *e)
{
	struct image m;
	size_t at, n;
	int ret = map(&m, path, e);

	if (ret < 0)
		return ret;
	at = is_bzimage(&m) ? le(&m, SETUP_KERNEL_NAME, 2) + 0x200 : m.size;
	if (at >= m.size) {
		unmap(&m);
		return err_set(e, -ENOEXEC, "%s: not a bzImage", path);
	}
	for (n = 0; at + n < m.size && m.data[at + n] > ' ' &&
		    m.data[at + n] != '/' && n + 1 < room; n++)
		release[n] = (char)m.data[at + n];
	release[n] = 0;
	unmap(&m);
	return n ? 0 : err_set(e, -ENOEXEC, "%s: names no release", path);
}

static const struct {
	unsigned char magic[4];
	unsigned int len;
	unsigned int tail; /* the kernel's length, which no tool expects */
	const char *tool;
} compressors[] = {
	{ { 0x1f, 0x8b }, 2, 0, "gzip -dc" }, /* has it as its own trailer */
	{ { 0xfd, '7', 'z', 'X' }, 4, 4, "xz -dc --single-stream" },
	{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, 4, "zstd -dc" },
	{ { 0x02, 0x21, 0x4c, 0x18 }, 4, 4, "lz4 -dc" },
	{ { 'B', 'Z', 'h' }, 3, 4, "bzip2 -dc" },
	{ { 0x5d, 0x00, 0x00 }, 3, 4, "xz -dc --format=lzma" },
};

/* Write the compressed kernel to @out; the tool that opens it, or NULL. */
static const char *write_payload(const struct image *m, const char *out)
{
	size_t at, n, i;
	FILE *f;

	if (!is_bzimage(m))
		return NULL;
	at = (le(m, SETUP_SECTS, 1) ?: 4) * 512 + 512 +
	     le(m, SETUP_PAYLOAD, 4);
	n = le(m, SETUP_PAYLOAD + 4, 4);
	if (at >= m->size || n > m->size - at || n < 8)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(compressors); i++)
		if (!memcmp(m->data + at, compressors[i].magic,
			    compressors[i].len))
			break;
	f = i < ARRAY_SIZE(compressors) ? fopen(out, "we") : NULL;
	if (!f)
		return NULL;
	fwrite(m->data + at, 1, n - compressors[i].tail, f);
	return fclose(f) ? NULL : compressors[i].tool;
}

static bool note_is_pvh(const struct image *m, size_t at, size_t end)
{
	Elf64_Nhdr n;

	while (at + sizeof(n) <= end) {
		memcpy(&n, m->data + at, sizeof(n));
		at += sizeof(n);
		if (n.n_namesz > end - at || n.n_descsz > end - at)
			return false;
		if (n.n_type == XEN_ELFNOTE_PHYS32_ENTRY && n.n_namesz == 4 &&
		    !memcmp(m->data + at, "Xen", 4))
			return true;
		at += (n.n_namesz + 3u) & ~3u;
		at += (n.n_descsz + 3u) & ~3u;
	}
	return false;
}

/* Has the ELF file at @path the note with the 32-bit entry? */
static bool has_pvh(const char *path)
{
	struct image m;
	Elf64_Ehdr h;
	Elf64_Phdr p;
	bool found = false;
	unsigned int i;

	if (map(&m, path, NULL) < 0)
		return false;
	memcpy(&h, m.data, sizeof(h));
	for (i = 0; !memcmp(h.e_ident, ELFMAG "\2", 5) && i < h.e_phnum; i++) {
		if (h.e_phoff > m.size ||
		    m.size - h.e_phoff < (i + 1) * sizeof(p))
			break;
		memcpy(&p, m.data + h.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_NOTE && p.p_offset <= m.size &&
		    p.p_filesz <= m.size - p.p_offset)
			found |= note_is_pvh(&m, p.p_offset,
					     p.p_offset + p.p_filesz);
	}
	unmap(&m);
	return found;
}

static int decompress(const char *path, const char *out)
{
	char payload[PATH_MAX + 16], elf[PATH_MAX + 16], line[64];
	const char *const words[] = { "sh", "-c", line, "sh", payload, elf,
				      NULL };
	const char *tool;
	struct image m;
	int ret = map(&m, path, NULL);

	if (ret < 0)
		return ret;
	snprintf(payload, sizeof(payload), "%s.%d.z", out, (int)getpid());
	snprintf(elf, sizeof(elf), "%s.%d", out, (int)getpid());
	tool = write_payload(&m, payload); /* NULL: not to be opened */
	unmap(&m);
	ret = tool ? 0 : -ENOEXEC;
	snprintf(line, sizeof(line), "%s < \"$1\" > \"$2\"", tool ?: "");
	ret = ret ?: guest_process_run(words, "/dev/null", TOOL_NS, NULL);
	if (!ret && !has_pvh(elf))
		ret = -ENOEXEC;
	if (!ret && rename(elf, out))
		ret = -errno;
	unlink(payload);
	unlink(elf);
	return ret;
}

int guest_bzimage_extract(const char *path, char *out, size_t room)
{
	char dir[PATH_MAX - 64];
	uint64_t hash = 0;

	if (guest_cache_dir(dir, sizeof(dir), NULL) ||
	    guest_cache_hash_file(&hash, path, NULL))
		return -ENOENT;
	snprintf(out, room, "%s/vmlinux-%016llx", dir,
		 (unsigned long long)hash);
	return access(out, R_OK) ? decompress(path, out) : 0;
}
