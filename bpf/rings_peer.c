/* SPDX-License-Identifier: MIT */
/* Which end of a ring a process is: no eventfd tells, but its program does. */
#include "rings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "vm.h"

#define EMULATOR "qemu-system-"

/* Programs by how their names begin. */
static const struct {
	const char *program;
	const char *word; /* that follows in the command line, NULL: any */
	enum trace_role role;
} known[] = {
	{ "vioperf", "load", TRACE_DRIVER },
	{ "vioperf", "device", TRACE_DEVICE },
	{ EMULATOR, NULL, TRACE_DRIVER },
	{ "cloud-hypervisor", NULL, TRACE_DRIVER },
	{ "crosvm", NULL, TRACE_DRIVER },
	{ "firecracker", NULL, TRACE_DRIVER },
	{ "qemu-storage-daemon", NULL, TRACE_DEVICE },
	{ "virtiofsd", NULL, TRACE_DEVICE },
	{ "spdk", NULL, TRACE_DEVICE },
	{ "ovs-vswitchd", NULL, TRACE_DEVICE },
	{ "passt", NULL, TRACE_DEVICE },
	/* SPDK's example, QEMU's, rust-vmm's, the kernel's workers */
	{ "vhost", NULL, TRACE_DEVICE },
};

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* The program that @pid runs; a thread of the kernel's has but a name. */
static const char *program_of(pid_t pid, char *buf, size_t room)
{
	char path[64], *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, buf, room - 1);
	if (n < 0)
		return vm_name_of(pid, buf, room);
	buf[n] = 0;
	slash = strrchr(buf, '/');
	return slash ? slash + 1 : buf;
}

/* Is @word the first argument of @pid's? */
static bool is_first_word(pid_t pid, const char *word)
{
	char path[64], line[4096] = "";
	const char *first;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "re");
	if (f) {
		n = fread(line, 1, sizeof(line) - 1, f);
		fclose(f);
	}
	first = line + strlen(line) + 1;
	return first < line + n && !strcmp(first, word);
}

void rings_know_peer(struct rings_peer *p, pid_t pid)
{
	char buf[4096];
	const char *program = program_of(pid, buf, sizeof(buf));
	size_t i;

	p->known = false;
	for (i = 0; i < ARRAY_SIZE(known) && !p->known; i++) {
		p->known = begins(program, known[i].program) &&
			   (!known[i].word ||
			    is_first_word(pid, known[i].word));
		p->role = known[i].role;
	}
	vm_name_of(pid, p->name, sizeof(p->name));
}

bool rings_is_emulator(pid_t pid)
{
	char buf[4096];

	return begins(program_of(pid, buf, sizeof(buf)), EMULATOR);
}
