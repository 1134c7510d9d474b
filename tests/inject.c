/* SPDX-License-Identifier: MIT */
/*
 * usage: inject N PROGRAM ARG...
 * Run a program and let the N-th step of it fail that can: of its system calls
 * that open, map, make or name something, in all its processes that are the
 * same program. N = 0 fails none.
 *
 * A seccomp filter tells us of those calls, we answer. (An interposed library
 * and ptrace both stand in the way of the sanitizers.) Steps count from where
 * main() begins, which asks for the flags of descriptor 0; what the loader and
 * the sanitizers do before is not ours. Maps that are not shared and
 * processes that are not to be traced are left alone: the sanitizers' own.
 *
 * stdout: with N = 0 a line "inject: step NAME" for each; last line: "inject: NAME of SEEN: ENDED", where NAME is "none" when
 * the program made fewer, and ENDED is "exit E", "signal S" or "deadline";
 * and before it a line for each process that outlived it. Exits 77 when the
 * kernel does not do this.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.h"

#define DEADLINE_S 60
#define LINGER_MS  10000
#define MAX_PROCS  4096

static const struct step {
	int nr;
	const char *name;
	int error;
} steps[] = {
	{ __NR_openat, "openat", EMFILE },
	{ __NR_mmap, "mmap", ENOMEM },
	{ __NR_socket, "socket", EMFILE },
	{ __NR_socketpair, "socketpair", EMFILE },
	{ __NR_bind, "bind", EACCES },
	{ __NR_listen, "listen", EADDRINUSE },
	{ __NR_connect, "connect", EACCES },
	{ __NR_accept4, "accept4", EMFILE },
	{ __NR_pipe2, "pipe2", EMFILE },
	{ __NR_eventfd2, "eventfd2", EMFILE },
	{ __NR_signalfd4, "signalfd4", EMFILE },
	{ __NR_timerfd_create, "timerfd_create", EMFILE },
	{ __NR_epoll_create1, "epoll_create1", EMFILE },
	{ __NR_epoll_ctl, "epoll_ctl", ENOSPC },
	{ __NR_memfd_create, "memfd_create", EMFILE },
	{ __NR_ftruncate, "ftruncate", ENOSPC },
	{ __NR_fallocate, "fallocate", ENOSPC },
	{ __NR_pwrite64, "pwrite64", ENOSPC },
	{ __NR_io_uring_setup, "io_uring_setup", ENOMEM },
	{ __NR_sched_setaffinity, "sched_setaffinity", EPERM },
	{ __NR_clone, "clone", EAGAIN },
	{ __NR_clone3, "clone3", EAGAIN },
	{ __NR_vfork, "vfork", EAGAIN },
	{ __NR_execve, "execve", ENOMEM },
	{ __NR_dup2, "dup2", EMFILE },
	{ __NR_rename, "rename", ENOSPC },
	{ __NR_mkdir, "mkdir", ENOSPC },
	{ __NR_symlink, "symlink", ENOSPC },
	{ __NR_bpf, "bpf", EPERM },
	{ __NR_perf_event_open, "perf_event_open", EPERM },
	{ __NR_pidfd_open, "pidfd_open", EMFILE },
	{ __NR_fcntl, "fcntl", EMFILE }, /* F_DUPFD alone; F_GETFD: main() */
};

struct proc {
	pid_t pid;
	bool begun; /* its main() has */
};

struct run {
	unsigned long nth, seen;
	const struct step *failed;
	struct proc proc[MAX_PROCS];
	unsigned int nr_procs;
	int listener;
};

#define RET(k)	     BPF_STMT(BPF_RET | BPF_K, k)
#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
			      offsetof(struct seccomp_data, member))
#define SKIP_UNLESS(k, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, n)

/* What @nr takes beside its number: one more check, or none. */
static unsigned int add_call(struct sock_filter *f, int nr)
{
	struct sock_filter all[] = { SKIP_UNLESS((uint32_t)nr, 1),
				     RET(SECCOMP_RET_USER_NOTIF) };
	struct sock_filter shared[] = {
		SKIP_UNLESS(__NR_mmap, 4),
		LOAD(args[3]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_SHARED, 0, 1),
		RET(SECCOMP_RET_USER_NOTIF),
		RET(SECCOMP_RET_ALLOW),
	};
	struct sock_filter dup[] = {
		SKIP_UNLESS(__NR_fcntl, 5),
		LOAD(args[1]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_GETFD, 1, 0),
		SKIP_UNLESS(F_DUPFD_CLOEXEC, 1),
		RET(SECCOMP_RET_USER_NOTIF),
		RET(SECCOMP_RET_ALLOW),
	};

	struct sock_filter forks[] = {
		SKIP_UNLESS(__NR_clone, 4),
		LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_UNTRACED, 1, 0),
		RET(SECCOMP_RET_USER_NOTIF),
		RET(SECCOMP_RET_ALLOW),
	};

	switch (nr) {
	case __NR_clone:
		memcpy(f, forks, sizeof(forks));
		return ARRAY_SIZE(forks);
	case __NR_mmap:
		memcpy(f, shared, sizeof(shared));
		return ARRAY_SIZE(shared);
	case __NR_fcntl:
		memcpy(f, dup, sizeof(dup));
		return ARRAY_SIZE(dup);
	default:
		memcpy(f, all, sizeof(all));
		return ARRAY_SIZE(all);
	}
}

