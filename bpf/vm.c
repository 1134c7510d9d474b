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

#include "lib/record.h"
#include "lib/util.h"
#include "rings.h"
#include "vm.skel.h"
#include "bpf/kernel/vm_types.h"

struct vm {
	pid_t pid;
	struct vm_bpf *skel;
	struct bpf_link *link;
};

/* Call @fn for each file of @pid that is of a VM, until it returns non-zero.
 * Returns how many there were, or what it returned. */
static int each_file(pid_t pid, int (*fn)(void *arg, int fd, bool is_vcpu),
		     void *arg, struct err *e)
{
	char path[64], link[64];
	struct dirent *d;
	int n = 0, ret = 0;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return err_set(e, errno == ENOENT ? -ESRCH : -errno,
			       "process %d: %s", (int)pid,
			       errno == ENOENT ? "there is none" :
						 strerror(errno));
	while (!ret && (d = readdir(dir))) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		len = readlinkat(dirfd(dir), d->d_name, link, sizeof(link) - 1);
		link[MAX(len, (ssize_t)0)] = 0;
		if (strncmp(link, "anon_inode:kvm-vm", 17) &&
		    strncmp(link, "anon_inode:kvm-vcpu:", 20))
			continue;
		n++;
		if (fn)
			ret = fn(arg, atoi(d->d_name), link[16] == 'c');
	}
	closedir(dir);
	return ret ?: n;
}

/* Anyone may call a process anything: what is no plain text is shown as '?'. */
const char *vm_name_of(pid_t pid, char *buf, size_t room)
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
	return record_plain(buf);
}

static json_t *process_json(pid_t pid)
{
	char name[64];

	return json_pack("{si ss}", "pid", (int)pid, "name",
			 vm_name_of(pid, name, sizeof(name)));
}

/* A VM that is being read. */
struct reading {
	pid_t pid;
	json_t *vm;
	struct rings_holders held;
	bool vcpus_only;
};

static json_t *holders(const struct reading *r, int id)
{
	pid_t pid[TRACE_MAX_PROCS];
	json_t *list = json_array();
	unsigned int i, n = rings_holders_of(&r->held, (uint64_t)id, r->pid,
					     pid, TRACE_MAX_PROCS);

	for (i = 0; i < n; i++)
		json_array_append_new(list, process_json(pid[i]));
	return list;
}

static void add_doorbell(struct reading *r, const struct vm_line *l)
{
	static const char *const buses[] = { "mmio", "pio", "ccw" };
	json_t *j;

	j = json_pack("{si ss sI si so so}", "eventfd", l->eventfd, "bus",
		      buses[MIN(l->bus, 2u)], "address", (json_int_t)l->addr,
		      "length", (int)l->length, "datamatch",
		      l->wildcard ? json_null() :
				    json_integer((json_int_t)l->datamatch),
		      "holders", holders(r, l->eventfd));
	json_array_append_new(json_object_get(r->vm, "doorbells"), j);
}

static void add_interrupt(struct reading *r, const struct vm_line *l)
{
	json_t *j = json_pack("{si si so so}", "eventfd", l->eventfd, "gsi",
			      (int)l->gsi, "vector",
			      l->is_msi ? json_integer(l->msi_data & 0xff) :
					  json_null(),
			      "holders", holders(r, l->eventfd));

	json_array_append_new(json_object_get(r->vm, "interrupts"), j);
}

static json_t *vcpu_json(const struct vm_line *l)
{
#define NAME(name) #name,
	static const char *const names[] = { VM_STATS(NAME)
						     VM_GENERIC_STATS(NAME) };
#undef NAME
	json_t *stat = json_object();
	unsigned int i;

	for (i = 0; i < VM_STAT_COUNT; i++)
		if (l->stat[i] != VM_STAT_UNKNOWN)
			json_object_set_new(stat, names[i],
					    json_integer((json_int_t)
								 l->stat[i]));
	return json_pack("{si si so}", "vcpu", (int)l->vcpu, "tid",
			 (int)l->tid, "stat", stat);
}

static void add_line(struct reading *r, const struct vm_line *l)
{
	if (l->kind == VM_VCPU)
		json_array_append_new(json_object_get(r->vm, "vcpus"),
				      vcpu_json(l));
	else if (r->vcpus_only)
		return;
	else if (l->kind == VM_IOEVENTFD)
		add_doorbell(r, l);
	else
		add_interrupt(r, l);
}

/* Read whole lines; the kernel gives at most a page or so at a time. */
static int read_lines(int fd, struct reading *r)
{
	size_t at = 0, want = sizeof(__u32);
	struct vm_line l = { 0 };
	ssize_t n;

	while ((n = read(fd, (char *)&l + at, want - at)) > 0) {
		at += (size_t)n;
		if (at == sizeof(l.kind))
			want = VM_LINE_BYTES(l.kind);
		if (at < want)
			continue;
		add_line(r, &l);
		l = (struct vm_line){ 0 };
		at = 0;
		want = sizeof(l.kind);
	}
	return n < 0 ? -errno : 0;
}

