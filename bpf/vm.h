/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_VM_H
#define VIOPERF_VM_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/err.h"

/*
 * What there is to know of the virtual machine that process @pid runs, without
 * its help: {"pid","name","vcpus":[{"vcpu","tid","stat":{KVM's counters}}],
 *  "doorbells":[{"eventfd","bus","address","length","datamatch"|null,
 *		  "holders":[{"pid","name"}]}],
 *  "interrupts":[{"eventfd","gsi","vector"|null,"holders":[…]}]}.
 * holders: other processes that hold the eventfd, a back end say. NULL and
 * @e: it runs no VM, is gone, or this kernel does not tell.
 */
json_t *vm_describe(pid_t pid, struct err *e);

/* Its vCPUs alone, "pid" and "name", to be read more than once. */
struct vm *vm_open(pid_t pid, struct err *e);
json_t *vm_read_vcpus(struct vm *v, struct err *e);
void vm_close(struct vm *v); /* NULL is fine */

/* Does it run one? */
bool vm_is_one(pid_t pid);

/* What process or thread @pid calls itself, "?": it is gone. Returns @buf. */
const char *vm_name_of(pid_t pid, char *buf, size_t room);

/* As text for people. */
void vm_print(const json_t *vm);

#endif
