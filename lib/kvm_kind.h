/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_KVM_KIND_H
#define VIOPERF_KVM_KIND_H

/*
 * What runs guests here: "vmx", "svm", "pvm" (KVM without either: pagetable
 * based, it emulates code of 16 and 32 bits instruction by instruction),
 * "other" (not x86) or "none". Figures of different kinds have nothing in
 * common.
 */
const char *kvm_kind(void);

/* Why there can be no bare guest here, which is code of x86; NULL: it can. */
const char *kvm_no_bare_guest(void);

#endif
