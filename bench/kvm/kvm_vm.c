/* SPDX-License-Identifier: MIT */
#include "kvm_vm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/clock.h"
#include "bench/embedded.h"

#define GSI	   24 /* the first behind the IOAPIC's */
#define MAX_CPUID  100
#define HANDLER	   (KVM_GUEST_CODE + 16)
#define APIC_SPIV  0xf0 /* spurious vector register; bit 8 turns it on */
#define CR0_PE	   1
#define CODE_SEG   0x08
#define DATA_SEG   0x10

static int fail(struct err *e, const char *what)
{
	int ret = -errno;

	return err_set(e, ret, "KVM: %s: %s", what, strerror(-ret));
}

static int open_vm(struct kvm_vm *v, struct err *e)
{
	v->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (v->kvm < 0)
		return err_set(e, -ENOTSUP, "/dev/kvm: %s", strerror(errno));
	v->vm = ioctl(v->kvm, KVM_CREATE_VM, 0);
	if (v->vm < 0)
		return fail(e, "cannot make a VM");
	ioctl(v->vm, KVM_SET_TSS_ADDR, 0xfffbd000); /* VMX wants three pages */
	if (ioctl(v->vm, KVM_CREATE_IRQCHIP, 0))
		return fail(e, "no interrupt controller in the kernel");
	return 0;
}

static int add_memory(struct kvm_vm *v, uint32_t slot, uint64_t gpa,
		      void *host, uint64_t bytes, struct err *e)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = (bytes + 4095) & ~4095ull,
		.userspace_addr = (uintptr_t)host,
	};

	if (ioctl(v->vm, KVM_SET_USER_MEMORY_REGION, &r))
		return fail(e, "cannot give the guest memory");
	return 0;
}

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* Flat segments, and one interrupt gate. */
static void fill_tables(uint8_t *memory)
{
	uint8_t *idt = memory + KVM_GUEST_IDT + 8 * KVM_GUEST_VECTOR;

	put64(memory + KVM_GUEST_GDT + CODE_SEG, 0x00cf9b000000ffffull);
	put64(memory + KVM_GUEST_GDT + DATA_SEG, 0x00cf93000000ffffull);
	put64(idt, (uint64_t)(HANDLER >> 16) << 48 | 0x8e00ull << 32 |
			   CODE_SEG << 16 | (HANDLER & 0xffff));
}

static int open_memory(struct kvm_vm *v, const struct load_memory *m,
		       struct err *e)
{
	int ret;

	v->memory = mmap(NULL, KVM_GUEST_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (v->memory == MAP_FAILED) {
		v->memory = NULL;
		return err_set(e, -ENOMEM, "no memory for the guest");
	}
	if (LOAD_GPA + m->bytes > KVM_GUEST_KICK_MMIO)
		return err_set(e, -E2BIG, "this load needs more memory than a "
			       "guest of 32 bits has; make --depth or --bs "
			       "smaller");
	memcpy(v->memory + KVM_GUEST_CODE, embedded_kvm,
	       embedded_size(embedded_kvm));
	fill_tables(v->memory);
	v->control = (void *)(v->memory + KVM_GUEST_CONTROL);
	v->slot = (void *)(v->memory + KVM_GUEST_SLOTS);
	v->log = (void *)(v->memory + KVM_GUEST_LOG);
	ret = add_memory(v, 0, 0, v->memory, KVM_GUEST_BYTES, e);
	return ret ?: add_memory(v, 1, LOAD_GPA, m->base, m->bytes, e);
}

static void set_cpuid(struct kvm_vm *v)
{
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + MAX_CPUID *
						  sizeof(c->entries[0]));

	if (!c)
		return;
	c->nent = MAX_CPUID;
	if (!ioctl(v->kvm, KVM_GET_SUPPORTED_CPUID, c))
		ioctl(v->vcpu, KVM_SET_CPUID2, c);
	free(c);
}

static void set_segment(struct kvm_segment *s, uint16_t selector, uint8_t type)
{
	*s = (struct kvm_segment){ .limit = 0xffffffff,
				   .selector = selector,
				   .type = type,
				   .present = 1,
				   .db = 1,
				   .s = 1,
				   .g = 1 };
}

