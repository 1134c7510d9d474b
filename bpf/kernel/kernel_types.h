/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
#ifndef VIOPERF_KERNEL_TYPES_H
#define VIOPERF_KERNEL_TYPES_H

#if defined(__TARGET_ARCH_arm64)
#include <asm/ptrace.h> /* struct user_pt_regs, for BPF_KPROBE */
#endif

/*
 * The few fields of kernel structures that the probes read. Offsets do not
 * matter: CO-RE looks each field up by name in the BTF of the running kernel,
 * so neither the build nor the source needs a vmlinux.h.
 */
#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct task_struct {
	unsigned int __state;
	int pid;
	int tgid;
};

struct pcpu_hot {
	int preempt_count;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
};

struct eventfd_ctx {
	int id;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

struct io_kiocb {
	struct file *file;
	unsigned char opcode;
};

/* Arguments of a system call, at its entry. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long orig_ax;
};
#define REGS_NUMBER orig_ax
#define REGS_ARG1 di
#define REGS_ARG2 si
#define REGS_ARG3 dx
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	unsigned long regs[3];
	int syscallno;
};
#define REGS_NUMBER syscallno
#define REGS_ARG1 regs[0]
#define REGS_ARG2 regs[1]
#define REGS_ARG3 regs[2]
#else
#error "say here where this architecture keeps its system call arguments"
#endif

#pragma clang attribute pop

#endif
