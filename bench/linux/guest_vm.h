/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_VM_H
#define VIOPERF_GUEST_VM_H

#include <limits.h>
#include <signal.h>

#include "lib/process.h"
#include "guest_channel.h"
#include "guest_config.h"
#include "bench/linux/image/guest_kernel.h"
#include "bench/linux/image/guest_modules.h"
#include "lib/qmp.h"

/*
 * One QEMU with a Linux guest: started, waited for, asked, ended. Whoever
 * waits for the guest waits in guest_vm_wait, which sees its port, QEMU's
 * monitor and QEMU's end, a panic (QEMU exits with 0 after one) and a guest
 * that is silent for too long; the error then holds the console's last lines.
 * Start with .qemu.pid = 0 and .qmp.fd = .channel.fd = -1.
 */
struct guest_vm {
	const struct guest_config *config;
	const struct guest_kernel *kernel;
	const char *initrd;
	bool kvm;
	unsigned int number; /* from 0; more than one for guest to guest */
	const char *const *extra; /* QEMU arguments, NULL-ended, or NULL */
	char log[PATH_MAX], console[PATH_MAX];
	volatile sig_atomic_t *stop;
	/* from here on filled in */
	char cmdline[1024];
	struct process qemu;
	struct guest_channel channel;
	struct qmp qmp;
	bool lost; /* panicked, hangs or is gone: no goodbye */
	uint64_t started_ns, hello_ns;
	pid_t vcpu[GUEST_MAX_VCPUS]; /* QEMU's threads */
	unsigned int nr_vcpus;
	char pinning[256];
	char qemu_version[64];
};

/* Start QEMU and wait for the guest's hello. 0 or -errno. */
int guest_vm_start(struct guest_vm *vm, struct err *e);

/* Load the modules of @list, in order. */
int guest_vm_modules(struct guest_vm *vm, const struct guest_module_list *list,
		     struct err *e);

/* Wait for @j, at most @ns, with an eye on the guest's life. 0; -ETIMEDOUT;
 * -EINTR: the user stopped us; -EPIPE: the guest died. */
int guest_vm_wait(struct guest_vm *vm, struct guest_job *j, uint64_t ns,
		  struct err *e);

/* Run words of argv to their end, within @ns. The exit status, or -errno (of
 * a guest that died or a command that was killed). @j keeps the output and is
 * the caller's to drop (guest_channel_drop). */
int guest_vm_run(struct guest_vm *vm, struct guest_job *j, char *const *argv,
		 uint64_t ns, struct err *e);

/* The same for what the load is: within --image if there is one. */
int guest_vm_run_load(struct guest_vm *vm, struct guest_job *j,
		      char *const *argv, uint64_t ns, struct err *e);

/* Mount the root file system of --image, if there is one, on /mnt. */
int guest_vm_mount_image(struct guest_vm *vm, struct err *e);

/* The same for a line of shell; fails (-EIO) unless the status is 0, with
 * the last line of what it wrote to stderr. */
int guest_vm_shell(struct guest_vm *vm, struct guest_job *j, const char *line,
		   uint64_t ns, struct err *e);

/* Pin vCPU i to the i-th of the host's CPUs in @config->cpus (round robin),
 * all other threads of QEMU to the last one. Fills pinning. */
void guest_vm_pin(struct guest_vm *vm);

/* Power the guest off and end QEMU; accepts half-built state. */
void guest_vm_stop(struct guest_vm *vm);

/* CPU time so far of the vCPU threads and of QEMU's other threads, in ns. */
void guest_vm_cpu_ns(const struct guest_vm *vm, uint64_t *vcpu_ns,
		     uint64_t *other_ns);

#endif
