/* SPDX-License-Identifier: MIT */
#include "guest_vm.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/record.h"
#include "lib/util.h"
#include "guest_console.h"
#include "guest_msg.h"

#define SECOND	   1000000000ull
#define MODULE_NS  (30 * SECOND)
#define GOODBYE_NS (5 * SECOND)
#define MAX_WORDS  120 /* of a command */

/* Only what makes booting shorter and changes nothing that is measured. */
#define CMDLINE                                                                \
	"console=ttyS0 quiet panic=-1 nokaslr tsc=reliable no_timer_check "    \
	"cryptomgr.notests 8250.nr_uarts=1 audit=0 apparmor=0 "                \
	"random.trust_cpu=on nowatchdog"
#define CMDLINE_TCG " lpj=4000000"

static void arg(struct guest_vm *vm, const char *option, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void arg(struct guest_vm *vm, const char *option, const char *fmt, ...)
{
	va_list ap;

	process_arg(&vm->qemu, "%s", option);
	va_start(ap, fmt);
	process_argv(&vm->qemu, "", fmt, ap);
	va_end(ap);
}

static void machine_args(struct guest_vm *vm)
{
	const struct guest_config *c = vm->config;

	process_arg(&vm->qemu, "qemu-system-x86_64");
	arg(vm, "-name", "vioperf-%u,debug-threads=on", vm->number);
	process_arg(&vm->qemu, "-no-user-config");
	process_arg(&vm->qemu, "-nodefaults");
	process_arg(&vm->qemu, "-no-reboot");
	arg(vm, "-display", "none");
	arg(vm, "-machine", "q35,accel=%s,memory-backend=mem,vmport=off",
	    vm->kvm ? "kvm" : "tcg");
	arg(vm, "-cpu", "%s", vm->kvm ? "host" : "max");
	arg(vm, "-smp", "%u", c->vcpus);
	arg(vm, "-m", "%lluM", (unsigned long long)(c->memory_bytes >> 20));
	/* vhost-user needs memory that can be shared; all cells get the same */
	arg(vm, "-object", "memory-backend-memfd,id=mem,size=%lluM,share=on",
	    (unsigned long long)(c->memory_bytes >> 20));
}

static void boot_args(struct guest_vm *vm)
{
	const struct guest_config *c = vm->config;

	snprintf(vm->cmdline, sizeof(vm->cmdline), "%s%s%s%s", CMDLINE,
		 vm->kvm ? "" : CMDLINE_TCG, c->append ? " " : "",
		 c->append ? c->append : "");
	if (vm->kernel->pvh)
		arg(vm, "-bios", "qboot.rom");
	arg(vm, "-kernel", "%s", vm->kernel->boot);
	arg(vm, "-initrd", "%s", vm->initrd);
	arg(vm, "-append", "%s", vm->cmdline);
	arg(vm, "-serial", "file:%s", vm->console);
}

static int socket_args(struct guest_vm *vm, int *channel, int *monitor,
		       struct err *e)
{
	int ctl = process_pass_socket(&vm->qemu, channel);
	int mon = process_pass_socket(&vm->qemu, monitor);

	if (ctl < 0 || mon < 0)
		return err_set(e, -EMFILE, "cannot make sockets for QEMU");
	arg(vm, "-device", "virtio-serial-pci");
	arg(vm, "-chardev", "socket,id=ctl,fd=%d", ctl);
	arg(vm, "-device", "virtserialport,chardev=ctl,name=" GUEST_PORT_NAME);
	arg(vm, "-chardev", "socket,id=mon,fd=%d", mon);
	arg(vm, "-mon", "chardev=mon,mode=control");
	return 0;
}

static void image_args(struct guest_vm *vm)
{
	if (!vm->config->image)
		return;
	process_arg(&vm->qemu, "-drive");
	process_arg_listed(&vm->qemu, "file.driver=file,file.filename=",
			   vm->config->image,
			   ",if=none,id=image,snapshot=on");
	arg(vm, "-device", "virtio-blk-pci,drive=image,serial=vioperf-image");
}

static void device_args(struct guest_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->config->nr_qemu_args; i++)
		process_arg(&vm->qemu, "%s", vm->config->qemu_arg[i]);
	for (i = 0; vm->extra && vm->extra[i]; i++)
		process_arg(&vm->qemu, "%s", vm->extra[i]);
}

/* The guest is lost: say why, and what its console and QEMU said last. */
static int lost(struct guest_vm *vm, int ret, const char *how, struct err *e)
{
	char tail[900];

	vm->lost = true;
	guest_console_tail(vm->console, vm->log, tail, sizeof(tail));
	return err_set(e, ret, "%s%s%s", how, *tail ? "; last lines:\n" : "",
		       tail);
}

