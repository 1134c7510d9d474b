/* SPDX-License-Identifier: MIT */
#include "guest_elf.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A 64-bit ELF file in memory; offsets into it are checked by at(), which
 * also refuses what is not aligned to @align. */
struct elf {
	char *data;
	size_t size;
	Elf64_Dyn *dyn;
	size_t nr_dyn;
	const char *strings;
	size_t strings_size;
};

static void *at(const struct elf *f, uint64_t offset, uint64_t n,
		unsigned int align)
{
	if (offset > f->size || n > f->size - offset || offset % align)
		return NULL;
	return f->data + offset;
}

static Elf64_Phdr *segment(const struct elf *f, uint32_t type, uint64_t address)
{
	const Elf64_Ehdr *h = (const Elf64_Ehdr *)f->data;
	Elf64_Phdr *p = at(f, h->e_phoff, h->e_phnum * sizeof(*p), 8);
	unsigned int i;

	for (i = 0; p && i < h->e_phnum; i++)
		if (p[i].p_type == type &&
		    (type != PT_LOAD || (address >= p[i].p_vaddr &&
					 address - p[i].p_vaddr <
						 p[i].p_filesz)))
			return &p[i];
	return NULL;
}

/* Where in the file the byte at a virtual address lies, with @n behind it. */
static void *at_address(const struct elf *f, uint64_t address, uint64_t n,
			unsigned int align)
{
	const Elf64_Phdr *p = segment(f, PT_LOAD, address);

	return p ? at(f, p->p_offset + (address - p->p_vaddr), n, align) :
		   NULL;
}

static Elf64_Dyn *find_dyn(const struct elf *f, int64_t tag)
{
	size_t i;

	for (i = 0; i < f->nr_dyn && f->dyn[i].d_tag != DT_NULL; i++)
		if (f->dyn[i].d_tag == tag)
			return &f->dyn[i];
	return NULL;
}

static uint64_t dyn_value(const struct elf *f, int64_t tag)
{
	const Elf64_Dyn *d = find_dyn(f, tag);

	return d ? d->d_un.d_val : 0;
}

static int open_elf(struct elf *f, void *data, size_t n)
{
	const Elf64_Ehdr *h = data;
	const Elf64_Phdr *p;

	*f = (struct elf){ .data = data, .size = n };
	if (n < sizeof(*h) || memcmp(h->e_ident, ELFMAG "\2\1", 6) ||
	    h->e_phentsize != sizeof(Elf64_Phdr))
		return -ENOEXEC;
	p = segment(f, PT_DYNAMIC, 0);
	if (!p)
		return -ENOEXEC;
	f->dyn = at(f, p->p_offset, p->p_filesz, 8);
	f->nr_dyn = f->dyn ? p->p_filesz / sizeof(*f->dyn) : 0;
	f->strings_size = dyn_value(f, DT_STRSZ);
	f->strings = f->strings_size ? at_address(f, dyn_value(f, DT_STRTAB),
						  f->strings_size, 1) : NULL;
	if (!f->strings || f->strings[f->strings_size - 1])
		return -ENOEXEC;
	return 0;
}

static bool is_dropped(const struct elf *f, uint64_t name,
		       const char *const *drop)
{
	size_t n;

	if (name >= f->strings_size)
		return false;
	for (; *drop; drop++) {
		n = strlen(*drop);
		if (!strncmp(f->strings + name, *drop, n) &&
		    !strncmp(f->strings + name + n, ".so", 3))
			return true;
	}
	return false;
}

static int drop_needed(struct elf *f, const char *const *drop)
{
	size_t from, to = 0;
	int n = 0;

	for (from = 0; from < f->nr_dyn; from++) {
		Elf64_Dyn d = f->dyn[from];

		if (d.d_tag == DT_NEEDED && is_dropped(f, d.d_un.d_val, drop)) {
			n++;
			continue;
		}
		if (d.d_tag == DT_BIND_NOW)
			continue;
		if (d.d_tag == DT_FLAGS)
			d.d_un.d_val &= ~(uint64_t)DF_BIND_NOW;
		if (d.d_tag == DT_FLAGS_1)
			d.d_un.d_val &= ~(uint64_t)DF_1_NOW;
		f->dyn[to++] = d;
	}
	for (; to < f->nr_dyn; to++)
		f->dyn[to] = (Elf64_Dyn){ .d_tag = DT_NULL };
	return n;
}

/* Versions of symbols: which of them are asked of dropped libraries. */
struct versions {
	bool gone[0x8000];
};

