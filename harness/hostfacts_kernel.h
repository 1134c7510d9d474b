/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_HOSTFACTS_KERNEL_H
#define VIOPERF_HOSTFACTS_KERNEL_H

#include <jansson.h>

/* Facts that take more than a line of one file: hypervisor, turbo, cstates,
 * kvm_parameters, mitigations, vhost_modules, into @facts. */
void hostfacts_kernel(json_t *facts);

/* The first line of @path, or null. The caller owns it. */
json_t *hostfacts_line_of(const char *path);

#endif