static int qemu_gone(struct guest_vm *vm, struct err *e)
{
	char how[240];

	process_wait(&vm->qemu, SECOND);
	qmp_events(&vm->qmp);
	if (vm->qmp.guest_panicked ||
	    guest_console_has(vm->console, "Kernel panic"))
		return lost(vm, -EPIPE, "the guest panicked", e);
	if (process_ended(&vm->qemu) && vm->qmp.shutdown[0])
		snprintf(how, sizeof(how), "the guest shut down in the middle "
			 "of it (%s)", vm->qmp.shutdown);
	else if (process_ended(&vm->qemu))
		snprintf(how, sizeof(how), "QEMU ended, %s",
			 process_how(&vm->qemu));
	else
		snprintf(how, sizeof(how), "the guest closed its port");
	return lost(vm, -EPIPE, how, e);
}

static int silent(struct guest_vm *vm, struct err *e)
{
	char how[160];

	snprintf(how, sizeof(how), "the guest hangs: not heard of for %.0f s",
		 (double)(clock_now_ns() - vm->channel.beat_ns) * 1e-9);
	return lost(vm, -EPIPE, how, e);
}

/* Wait up to 100 ms for news, take them, see whether the guest lives. */
static int step(struct guest_vm *vm, struct err *e)
{
	struct pollfd p[] = { { .fd = vm->channel.fd, .events = POLLIN },
			      { .fd = vm->qmp.fd, .events = POLLIN },
			      { .fd = vm->qemu.pidfd, .events = POLLIN } };
	int ret;

	poll(p, ARRAY_SIZE(p), 100);
	if (*vm->stop)
		return err_set(e, -EINTR, "stopped");
	ret = guest_channel_read(&vm->channel, e);
	if (ret == -EPROTO)
		return ret;
	if (ret < 0 || process_ended(&vm->qemu))
		return qemu_gone(vm, e);
	if (p[1].revents && qmp_events(&vm->qmp) < 0)
		return qemu_gone(vm, e);
	if (vm->qmp.guest_panicked || vm->qmp.shutdown[0])
		return qemu_gone(vm, e);
	if (vm->channel.hello[0] && clock_now_ns() - vm->channel.beat_ns >
					    vm->config->hang_timeout_ns)
		return silent(vm, e);
	return 0;
}

static int wait_hello(struct guest_vm *vm, struct err *e)
{
	uint64_t until = vm->started_ns + vm->config->boot_timeout_ns;
	char how[160];
	int ret;

	while (!vm->channel.hello[0]) {
		ret = step(vm, e);
		if (ret < 0)
			return ret;
		if (clock_now_ns() < until)
			continue;
		snprintf(how, sizeof(how), "the guest has not booted after "
			 "%.0f s", (double)vm->config->boot_timeout_ns * 1e-9);
		return lost(vm, -ETIMEDOUT, how, e);
	}
	vm->hello_ns = clock_now_ns();
	return 0;
}

/* The monitor's first words come as soon as QEMU runs; when it ends before,
 * its own message is worth more than ours. */
static int open_monitor(struct guest_vm *vm, int fd, struct err *e)
{
	int ret = qmp_open(&vm->qmp, fd, e);

	return ret < 0 ? qemu_gone(vm, e) : 0;
}

static void find_version(struct guest_vm *vm)
{
	json_t *j = qmp_command(&vm->qmp, "query-version", NULL, NULL);
	const json_t *q = json_object_get(j, "qemu");

	snprintf(vm->qemu_version, sizeof(vm->qemu_version),
		 "%.0f.%.0f.%.0f %s", record_num(q, "major", 0),
		 record_num(q, "minor", 0), record_num(q, "micro", 0),
		 record_str(j, "package", ""));
	json_decref(j);
}

static void find_vcpus(struct guest_vm *vm)
{
	json_t *list = qmp_command(&vm->qmp, "query-cpus-fast", NULL, NULL);
	json_t *j;
	size_t i;

	json_array_foreach(list, i, j)
		if (vm->nr_vcpus < GUEST_MAX_VCPUS)
			vm->vcpu[vm->nr_vcpus++] = (pid_t)json_integer_value(
				json_object_get(j, "thread-id"));
	json_decref(list);
}

int guest_vm_start(struct guest_vm *vm, struct err *e)
{
	int channel = -1, monitor = -1, ret;

	machine_args(vm);
	boot_args(vm);
	ret = socket_args(vm, &channel, &monitor, e);
	if (ret < 0)
		return ret;
	device_args(vm);
	image_args(vm); /* behind it: the names of disks follow the slots */
	if (vm->qemu.nr_args == PROCESS_MAX_ARGS)
		return err_set(e, -E2BIG, "too many arguments for QEMU");
	vm->started_ns = clock_now_ns();
	guest_channel_open(&vm->channel, channel);
	ret = process_start(&vm->qemu, vm->config->cpus, vm->log, false, e);
	if (ret < 0) {
		close(monitor);
		return ret;
	}
	ret = open_monitor(vm, monitor, e);
	if (ret < 0)
		return ret;
	find_version(vm);
	find_vcpus(vm);
	guest_vm_pin(vm);
	return wait_hello(vm, e);
}

int guest_vm_wait(struct guest_vm *vm, struct guest_job *j, uint64_t ns,
		  struct err *e)
{
	uint64_t until = clock_now_ns() + ns;
	int ret;

