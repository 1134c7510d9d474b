/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_CLOCK_H
#define VIOPERF_GUEST_CLOCK_H

#include "guest_vm.h"

/* Set the guest's CLOCK_REALTIME to the host's (it starts from a clock of
 * whole seconds). *@error_ns: by how much it may be off: half of the round
 * trip in which it was set, the shortest that could be had. */
int guest_clock_set(struct guest_vm *vm, uint64_t *error_ns, struct err *e);

#endif