static int install(void)
{
	struct sock_filter f[ARRAY_SIZE(steps) * 2 + 32] = { LOAD(nr) };
	struct sock_fprog prog = { .len = 1, .filter = f };
	const struct sock_filter allow = RET(SECCOMP_RET_ALLOW);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		prog.len += add_call(f + prog.len, steps[i].nr);
	f[prog.len++] = allow;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
}

/* Sending and receiving one descriptor. */
static int pass(int sock, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} c = { { 0 } };
	char byte = 0;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = c.room,
			    .msg_controllen = sizeof(c.room) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	if (fd >= 0) {
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(h), &fd, sizeof(fd));
		return (int)sendmsg(sock, &m, 0);
	}
	if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) <= 0 || !CMSG_FIRSTHDR(&m))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void child(int sock, char **argv)
{
	int fd = install();

	if (fd < 0 || pass(sock, fd) < 0)
		_exit(77);
	close(fd);
	execvp(argv[0], argv);
	_exit(127);
}

static int status_field(pid_t pid, const char *name)
{
	char path[64], line[256];
	int value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			value = atoi(line + strlen(name));
	if (f)
		fclose(f);
	return value;
}

/* The process that thread @tid is of. One that is new has begun when the one
 * that forked it has. */
static struct proc *proc_of(struct run *r, pid_t tid)
{
	pid_t pid = status_field(tid, "Tgid:"), parent;
	bool begun = false;
	unsigned int i;

	for (i = 0; i < r->nr_procs; i++)
		if (r->proc[i].pid == pid)
			return &r->proc[i];
	parent = status_field(pid, "PPid:");
	for (i = 0; i < r->nr_procs; i++)
		if (r->proc[i].pid == parent)
			begun = r->proc[i].begun;
	if (r->nr_procs == MAX_PROCS)
		return NULL;
	r->proc[r->nr_procs] = (struct proc){ pid, begun };
	return &r->proc[r->nr_procs++];
}

static const struct step *step_of(const struct seccomp_data *d)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i].nr == d->nr)
			return &steps[i];
	return NULL;
}

/* Does this one fail? */
static bool decide(struct run *r, const struct seccomp_notif *n)
{
	struct proc *p = proc_of(r, (pid_t)n->pid);
	const struct step *s = step_of(&n->data);

	if (!p || !s)
		return false;
	if (n->data.nr == __NR_fcntl && n->data.args[1] == F_GETFD) {
		p->begun |= n->data.args[0] == 0;
		return false;
	}
	if (!p->begun)
		return false;
	if (!r->nth)
		printf("inject: step %s\n", s->name);
	if (++r->seen == r->nth) {
		r->failed = s;
		return true;
	}
	if (n->data.nr == __NR_execve)
		p->begun = false; /* until its main() begins */
	return false;
}

static void answer(struct run *r)
{
	struct seccomp_notif n = { 0 };
	struct seccomp_notif_resp a = { 0 };

	if (ioctl(r->listener, SECCOMP_IOCTL_NOTIF_RECV, &n))
		return; /* killed meanwhile */
	a.id = n.id;
	if (decide(r, &n))
		a.error = -r->failed->error;
	else
		a.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(r->listener, SECCOMP_IOCTL_NOTIF_SEND, &a);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until @pid ends or the time is over: 0, -1. All others are reaped. */
static int serve(struct run *r, pid_t pid, long until, int *status)
{
	struct pollfd p = { .fd = r->listener, .events = POLLIN };
	pid_t ended;
	int s;

	while (now_ms() < until) {
		if (poll(&p, 1, 5) > 0 && p.revents & POLLIN)
			answer(r);
		while ((ended = waitpid(-1, &s, WNOHANG)) > 0) {
			if (ended != pid)
				continue;
			*status = s;
			return 0;
		}
		if (ended < 0)
			return pid ? -1 : 0;
	}
	return -1;
}

/* What outlived the program: give it a moment, then name and end it. */
static void clear(struct run *r)
{
	char path[64], name[64];
	unsigned int i;
	int status;
	FILE *f;

	if (!serve(r, 0, now_ms() + LINGER_MS, &status))
		return;
	for (i = 0; i < r->nr_procs; i++) {
		if (status_field(r->proc[i].pid, "PPid:") != getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%d/comm", r->proc[i].pid);
		f = fopen(path, "re");
		if (f && fgets(name, sizeof(name), f))
			printf("inject: left behind: %s", name);
		if (f)
			fclose(f);
		kill(r->proc[i].pid, SIGKILL);
	}
	serve(r, 0, now_ms() + LINGER_MS, &status);
}

static void tell(const struct run *r, int served, int status)
{
	printf("inject: %s of %lu: ", r->failed ? r->failed->name : "none",
	       r->seen);
	if (served < 0)
		printf("deadline\n");
	else if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	static struct run r;
	int pair[2], status = 0, served;
	pid_t pid;

	if (argc < 3 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				   pair))
		return 2;
	r.nth = strtoul(argv[1], NULL, 10);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (!pid)
		child(pair[1], argv + 2);
	close(pair[1]);
	r.listener = pass(pair[0], -1);
	if (r.listener < 0) {
		puts("the kernel does not hand system calls to a supervisor");
		return 77;
	}
	served = serve(&r, pid, now_ms() + DEADLINE_S * 1000, &status);
	if (served < 0)
		kill(pid, SIGKILL);
	clear(&r);
	tell(&r, served, status);
	return 0;
}
