/* SPDX-License-Identifier: MIT */
/* In the place of kvm_vm.c where this program is not x86: no VM can be made,
 * so nothing but open and close is ever called. */
#include "kvm_vm.h"

#include <errno.h>

#include "lib/kvm_kind.h"

int kvm_vm_open(struct kvm_vm *v, const struct load_memory *m, struct err *e)
{
	(void)v;
	(void)m;
	return err_set(e, -ENOTSUP, "--driver kvm: %s", kvm_no_bare_guest());
}

void kvm_vm_close(struct kvm_vm *v)
{
	(void)v;
}

int kvm_vm_bind(struct kvm_vm *v, int kick_fd, int call_fd, bool port,
		struct err *e)
{
	(void)kick_fd;
	(void)call_fd;
	(void)port;
	return kvm_vm_open(v, NULL, e);
}

int kvm_vm_run(struct kvm_vm *v, struct err *e)
{
	return kvm_vm_open(v, NULL, e);
}

bool kvm_vm_sleeps(const struct kvm_vm *v)
{
	(void)v;
	return false;
}
