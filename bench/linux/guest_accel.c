/* SPDX-License-Identifier: MIT */
/*
 * Does KVM run a stock kernel here? /dev/kvm alone does not tell: under
 * nested or pagetable-based KVM a guest may hang once in long mode. So one is
 * booted, once; the answer is kept in the cache until the host's kernel, the
 * guest's or QEMU changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/output.h"
#include "guest.h"
#include "guest_cache.h"

#define PROBE_NS 10000000000ull

static int cache_path(const struct guest *g, char *path, size_t room,
		      struct err *e)
{
	char dir[PATH_MAX];
	struct utsname u;
	struct stat st = { 0 };
	int ret = guest_cache_dir(dir, sizeof(dir), e);

	uname(&u);
	stat("/usr/bin/qemu-system-x86_64", &st);
	if (!ret)
		snprintf(path, room, "%s/kvm-%s-%s-%llx", dir, u.release,
			 g->kernel.release, (unsigned long long)st.st_mtime);
	return ret;
}

static bool cached(struct guest *g, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[256] = "";

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = 0;
	fclose(f);
	g->kvm = !strcmp(line, "yes");
	if (!g->kvm)
		snprintf(g->why_not_kvm, sizeof(g->why_not_kvm), "%s", line);
	return *line;
}

/* Where it cannot be kept it is asked again next time. */
static void keep(const struct guest *g, const char *path)
{
	struct output o;

	if (output_open(&o, path, NULL) < 0)
		return;
	fputs(g->kvm ? "yes" : g->why_not_kvm, o.file);
	output_close(&o, 0, NULL);
}

/* Boot one guest under KVM. -EINTR when the user stopped it: no answer. */
static int probe(struct guest *g, struct err *e)
{
	struct guest_config c = *g->config;
	struct guest_vm vm = { .config = &c,
			       .kernel = &g->kernel,
			       .initrd = g->initrd,
			       .kvm = true,
			       .stop = &g->stop,
			       .channel.fd = -1,
			       .qmp.fd = -1 };
	struct err why;
	int ret;

	c.nr_qemu_args = 0;
	c.vcpus = 1;
	c.boot_timeout_ns = PROBE_NS;
	ret = guest_scratch(NULL, "console", vm.console, sizeof(vm.console),
			    e);
	ret = ret ?: guest_scratch(NULL, "log", vm.log, sizeof(vm.log), e);
	if (ret < 0)
		return ret;
	ret = guest_vm_start(&vm, &why);
	guest_vm_stop(&vm);
	process_close(&vm.qemu);
	if (ret == -EINTR)
		return err_set(e, ret, "stopped");
	g->kvm = !ret;
	why.text[strcspn(why.text, ";\n")] = 0;
	if (ret)
		snprintf(g->why_not_kvm, sizeof(g->why_not_kvm),
			 "a stock kernel does not run under KVM here: %.180s",
			 why.text);
	return 0;
}

static int find_out(struct guest *g, struct err *e)
{
	char path[PATH_MAX];
	int ret;

	if (access("/dev/kvm", R_OK | W_OK)) {
		snprintf(g->why_not_kvm, sizeof(g->why_not_kvm),
			 "/dev/kvm: %s", strerror(errno));
		return 0;
	}
	ret = cache_path(g, path, sizeof(path), e);
	if (ret < 0 || cached(g, path))
		return ret;
	fprintf(stderr, "trying whether KVM boots a guest here (once)\n");
	ret = probe(g, e);
	if (!ret)
		keep(g, path);
	return ret;
}

int guest_accel_choose(struct guest *g, struct err *e)
{
	const char *asked = g->config->accelerator;
	int ret;

	if (!strcmp(asked, "tcg"))
		return 0;
	ret = find_out(g, e);
	if (!ret && !strcmp(asked, "kvm") && !g->kvm)
		return err_set(e, -ENOTSUP, "%s", g->why_not_kvm);
	return ret;
}
