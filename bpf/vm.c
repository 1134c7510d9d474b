/* SPDX-License-Identifier: MIT */
#include "vm.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../lib/record.h"
#include "../lib/util.h"
#include "rings.h"
#include "vm.skel.h"
#include "vm_types.h"

#define MAX_VCPUS 512

/* The files of a VM that a process holds. */
struct vm_files {
	int vm; /* -1: none */
	int vcpu[MAX_VCPUS];
	unsigned int nr_vcpus;
};

static int find_files(pid_t pid, struct vm_files *f, struct err *e)
{
	char path[64], link[64];
	struct dirent *d;
	ssize_t n;
	DIR *dir;

	*f = (struct vm_files){ .vm = -1 };
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return err_set(e, errno == ENOENT ? -ESRCH : -errno,
			       "process %d: %s", (int)pid,
			       errno == ENOENT ? "there is none" :
						 strerror(errno));
	while ((d = readdir(dir))) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		n = readlinkat(dirfd(dir), d->d_name, link, sizeof(link) - 1);
		link[MAX(n, (ssize_t)0)] = 0;
		if (!strcmp(link, "anon_inode:kvm-vm"))
			f->vm = atoi(d->d_name);
		else if (!strncmp(link, "anon_inode:kvm-vcpu:", 20) &&
			 f->nr_vcpus < MAX_VCPUS)
			f->vcpu[f->nr_vcpus++] = atoi(d->d_name);
	}
	closedir(dir);
	return f->vm < 0 ? err_set(e, -ENODEV, "process %d runs no virtual "
				   "machine under KVM", (int)pid) : 0;
}

static const char *name_of(pid_t pid, char *buf, size_t room)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (!f || !fgets(buf, (int)room, f))
		snprintf(buf, room, "?");
	if (f)
		fclose(f);
	buf[strcspn(buf, "\n")] = 0;
	return buf;
}

static json_t *process_json(pid_t pid)
{
	char name[64];

	return json_pack("{si ss}", "pid", (int)pid, "name",
			 name_of(pid, name, sizeof(name)));
}

static json_t *holders(int id, pid_t except)
{
	pid_t pid[TRACE_MAX_PROCS];
	json_t *list = json_array();
	int i, n = rings_find_holders((uint64_t)id, except, pid,
				      TRACE_MAX_PROCS);

	for (i = 0; i < n; i++)
		json_array_append_new(list, process_json(pid[i]));
	return list;
}

static void add_doorbell(json_t *vm, const struct vm_line *l, pid_t pid)
{
	static const char *const buses[] = { "mmio", "pio", "ccw",
					     "fast mmio" };
	json_t *j;

	if (l->bus == 3)
		return; /* the same doorbell once more, for the fast path */
	j = json_pack("{si ss sI si so so}", "eventfd", l->eventfd, "bus",
		      buses[MIN(l->bus, 3u)], "address", (json_int_t)l->addr,
		      "length", (int)l->length, "datamatch",
		      l->wildcard ? json_null() :
				    json_integer((json_int_t)l->datamatch),
		      "holders", holders(l->eventfd, pid));
	json_array_append_new(json_object_get(vm, "doorbells"), j);
}

static void add_interrupt(json_t *vm, const struct vm_line *l, pid_t pid)
{
	json_t *j = json_pack("{si si so so}", "eventfd", l->eventfd, "gsi",
			      (int)l->gsi, "vector",
			      l->is_msi ? json_integer(l->msi_data & 0xff) :
					  json_null(),
			      "holders", holders(l->eventfd, pid));

	json_array_append_new(json_object_get(vm, "interrupts"), j);
}

static void add_line(json_t *vm, const struct vm_line *l, pid_t pid)
{
	if (l->kind == VM_IOEVENTFD)
		add_doorbell(vm, l, pid);
	else if (l->kind == VM_IRQFD)
		add_interrupt(vm, l, pid);
	else
		json_array_append_new(json_object_get(vm, "vcpus"),
				      json_pack("{si si}", "vcpu", (int)l->vcpu,
						"tid", (int)l->tid));
}