/* Protected mode from the first instruction on. */
static int set_registers(struct kvm_vm *v, struct err *e)
{
	struct kvm_regs regs = { .rip = KVM_GUEST_CODE, .rflags = 2 };
	struct kvm_sregs s;

	if (ioctl(v->vcpu, KVM_GET_SREGS, &s))
		return fail(e, "KVM_GET_SREGS");
	s.cr0 |= CR0_PE;
	set_segment(&s.cs, CODE_SEG, 11);
	set_segment(&s.ds, DATA_SEG, 3);
	s.es = s.fs = s.gs = s.ss = s.ds;
	s.gdt.base = KVM_GUEST_GDT;
	s.gdt.limit = 3 * 8 - 1;
	s.idt.base = KVM_GUEST_IDT;
	s.idt.limit = 256 * 8 - 1;
	if (ioctl(v->vcpu, KVM_SET_SREGS, &s) ||
	    ioctl(v->vcpu, KVM_SET_REGS, &regs))
		return fail(e, "cannot set the guest's registers");
	return 0;
}

static int enable_apic(struct kvm_vm *v, struct err *e)
{
	struct kvm_lapic_state s;
	uint32_t spiv = 0x1ff;

	if (ioctl(v->vcpu, KVM_GET_LAPIC, &s))
		return fail(e, "KVM_GET_LAPIC");
	memcpy(s.regs + APIC_SPIV, &spiv, sizeof(spiv));
	if (ioctl(v->vcpu, KVM_SET_LAPIC, &s))
		return fail(e, "KVM_SET_LAPIC");
	return 0;
}

/* One clock for guest and host: an offset of 0 where that can be set, else
 * what it is, by reading both close together, the closest of some tries. */
static void align_clocks(struct kvm_vm *v)
{
	int64_t zero = 0;
	struct kvm_device_attr attr = { .group = KVM_VCPU_TSC_CTRL,
					.attr = KVM_VCPU_TSC_OFFSET,
					.addr = (uintptr_t)&zero };
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry msr;
	} m = { .head.nmsrs = 1, .msr.index = 0x10 };
	uint64_t before, after, best = UINT64_MAX;
	int i;

	v->tsc_offset = 0;
	if (!ioctl(v->vcpu, KVM_SET_DEVICE_ATTR, &attr))
		return;
	for (i = 0; i < 64; i++) {
		before = clock_ticks();
		if (ioctl(v->vcpu, KVM_GET_MSRS, &m) != 1)
			return;
		after = clock_ticks();
		if (after - before >= best)
			continue;
		best = after - before;
		v->tsc_offset = (int64_t)(m.msr.data -
					  (before + (after - before) / 2));
	}
}

static int open_vcpu(struct kvm_vm *v, struct err *e)
{
	int ret, bytes = ioctl(v->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	v->vcpu = ioctl(v->vm, KVM_CREATE_VCPU, 0);
	if (v->vcpu < 0 || bytes <= 0)
		return fail(e, "cannot make a vCPU");
	v->run_bytes = (uint32_t)bytes;
	v->run = mmap(NULL, v->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		      v->vcpu, 0);
	if (v->run == MAP_FAILED) {
		v->run = NULL;
		return fail(e, "cannot map the vCPU's page");
	}
	v->stats = ioctl(v->vcpu, KVM_GET_STATS_FD, NULL);
	set_cpuid(v);
	ret = set_registers(v, e);
	ret = ret ?: enable_apic(v, e);
	if (!ret)
		align_clocks(v);
	return ret;
}

int kvm_vm_open(struct kvm_vm *v, const struct load_memory *m, struct err *e)
{
	int ret;

	*v = (struct kvm_vm){ .kvm = -1, .vm = -1, .vcpu = -1, .stats = -1 };
	ret = open_vm(v, e);
	ret = ret ?: open_memory(v, m, e);
	return ret ?: open_vcpu(v, e);
}

void kvm_vm_close(struct kvm_vm *v)
{
	int *const fds[] = { &v->stats, &v->vcpu, &v->vm, &v->kvm };
	unsigned int i;

	if (v->run)
		munmap(v->run, v->run_bytes);
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	if (v->memory)
		munmap(v->memory, KVM_GUEST_BYTES);
	v->memory = NULL;
	v->run = NULL;
}

static int bind_call(struct kvm_vm *v, int call_fd, struct err *e)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry msi;
	} r = { .head.nr = 1,
		.msi = { .gsi = GSI,
			 .type = KVM_IRQ_ROUTING_MSI,
			 .u.msi = { .address_lo = KVM_GUEST_APIC,
				    .data = KVM_GUEST_VECTOR } } };
	struct kvm_irqfd f = { .fd = (uint32_t)call_fd, .gsi = GSI };

	if (ioctl(v->vm, KVM_SET_GSI_ROUTING, &r))
		return fail(e, "cannot route the interrupt");
	if (ioctl(v->vm, KVM_IRQFD, &f))
		return fail(e, "no irqfd");
	return 0;
}

