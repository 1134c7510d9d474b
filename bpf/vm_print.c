/* SPDX-License-Identifier: MIT */
/* A virtual machine as text: `vioperf list --pid`. */
#include "vm.h"

#include <stdio.h>

#include "lib/record.h"

static void print_holders(const json_t *j)
{
	const json_t *h;
	size_t i;

	json_array_foreach(json_object_get(j, "holders"), i, h)
		printf("%s %s[%.0f]", i ? "," : " ", record_str(h, "name", "?"),
		       record_num(h, "pid", 0));
	putchar('\n');
}

void vm_print(const json_t *vm)
{
	const json_t *j;
	size_t i;

	printf("%s[%.0f]\n", record_str(vm, "name", "?"),
	       record_num(vm, "pid", 0));
	json_array_foreach(json_object_get(vm, "vcpus"), i, j)
		printf("  vCPU %-3.0f thread %.0f\n", record_num(j, "vcpu", 0),
		       record_num(j, "tid", 0));
	json_array_foreach(json_object_get(vm, "doorbells"), i, j) {
		printf("  kick  eventfd %-6.0f %s 0x%llx",
		       record_num(j, "eventfd", 0), record_str(j, "bus", "?"),
		       (unsigned long long)record_num(j, "address", 0));
		if (!json_is_null(json_object_get(j, "datamatch")))
			printf(" value %.0f", record_num(j, "datamatch", 0));
		print_holders(j);
	}
	json_array_foreach(json_object_get(vm, "interrupts"), i, j) {
		printf("  call  eventfd %-6.0f gsi %.0f",
		       record_num(j, "eventfd", 0), record_num(j, "gsi", 0));
		if (!json_is_null(json_object_get(j, "vector")))
			printf(" vector 0x%x",
			       (unsigned int)record_num(j, "vector", 0));
		print_holders(j);
	}
}