/* Walk one library's versions; marks them as gone. 0 or -ENOEXEC. */
static int mark_gone(const struct elf *f, struct versions *v,
		     const Elf64_Verneed *need)
{
	uint64_t offset = (uint64_t)((const char *)need - f->data) +
			  need->vn_aux;
	const Elf64_Vernaux *a;
	unsigned int i;

	for (i = 0; i < need->vn_cnt; i++, offset += a->vna_next) {
		a = at(f, offset, sizeof(*a), 4);
		if (!a)
			return -ENOEXEC;
		v->gone[a->vna_other & 0x7fff] = true;
	}
	return 0;
}

/* Look at every library of .gnu.version_r; with @change, leave dropped ones
 * out of the chain (the first one's place is taken by the first kept). */
static int walk_versions(struct elf *f, struct versions *v,
			 const char *const *drop, bool change)
{
	uint64_t address = dyn_value(f, DT_VERNEED), left, offset;
	Elf64_Dyn *count = find_dyn(f, DT_VERNEEDNUM);
	Elf64_Verneed *n, *first, *kept = NULL;

	n = first = address ? at_address(f, address, sizeof(*n), 4) : NULL;
	if (!n || !count)
		return address ? -ENOEXEC : 0;
	for (left = count->d_un.d_val; left; left--) {
		bool gone = is_dropped(f, n->vn_file, drop);
		uint32_t next = n->vn_next;

		if (gone && mark_gone(f, v, n) < 0)
			return -ENOEXEC;
		if (change && !gone) {
			if (kept)
				kept->vn_next = (uint32_t)((char *)n -
							   (char *)kept);
			else
				find_dyn(f, DT_VERNEED)->d_un.d_val +=
					(uint64_t)((char *)n - (char *)first);
			kept = n;
		}
		if (change && gone)
			count->d_un.d_val--;
		if (left == 1)
			break;
		offset = (uint64_t)((char *)n - f->data) + next;
		n = at(f, offset, sizeof(*n), 4);
		if (!n || !next)
			return -ENOEXEC;
	}
	if (change && kept)
		kept->vn_next = 0;
	return 0;
}

/* Entries of .dynsym: the hash table knows, or the first section after it. */
static uint64_t nr_symbols(const struct elf *f)
{
	uint64_t symtab = dyn_value(f, DT_SYMTAB);
	uint64_t strtab = dyn_value(f, DT_STRTAB);

	/* Linkers put .dynstr right behind .dynsym. */
	return symtab && strtab > symtab ?
		       (strtab - symtab) / sizeof(Elf64_Sym) : 0;
}

static int weaken(struct elf *f, const struct versions *v)
{
	uint64_t n = nr_symbols(f), i;
	Elf64_Sym *s = at_address(f, dyn_value(f, DT_SYMTAB), n * sizeof(*s),
				  8);
	uint16_t *version = at_address(f, dyn_value(f, DT_VERSYM),
				       n * sizeof(*version), 2);

	if (!n || !s || (dyn_value(f, DT_VERSYM) && !version))
		return -ENOEXEC;
	for (i = 1; i < n; i++) {
		if (s[i].st_shndx != SHN_UNDEF)
			continue;
		if (ELF64_ST_BIND(s[i].st_info) == STB_GLOBAL)
			s[i].st_info = ELF64_ST_INFO(
				STB_WEAK, ELF64_ST_TYPE(s[i].st_info));
		if (version && v->gone[version[i] & 0x7fff])
			version[i] = VER_NDX_GLOBAL;
	}
	return 0;
}

/* With BIND_NOW the linker has put what lazy binding writes to into the pages
 * that the loader makes read-only: it must leave them alone. */
static void drop_relro(struct elf *f)
{
	Elf64_Phdr *p = segment(f, PT_GNU_RELRO, 0);

	if (p)
		p->p_type = PT_NULL;
}

int guest_elf_slim(void *data, size_t n, const char *const *drop)
{
	struct versions *v = calloc(1, sizeof(*v));
	void *copy = malloc(n);
	struct elf f;
	int ret = v && copy ? 0 : -ENOMEM;

	if (!ret)
		memcpy(copy, data, n);
	ret = ret ?: open_elf(&f, data, n);
	ret = ret ?: walk_versions(&f, v, drop, false);
	ret = ret ?: weaken(&f, v);
	ret = ret ?: walk_versions(&f, v, drop, true);
	if (!ret) {
		drop_relro(&f);
		ret = drop_needed(&f, drop);
	} else if (copy) {
		memcpy(data, copy, n);
	}
	free(copy);
	free(v);
	return ret;
}
