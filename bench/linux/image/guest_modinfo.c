/* SPDX-License-Identifier: MIT */
#include "guest_modinfo.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Read @n bytes at @at into fresh memory, with a NUL behind; NULL if the
 * file ends before or @n is beyond any sense. */
static void *read_at(FILE *f, long at, size_t n)
{
	char *p = n && n < (64u << 20) ? malloc(n + 1) : NULL;

	if (p && (fseek(f, at, SEEK_SET) || fread(p, 1, n, f) != n)) {
		free(p);
		p = NULL;
	}
	if (p)
		p[n] = 0;
	return p;
}

/* Up to a "post:"; a module may have several such lines. */
static void add_softdep(struct guest_modinfo *info, const char *words)
{
	size_t at = strlen(info->softdep_pre);

	snprintf(info->softdep_pre + at, sizeof(info->softdep_pre) - at,
		 "%s%.*s", at ? " " : "", (int)strcspn(words, ":"), words);
}

/* "key=value" strings, each ended by one or more NULs. */
static void take(struct guest_modinfo *info, const char *p, size_t n)
{
	const char *end = p + n;

	for (; p < end; p += strlen(p) + 1) {
		if (!strncmp(p, "depends=", 8))
			snprintf(info->depends, sizeof(info->depends), "%s",
				 p + 8);
		else if (!strncmp(p, "softdep=pre: ", 13))
			add_softdep(info, p + 13);
	}
}

static int find(struct guest_modinfo *info, FILE *f)
{
	Elf64_Ehdr *h = read_at(f, 0, sizeof(*h));
	Elf64_Shdr *s = NULL;
	char *names = NULL, *text = NULL;
	unsigned int i;
	int ret = -ENOEXEC;

	if (!h || memcmp(h->e_ident, ELFMAG "\2", 5) ||
	    h->e_shentsize != sizeof(*s) || h->e_shstrndx >= h->e_shnum)
		goto out;
	s = read_at(f, (long)h->e_shoff, h->e_shnum * sizeof(*s));
	if (!s)
		goto out;
	names = read_at(f, (long)s[h->e_shstrndx].sh_offset,
			s[h->e_shstrndx].sh_size);
	for (i = 0; names && i < h->e_shnum; i++)
		if (s[i].sh_name < s[h->e_shstrndx].sh_size &&
		    !strcmp(names + s[i].sh_name, ".modinfo"))
			break;
	if (!names || i == h->e_shnum)
		goto out;
	text = read_at(f, (long)s[i].sh_offset, s[i].sh_size);
	if (!text)
		goto out;
	take(info, text, s[i].sh_size);
	ret = 0;
out:
	free(text);
	free(names);
	free(s);
	free(h);
	return ret;
}

int guest_modinfo_read(struct guest_modinfo *info, const char *path,
		       struct err *e)
{
	FILE *f = fopen(path, "re");
	int ret;

	memset(info, 0, sizeof(*info));
	if (!f)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	ret = find(info, f);
	fclose(f);
	return ret < 0 ? err_set(e, ret, "%s: not a kernel module", path) : 0;
}
