/* SPDX-License-Identifier: MIT */
/* What machine types say of virtio's defaults. e2e_libvirt_machine.sh asks the
 * QEMU that is installed for those it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "harness/libvirt/libvirt_machine.h"
#include "lib/util.h"

/* Queues of a disk with 8 vCPUs, and its ring. */
static const struct {
	const char *name;
	unsigned int queues, ring_size;
	bool legacy, known;
} want[] = {
	{ "", 8, 256, false, true },
	{ "pc", 8, 256, false, true },
	{ "q35", 8, 256, false, true },
	{ "pc-q35-7.2", 8, 256, false, true },
	{ "pc-q35-10.1", 8, 256, false, true },
	{ "pc-q35-5.2", 8, 256, false, true },
	{ "pc-q35-5.1", 1, 256, false, true },
	{ "pc-q35-5.0", 1, 256, false, true },
	{ "pc-q35-4.0.1", 1, 128, false, true },
	{ "pc-i440fx-4.2", 1, 128, false, true },
	{ "pc-i440fx-2.11", 1, 128, false, true },
	{ "pc-i440fx-2.7", 1, 128, false, true },
	{ "pc-i440fx-2.6", 1, 128, true, true },
	{ "pc-i440fx-1.4", 1, 128, true, true },
	{ "pc-0.12", 1, 128, true, true },
	{ "pc-1.0-qemu-kvm", 1, 128, true, true },
	{ "pc-1.0-precise", 1, 128, true, true },
	{ "isapc", 8, 256, false, true },
	/* Ubuntu's */
	{ "pc-i440fx-trusty", 1, 128, true, true },
	{ "pc-i440fx-utopic", 1, 128, true, true },
	{ "pc-i440fx-wily", 1, 128, true, true },
	{ "pc-i440fx-yakkety", 1, 128, true, true },
	{ "pc-i440fx-zesty", 1, 128, false, true },
	{ "pc-i440fx-artful", 1, 128, false, true },
	{ "pc-i440fx-bionic-hpb", 1, 128, false, true },
	{ "pc-q35-focal-hpb", 1, 128, false, true },
	{ "pc-q35-groovy", 1, 256, false, true },
	{ "pc-q35-hirsute", 8, 256, false, true },
	{ "pc-q35-jammy-v2", 8, 256, false, true },
	{ "pc-i440fx-noble-v2", 8, 256, false, true },
	{ "pseries-focal-sxxm", 1, 128, false, true },
	{ "ubuntu-q35", 8, 256, false, true },
	/* RHEL's */
	{ "rhel5.4.0", 1, 128, true, true },
	{ "rhel6.6.0", 1, 128, true, true },
	{ "pc-i440fx-rhel7.0.0", 1, 128, true, true },
	{ "pc-i440fx-rhel7.6.0", 1, 128, false, true },
	{ "pc-q35-rhel8.2.0", 1, 128, false, true },
	{ "pc-q35-rhel8.3.0", 1, 256, false, true },
	{ "pc-q35-rhel8.4.0", 8, 256, false, true },
	{ "pc-q35-rhel9.2.0", 8, 256, false, true },
	{ "pc-q35-rhel10.0.0", 8, 256, false, true },
	{ "pseries-rhel7.6.0-sxxm", 1, 128, false, true },
	{ "virt-rhel8.2.0", 1, 128, false, true },
	/* others; on channels and MMIO there is one queue for ever */
	{ "virt-5.0", 1, 256, false, true },
	{ "virt-8.0", 8, 256, false, true },
	{ "pseries-8.0", 8, 256, false, true },
	{ "s390-ccw-virtio", 1, 256, false, true },
	{ "s390-ccw-virtio-7.2", 1, 256, false, true },
	{ "s390-ccw-virtio-jammy", 1, 256, false, true },
	{ "s390-ccw-virtio-4.2", 1, 128, false, true },
	{ "microvm", 1, 256, false, true },
	{ "vexpress-a15", 1, 256, false, true },
	{ "made-up", 8, 256, false, false },
	{ "made-up-4.0", 1, 128, false, false },
	{ "-", 8, 256, false, false },
	{ "--5", 8, 256, false, false },
};

static void test_names(void **state)
{
	struct libvirt_machine m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		libvirt_machine_parse(&m, want[i].name);
		print_message("%s\n", want[i].name);
		assert_int_equal(libvirt_machine_queues(&m, m.transport, 8),
				 want[i].queues);
		assert_int_equal(libvirt_machine_ring_size(&m),
				 want[i].ring_size);
		assert_int_equal(libvirt_machine_is_legacy(&m),
				 want[i].legacy);
		assert_int_equal(m.known, want[i].known);
	}
}

/* What the device's own address says goes before the machine. */
static void test_transport(void **state)
{
	struct libvirt_machine m;

	(void)state;
	libvirt_machine_parse(&m, "virt-8.0");
	assert_int_equal(libvirt_machine_transport(&m, ""), TRANSPORT_PCI);
	assert_int_equal(libvirt_machine_transport(&m, "virtio-mmio"),
			 TRANSPORT_MMIO);
	libvirt_machine_parse(&m, "s390-ccw-virtio");
	assert_int_equal(libvirt_machine_transport(&m, "ccw"), TRANSPORT_CCW);
	assert_int_equal(libvirt_machine_transport(&m, "pci"), TRANSPORT_PCI);
	assert_int_equal(libvirt_machine_queues(&m, TRANSPORT_PCI, 8), 8);
	assert_int_equal(libvirt_machine_queues(&m, TRANSPORT_CCW, 8), 1);
	assert_int_equal(libvirt_machine_queues(&m, TRANSPORT_PCI, 0), 1);
}

static void test_vectors(void **state)
{
	struct libvirt_machine m;

	(void)state;
	libvirt_machine_parse(&m, "pc-q35-2.11");
	assert_true(libvirt_machine_two_vectors(&m));
	libvirt_machine_parse(&m, "pc-q35-2.12");
	assert_false(libvirt_machine_two_vectors(&m));
	libvirt_machine_parse(&m, "pc-q35-bionic");
	assert_true(libvirt_machine_two_vectors(&m));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_transport),
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