int kvm_vm_bind(struct kvm_vm *v, int kick_fd, int call_fd, bool port,
		struct err *e)
{
	struct kvm_ioeventfd k = {
		.addr = port ? KVM_GUEST_KICK_PORT : KVM_GUEST_KICK_MMIO,
		.len = 4,
		.fd = kick_fd,
		.flags = port ? KVM_IOEVENTFD_FLAG_PIO : 0,
	};

	if (ioctl(v->vm, KVM_IOEVENTFD, &k))
		return fail(e, "no ioeventfd");
	return bind_call(v, call_fd, e);
}

static int explain(struct kvm_vm *v, struct err *e)
{
	const struct kvm_run *run = v->run;
	struct kvm_regs r = { 0 };
	char why[80];

	ioctl(v->vcpu, KVM_GET_REGS, &r);
	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		snprintf(why, sizeof(why), "KVM's internal error %u",
			 run->internal.suberror);
	else if (run->exit_reason == KVM_EXIT_MMIO)
		snprintf(why, sizeof(why), "an access to 0x%llx, where "
			 "nothing is", run->mmio.phys_addr);
	else if (run->exit_reason == KVM_EXIT_IO)
		snprintf(why, sizeof(why), "an access to port 0x%x, where "
			 "nothing is", run->io.port);
	else if (run->exit_reason == KVM_EXIT_SHUTDOWN)
		snprintf(why, sizeof(why), "a fault that it could not handle");
	else
		snprintf(why, sizeof(why), "exit reason %u", run->exit_reason);
	return err_set(e, -EIO, "the guest ended with %s; eip 0x%llx, esp "
		       "0x%llx, eax 0x%llx, ecx 0x%llx, edx 0x%llx, eflags "
		       "0x%llx", why, r.rip, r.rsp, r.rax, r.rcx, r.rdx,
		       r.rflags);
}

/* The guest's own ports; anything else is a fault. */
static int take_out(struct kvm_vm *v, struct err *e)
{
	const struct kvm_run *run = v->run;
	uint32_t value;

	memcpy(&value, (const char *)run + run->io.data_offset, sizeof(value));
	v->slot_asked = value;
	switch (run->io.direction == KVM_EXIT_IO_OUT ? run->io.port : 0) {
	case KVM_GUEST_EXIT_PORT:
		return KVM_VM_DONE;
	case KVM_GUEST_NEXT_PORT:
		return KVM_VM_NEXT;
	case KVM_GUEST_DONE_PORT:
		return KVM_VM_REAPED;
	default:
		return explain(v, e);
	}
}

int kvm_vm_run(struct kvm_vm *v, struct err *e)
{
	const struct kvm_run *run = v->run;

	if (ioctl(v->vcpu, KVM_RUN, 0) < 0) {
		if (errno == EINTR || errno == EAGAIN)
			return KVM_VM_AGAIN;
		return fail(e, "cannot run the guest");
	}
	if (run->exit_reason == KVM_EXIT_INTR)
		return KVM_VM_AGAIN;
	if (run->exit_reason == KVM_EXIT_IO)
		return take_out(v, e);
	return explain(v, e);
}

bool kvm_vm_sleeps(const struct kvm_vm *v)
{
	struct kvm_mp_state state = { 0 };

	return !ioctl(v->vcpu, KVM_GET_MP_STATE, &state) &&
	       state.mp_state == KVM_MP_STATE_HALTED;
}