	while (!j->done) {
		ret = step(vm, e);
		if (ret < 0)
			return ret;
		if (clock_now_ns() > until)
			return err_set(e, -ETIMEDOUT, "no answer from the "
				       "guest after %.0f s", (double)ns * 1e-9);
	}
	return 0;
}

static int load_module(struct guest_vm *vm, const char *path, struct err *e)
{
	const char *name = strrchr(path, '/') + 1;
	struct guest_job j;
	int ret;

	ret = guest_channel_module(&vm->channel, &j, path, e);
	ret = ret ?: guest_vm_wait(vm, &j, MODULE_NS, e);
	if (ret == -ETIMEDOUT)
		ret = lost(vm, ret, "loading it has not ended after 30 s", e);
	if (!ret && j.status)
		ret = err_set(e, -EIO, "%s", strerror(abs(j.status)));
	guest_channel_drop(&vm->channel, &j);
	return ret < 0 ? err_prefix(e, ret, "module %s", name) : 0;
}

int guest_vm_modules(struct guest_vm *vm, const struct guest_module_list *list,
		     struct err *e)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < list->nr; i++)
		ret = load_module(vm, list->path[i], e);
	return ret;
}

int guest_vm_run(struct guest_vm *vm, struct guest_job *j, char *const *argv,
		 uint64_t ns, struct err *e)
{
	/* The guest's own limit comes first, so that it can say so. */
	int ret = guest_channel_run(&vm->channel, j, argv,
				    (uint32_t)(ns / 1000000), e);

	ret = ret ?: guest_vm_wait(vm, j, ns + 10 * SECOND, e);
	if (ret < 0)
		return ret;
	if (j->status == -ETIMEDOUT)
		return err_set(e, -ETIMEDOUT, "%s in the guest has not ended "
			       "after %.0f s", argv[0], (double)ns * 1e-9);
	if (j->signal)
		return err_set(e, -EIO, "%s in the guest: %s", argv[0],
			       strsignal(j->signal));
	if (j->status < 0)
		return err_set(e, j->status, "%s in the guest: %s", argv[0],
			       strerror(-j->status));
	return j->status;
}

/* The last line that is not empty. */
static const char *last_line(char *text)
{
	size_t n = text ? strlen(text) : 0;
	char *p;

	while (n && text[n - 1] == '\n')
		text[--n] = 0;
	p = n ? strrchr(text, '\n') : NULL;
	return p ? p + 1 : n ? text : "it says nothing";
}

int guest_vm_run_load(struct guest_vm *vm, struct guest_job *j,
		      char *const *argv, uint64_t ns, struct err *e)
{
	char *words[MAX_WORDS + 3] = { "chroot", "/mnt" };
	unsigned int n = 2;

	if (!vm->config->image)
		return guest_vm_run(vm, j, argv, ns, e);
	while (*argv && n < MAX_WORDS)
		words[n++] = *argv++;
	return guest_vm_run(vm, j, words, ns, e);
}

int guest_vm_mount_image(struct guest_vm *vm, struct err *e)
{
	struct guest_job j = { 0 };
	int ret;

	if (!vm->config->image)
		return 0;
	ret = guest_vm_shell(
		vm, &j,
		"n=0; until d=$(grep -l vioperf-image /sys/block/*/serial); "
		"do n=$((n+1)); [ $n -gt 200 ] && { echo the image is not "
		"there >&2; exit 1; }; usleep 20000; done; "
		"d=${d%/serial}; d=${d##*/}; m=; "
		"for p in $d ${d}1 ${d}2 ${d}3 ${d}14 ${d}15; do "
		"[ -b /dev/$p ] && mount -o noatime /dev/$p /mnt "
		"2>/dev/null && [ -d /mnt/bin -o -L /mnt/bin ] && m=1 && "
		"break; umount /mnt 2>/dev/null; done; "
		"[ \"$m\" ] || { echo no root file system on the image "
		">&2; exit 1; }; "
		"for x in dev proc sys tmp; do mkdir -p /mnt/$x; "
		"mount -o bind /$x /mnt/$x; done",
		60 * SECOND, e);
	guest_channel_drop(&vm->channel, &j);
	return ret;
}

int guest_vm_shell(struct guest_vm *vm, struct guest_job *j, const char *line,
		   uint64_t ns, struct err *e)
{
	char *const argv[] = { "sh", "-c", (char *)line, NULL };
	int ret = guest_vm_run(vm, j, argv, ns, e);

	if (ret > 0)
		return err_set(e, -EIO, "in the guest: %.300s (exit status %d)",
			       last_line(j->error.data), ret);
	return ret;
}

void guest_vm_stop(struct guest_vm *vm)
{
	uint64_t until = clock_now_ns() + GOODBYE_NS;

	if (vm->qemu.pid && !process_ended(&vm->qemu) && vm->hello_ns &&
	    !vm->lost && !guest_channel_bye(&vm->channel))
		while (!process_ended(&vm->qemu) && clock_now_ns() < until &&
		       !*vm->stop)
			process_wait(&vm->qemu, SECOND / 10);
	process_end(&vm->qemu);
	if (vm->channel.fd >= 0)
		guest_channel_close(&vm->channel);
	qmp_close(&vm->qmp);
}
