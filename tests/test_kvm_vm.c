/* SPDX-License-Identifier: MIT */
/* bench/kvm/kvm_vm.c: a guest that faults is explained, not obeyed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/kvm/kvm_vm.h"

/* Run @code in place of the guest until it ends. */
static int run(const void *code, size_t bytes, struct kvm_vm *v, struct err *e)
{
	struct load_memory m = { .fd = -1 };
	int ret = load_memory_open(&m, 4096, e);

	assert_int_equal(ret, 0);
	assert_int_equal(kvm_vm_open(v, &m, e), 0);
	memcpy(v->memory + KVM_GUEST_CODE, code, bytes);
	do {
		ret = kvm_vm_run(v, e);
	} while (ret == KVM_VM_AGAIN);
	kvm_vm_close(v);
	load_memory_close(&m);
	return ret;
}

static void test_own_ports_are_told_apart(void **state)
{
	/* mov $7, %eax; mov $port, %dx; out %eax, (%dx) */
	uint8_t code[] = { 0xb8, 7, 0, 0, 0, 0x66, 0xba, 0, 0, 0xef };
	static const struct {
		uint16_t port;
		int exit;
	} want[] = { { KVM_GUEST_EXIT_PORT, KVM_VM_DONE },
		     { KVM_GUEST_NEXT_PORT, KVM_VM_NEXT },
		     { KVM_GUEST_DONE_PORT, KVM_VM_REAPED } };
	struct kvm_vm v;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		memcpy(code + 7, &want[i].port, 2);
		assert_int_equal(run(code, sizeof(code), &v, &e),
				 want[i].exit);
		assert_int_equal(v.slot_asked, 7);
	}
}

static void test_strange_port_is_a_fault(void **state)
{
	static const uint8_t code[] = { 0x66, 0xba, 0x99, 0, 0xef };
	struct kvm_vm v;
	struct err e;

	(void)state;
	assert_int_equal(run(code, sizeof(code), &v, &e), -EIO);
	assert_non_null(strstr(e.text, "port 0x99"));
	assert_non_null(strstr(e.text, "eip 0x"));
}

static void test_address_without_anything(void **state)
{
	/* mov %eax, 0xe0000000 */
	static const uint8_t code[] = { 0xa3, 0, 0, 0, 0xe0 };
	struct kvm_vm v;
	struct err e;

	(void)state;
	assert_int_equal(run(code, sizeof(code), &v, &e), -EIO);
	assert_non_null(strstr(e.text, "0xe0000000, where nothing is"));
}

static void test_fault_that_nobody_handles(void **state)
{
	static const uint8_t ud2[] = { 0x0f, 0x0b };
	struct kvm_vm v;
	struct err e;

	(void)state;
	assert_int_equal(run(ud2, sizeof(ud2), &v, &e), -EIO);
	assert_non_null(strstr(e.text, "the guest ended with"));
	assert_non_null(strstr(e.text, "eip 0x2000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_ports_are_told_apart),
		cmocka_unit_test(test_strange_port_is_a_fault),
		cmocka_unit_test(test_address_without_anything),
		cmocka_unit_test(test_fault_that_nobody_handles),
	};

	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("/dev/kvm cannot be used\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
