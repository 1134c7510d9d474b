/* SPDX-License-Identifier: MIT */
/* KVM's binary statistics of a vCPU (Documentation/virt/kvm/api.rst, 4.133):
 * a header, descriptors with names, values. */
#include <linux/kvm.h>
#include <string.h>
#include <unistd.h>

#include "kvm_vm.h"

uint64_t kvm_vm_stat(const struct kvm_vm *v, const char *name)
{
	struct kvm_stats_header h;
	struct {
		struct kvm_stats_desc d;
		char name[64];
	} s;
	uint64_t value = 0;
	uint32_t i;

	if (v->stats < 0 || pread(v->stats, &h, sizeof(h), 0) != sizeof(h) ||
	    h.name_size > sizeof(s.name))
		return 0;
	for (i = 0; i < h.num_desc; i++) {
		size_t n = sizeof(s.d) + h.name_size;

		if (pread(v->stats, &s, n, h.desc_offset + (off_t)(i * n)) !=
		    (ssize_t)n)
			return 0;
		s.name[h.name_size - 1] = 0;
		if (strcmp(s.name, name))
			continue;
		if (pread(v->stats, &value, sizeof(value),
			  h.data_offset + (off_t)s.d.offset) != sizeof(value))
			return 0;
		return value;
	}
	return 0;
}
