/* SPDX-License-Identifier: MIT */
/* The linker's build id of an ELF file: a note that the loader sees too. */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "program.h"

#define NOTES_MAX 4096

static size_t padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static void print_hex(char *id, size_t room, const unsigned char *bytes,
		      size_t n)
{
	size_t i;

	for (i = 0; i < n && 2 * i + 2 < room; i++)
		sprintf(id + 2 * i, "%02x", bytes[i]);
}

/* Everything in the file may be anything. */
static bool find_in_notes(char *id, size_t room, const unsigned char *notes,
			  size_t len)
{
	Elf64_Nhdr h;
	size_t at = 0, name, desc;

	while (at + sizeof(h) <= len) {
		memcpy(&h, notes + at, sizeof(h));
		name = at + sizeof(h);
		if (h.n_namesz > len || h.n_descsz > len)
			return false;
		desc = name + padded(h.n_namesz);
		at = desc + padded(h.n_descsz);
		if (at > len)
			return false;
		if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 &&
		    !memcmp(notes + name, "GNU", 4)) {
			print_hex(id, room, notes + desc, h.n_descsz);
			return true;
		}
	}
	return false;
}

static bool find_in_segment(char *id, size_t room, int fd,
			    const Elf64_Phdr *ph)
{
	unsigned char notes[NOTES_MAX];
	ssize_t n;

	if (ph->p_type != PT_NOTE)
		return false;
	n = pread(fd, notes, MIN(ph->p_filesz, sizeof(notes)),
		  (off_t)ph->p_offset);
	return n > 0 && find_in_notes(id, room, notes, (size_t)n);
}

void program_build_id(char *id, size_t room, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), i;
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	id[0] = 0;
	if (fd < 0)
		return;
	if (pread(fd, &eh, sizeof(eh), 0) == (ssize_t)sizeof(eh) &&
	    !memcmp(eh.e_ident, ELFMAG, SELFMAG) &&
	    eh.e_ident[EI_CLASS] == ELFCLASS64)
		for (i = 0; i < eh.e_phnum; i++)
			if (pread(fd, &ph, sizeof(ph), (off_t)eh.e_phoff +
				  (off_t)i * eh.e_phentsize) !=
				    (ssize_t)sizeof(ph) ||
			    find_in_segment(id, room, fd, &ph))
				break;
	close(fd);
}
