/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_EMBEDDED_H
#define VIOPERF_EMBEDDED_H

#include <stddef.h>

/* Programs that run in guests, linked into this one: /init of the Linux guest
 * (guest_init.c), and the bare guest (kvm_guest.c). */
extern const unsigned char embedded_init[], embedded_init_end[];
extern const unsigned char embedded_kvm[], embedded_kvm_end[];

#define embedded_size(name) ((size_t)(name##_end - name))

#endif