/* Read whole lines; the kernel gives at most a page or so at a time. */
static int read_lines(int fd, json_t *vm, pid_t pid)
{
	struct vm_line l;
	size_t at = 0;
	ssize_t n;

	while ((n = read(fd, (char *)&l + at, sizeof(l) - at)) > 0) {
		at += (size_t)n;
		if (at < sizeof(l))
			continue;
		add_line(vm, &l, pid);
		at = 0;
	}
	return n < 0 ? -errno : 0;
}

static int iterate(struct vm_bpf *skel, json_t *vm, pid_t pid)
{
	union bpf_iter_link_info info = { .task.pid = (__u32)pid };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info,
		    .link_info_len = sizeof(info));
	struct bpf_link *link;
	int fd, ret;

	link = bpf_program__attach_iter(skel->progs.vm_files, &opts);
	if (!link) /* before 6.1 it goes over all processes */
		link = bpf_program__attach_iter(skel->progs.vm_files, NULL);
	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	ret = fd < 0 ? fd : read_lines(fd, vm, pid);
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return ret;
}

/* Follow one file; the programs are small, so each gets its own load. */
static int follow(json_t *vm, pid_t pid, int fd, bool vcpu, struct err *e)
{
	struct vm_bpf *skel = vm_bpf__open();
	int ret = skel ? 0 : -errno;

	if (!ret) {
		skel->rodata->target_tgid = (__u32)pid;
		skel->rodata->target_fd = (__u32)fd;
		skel->rodata->target_is_vcpu = vcpu;
		ret = vm_bpf__load(skel);
	}
	ret = ret ?: iterate(skel, vm, pid);
	vm_bpf__destroy(skel);
	return ret < 0 ? err_set(e, ret, "process %d: this kernel does not show "
				 "its virtual machine: %s", (int)pid,
				 strerror(-ret)) : 0;
}

bool vm_is_one(pid_t pid)
{
	struct vm_files f;

	return !find_files(pid, &f, NULL);
}

json_t *vm_describe(pid_t pid, struct err *e)
{
	struct vm_files f;
	unsigned int i;
	char name[64];
	json_t *vm;
	int ret = find_files(pid, &f, e);

	if (ret < 0)
		return NULL;
	vm = json_pack("{si ss s[] s[] s[]}", "pid", (int)pid, "name",
		       name_of(pid, name, sizeof(name)), "vcpus", "doorbells",
		       "interrupts");
	for (i = 0; !ret && i < f.nr_vcpus; i++)
		ret = follow(vm, pid, f.vcpu[i], true, e);
	ret = ret ?: follow(vm, pid, f.vm, false, e);
	if (!ret)
		return vm;
	json_decref(vm);
	return NULL;
}

static void print_holders(const json_t *j)
{
	const json_t *h;
	size_t i;

	json_array_foreach(json_object_get(j, "holders"), i, h)
		printf("%s %s[%.0f]", i ? "," : " ", record_str(h, "name", "?"),
		       record_num(h, "pid", 0));
	putchar('\n');
}

void vm_print(const json_t *vm)
{
	const json_t *j;
	size_t i;

	printf("%s[%.0f]\n", record_str(vm, "name", "?"),
	       record_num(vm, "pid", 0));
	json_array_foreach(json_object_get(vm, "vcpus"), i, j)
		printf("  vCPU %-3.0f thread %.0f\n", record_num(j, "vcpu", 0),
		       record_num(j, "tid", 0));
	json_array_foreach(json_object_get(vm, "doorbells"), i, j) {
		printf("  kick  eventfd %-6.0f %s 0x%llx",
		       record_num(j, "eventfd", 0), record_str(j, "bus", "?"),
		       (unsigned long long)record_num(j, "address", 0));
		if (!json_is_null(json_object_get(j, "datamatch")))
			printf(" value %.0f", record_num(j, "datamatch", 0));
		print_holders(j);
	}
	json_array_foreach(json_object_get(vm, "interrupts"), i, j) {
		printf("  call  eventfd %-6.0f gsi %.0f",
		       record_num(j, "eventfd", 0), record_num(j, "gsi", 0));
		if (!json_is_null(json_object_get(j, "vector")))
			printf(" vector 0x%x",
			       (unsigned int)record_num(j, "vector", 0));
		print_holders(j);
	}
}