static int add_file(void *arg, int fd, bool is_vcpu)
{
	struct vm *v = arg;
	__u32 key = (__u32)fd, value = is_vcpu;

	return bpf_map_update_elem(bpf_map__fd(v->skel->maps.files), &key,
				   &value, BPF_ANY);
}

static int attach(struct vm *v)
{
	union bpf_iter_link_info info = { .task.pid = (__u32)v->pid };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info,
		    .link_info_len = sizeof(info));
	const struct bpf_program *prog = v->skel->progs.vm_files;

	v->link = bpf_program__attach_iter(prog, &opts);
	if (!v->link) /* before 6.1 it goes over all processes */
		v->link = bpf_program__attach_iter(prog, NULL);
	return v->link ? 0 : -errno;
}

static int load(struct vm *v)
{
	v->skel = vm_bpf__open();
	if (!v->skel)
		return -errno;
	v->skel->rodata->target_tgid = (__u32)v->pid;
	return vm_bpf__load(v->skel) ?: attach(v);
}

bool vm_is_one(pid_t pid)
{
	struct err e;

	return each_file(pid, NULL, NULL, &e) > 0;
}

/* There is none to be seen; what can be seen of @pid instead? */
static void set_no_vm(pid_t pid, struct err *e)
{
	struct rings *r = calloc(1, sizeof(*r));
	char name[64];
	struct err why;
	bool shares = r && !rings_from_pids(r, &pid, 1, &why);

	err_set(e, -ENODEV, "process %d (%s) runs no virtual machine under KVM, "
		"and only those can be listed%s; %s", (int)pid,
		vm_name_of(pid, name, sizeof(name)), rings_is_emulator(pid) ?
		": QEMU emulates one where it is not told -accel kvm" : "",
		shares ? "its eventfds, which it shares with another process, "
			 "are shown by: vioperf trace --pid" :
			 "it shares no eventfd with another process either");
	if (shares)
		snprintf(e->text + strlen(e->text),
			 sizeof(e->text) - strlen(e->text), " %d", (int)pid);
	free(r);
}

struct vm *vm_open(pid_t pid, struct err *e)
{
	struct vm *v = calloc(1, sizeof(*v));
	int ret = each_file(pid, NULL, NULL, e);

	libbpf_set_print(NULL); /* what fails is said here, in other words */

	if (v && ret > 0) {
		v->pid = pid;
		ret = load(v);
		ret = ret ?: each_file(pid, add_file, v, e);
		if (ret > 0)
			return v;
		err_set(e, ret, ret == -ESRCH ? "process %d has ended" :
			"process %d: this kernel does not show its virtual "
			"machine: %s", (int)pid, strerror(-ret));
	} else if (!ret) {
		set_no_vm(pid, e);
	}
	vm_close(v);
	return NULL;
}

void vm_close(struct vm *v)
{
	if (!v)
		return;
	bpf_link__destroy(v->link);
	vm_bpf__destroy(v->skel);
	free(v);
}

static int by_number(const void *a, const void *b)
{
	return (int)record_num(*(json_t *const *)a, "vcpu", 0) -
	       (int)record_num(*(json_t *const *)b, "vcpu", 0);
}

/* Files come in the order of descriptors. */
static void sort_vcpus(json_t *vm)
{
	json_t *list = json_object_get(vm, "vcpus"), **v;
	size_t i, n = json_array_size(list);

	v = calloc(n + 1, sizeof(*v));
	for (i = 0; v && i < n; i++)
		v[i] = json_incref(json_array_get(list, i));
	if (v) {
		qsort(v, n, sizeof(*v), by_number);
		json_array_clear(list);
	}
	for (i = 0; v && i < n; i++)
		json_array_append_new(list, v[i]);
	free(v);
}

static json_t *read_vm(struct vm *v, bool vcpus_only, struct err *e)
{
	struct reading r = { .pid = v->pid, .vcpus_only = vcpus_only };
	int fd = -1, ret = vcpus_only ? 0 : rings_scan_holders(&r.held);
	char name[64];

	r.vm = json_pack("{si ss s[] s[] s[]}", "pid", (int)v->pid, "name",
			 vm_name_of(v->pid, name, sizeof(name)), "vcpus",
			 "doorbells", "interrupts");
	if (!ret)
		fd = bpf_iter_create(bpf_link__fd(v->link));
	if (!ret)
		ret = fd < 0 ? fd : read_lines(fd, &r);
	if (fd >= 0)
		close(fd);
	rings_free_holders(&r.held);
	if (!ret && r.vm) {
		sort_vcpus(r.vm);
		return r.vm;
	}
	err_set(e, ret ? ret : -ENOMEM, "process %d: cannot read its virtual "
		"machine: %s", (int)v->pid, strerror(ret ? -ret : ENOMEM));
	json_decref(r.vm);
	return NULL;
}

json_t *vm_read_vcpus(struct vm *v, struct err *e)
{
	return read_vm(v, true, e);
}

json_t *vm_describe(pid_t pid, struct err *e)
{
	struct vm *v = rings_check_process(pid, e) ? NULL : vm_open(pid, e);
	json_t *vm = v ? read_vm(v, false, e) : NULL;

	vm_close(v);
	return vm;
}
