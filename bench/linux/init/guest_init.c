/* SPDX-License-Identifier: MIT */
/*
 * /init of the Linux guest: mounts, loads what the channel needs, then does
 * what the host says over a virtio-serial port (guest_msg.h). A program of
 * its own, static, embedded into vioperf. One thread that never waits for a
 * command, so that its heartbeat tells a slow command from a dead guest.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/linux/guest_msg.h"
#include "guest_port.h"
#include "guest_tools.h"

#define MAX_JOBS  8
#define BEAT_MS	  1000
#define OUT_BYTES 16384

/* A command, or a module on its way into the kernel. */
struct job {
	pid_t pid; /* 0: free */
	uint32_t id;
	int out, error; /* -1: closed */
	int status;
	bool ended;
	bool timed_out;
	uint64_t until_ms; /* 0: for ever */
};

static struct job jobs[MAX_JOBS];

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void mount_all(void)
{
	static const char *const mounts[][3] = {
		{ "proc", "/proc", "proc" },
		{ "sysfs", "/sys", "sysfs" },
		{ "devtmpfs", "/dev", "devtmpfs" },
		{ "tmpfs", "/tmp", "tmpfs" },
		{ "debugfs", "/sys/kernel/debug", "debugfs" },
	};
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i][1], 0755);
		if (mount(mounts[i][0], mounts[i][1], mounts[i][2], 0, NULL) &&
		    errno != EBUSY && errno != ENOENT && errno != ENODEV)
			port_say(mounts[i][1]);
	}
	mkdir("/mnt", 0755);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* What /modules holds, in the order of its names. */
static void load_first_modules(void)
{
	struct dirent **list;
	char path[512];
	int i, n, fd;

	n = scandir("/modules", &list, NULL, by_name);
	for (i = 0; i < n; i++) {
		if (list[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/modules/%s", list[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
			port_say(path);
		close(fd);
	}
}

static void send_hello(void)
{
	struct utsname u;
	char text[512];
	int n;

	uname(&u);
	n = snprintf(text, sizeof(text), "release=%s\nversion=%s\ncpus=%ld\n",
		     u.release, u.version, sysconf(_SC_NPROCESSORS_ONLN));
	port_send(GUEST_HELLO, 0, text, (size_t)n);
}

static struct job *job_new(uint32_t id)
{
	int i;

	for (i = 0; i < MAX_JOBS; i++)
		if (!jobs[i].pid)
			break;
	if (i == MAX_JOBS) {
		port_done(id, -EAGAIN, 0);
		return NULL;
	}
	jobs[i] = (struct job){ .id = id, .out = -1, .error = -1 };
	return &jobs[i];
}

/* In the child: loading may block for as long as the device likes. */
static void module_child(const char *image, size_t n)
{
	if (syscall(SYS_init_module, image, n, "") && errno != EEXIST)
		_exit(errno);
	_exit(0);
}

static void start_module(uint32_t id, const char *data, size_t n)
{
	size_t name = strnlen(data, n);
	struct job *j;

	if (name == n) {
		port_done(id, -EINVAL, 0);
		return;
	}
	j = job_new(id);
	if (!j)
		return;
	j->pid = fork();
	if (!j->pid)
		module_child(data + name + 1, n - name - 1);
	if (j->pid < 0) {
		j->pid = 0;
		port_done(id, -errno, 0);
	}
}

static void run_child(char **argv, int out, int error)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(out, 1);
	dup2(error, 2);
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void run_start(struct job *j, char **argv)
{
	int out[2], error[2];

	if (pipe2(out, O_CLOEXEC) || pipe2(error, O_CLOEXEC)) {
		port_done(j->id, -errno, 0);
		return;
	}
	j->pid = fork();
	if (!j->pid)
		run_child(argv, out[1], error[1]);
	close(out[1]);
	close(error[1]);
	j->out = out[0];
	j->error = error[0];
	if (j->pid < 0) {
		j->pid = 0;
		port_done(j->id, -EAGAIN, 0);
	}
}

static void start_run(uint32_t id, char *data, size_t n)
{
	struct guest_msg_run run;
	struct job *j;
	char *argv[128], *p = data + sizeof(run), *end = data + n;
	size_t nr = 0;

	if (n <= sizeof(run) || data[n - 1]) {
		port_done(id, -EINVAL, 0);
		return;
	}
	memcpy(&run, data, sizeof(run));
	for (; p < end && nr < 127; p += strlen(p) + 1)
		argv[nr++] = p;
	argv[nr] = NULL;
	j = job_new(id);
	if (!j)
		return;
	if (run.timeout_ms)
		j->until_ms = now_ms() + run.timeout_ms;
	run_start(j, argv);
}

static void set_clock(uint32_t id, const char *data, size_t n)
{
	struct timespec ts;
	uint64_t ns;

	if (n != sizeof(ns)) {
		port_done(id, -EINVAL, 0);
		return;
	}
	memcpy(&ns, data, sizeof(ns));
	ts.tv_sec = (time_t)(ns / 1000000000);
	ts.tv_nsec = (long)(ns % 1000000000);
	port_done(id, clock_settime(CLOCK_REALTIME, &ts) ? -errno : 0, 0);
}

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	_exit(0);
}

static void handle(const struct guest_msg_head *h, char *data)
{
	switch (h->type) {
	case GUEST_MODULE:
		start_module(h->id, data, h->length);
		break;
	case GUEST_RUN:
		start_run(h->id, data, h->length);
		break;
	case GUEST_CLOCK:
		set_clock(h->id, data, h->length);
		break;
	case GUEST_BYE:
		power_off();
		break;
	default:
		port_done(h->id, -ENOSYS, 0);
	}
}

static void read_msg(void)
{
	struct guest_msg_head h;
	char *data = NULL;

	if (port_read(&h, sizeof(h)) && h.magic == GUEST_MSG_MAGIC &&
	    h.length <= GUEST_MSG_MAX && (data = malloc(h.length + 1)) &&
	    port_read(data, h.length)) {
		data[h.length] = 0;
		handle(&h, data);
	} else {
		port_wait_back();
		send_hello();
	}
	free(data);
}

/* Pass on what a command wrote. */
static void pump(int *fd, uint32_t type, uint32_t id)
{
	static char buf[OUT_BYTES];
	ssize_t n = read(*fd, buf, sizeof(buf));

	if (n > 0) {
		port_send(type, id, buf, (size_t)n);
		return;
	}
	close(*fd);
	*fd = -1;
}

static void reap(void)
{
	int status, i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < MAX_JOBS; i++)
			if (jobs[i].pid == pid) {
				jobs[i].status = status;
				jobs[i].ended = true;
			}
}

/* A command is done when it has ended and all it wrote is on its way; what it
 * left running in the background may keep its pipes open. */
static void finish(struct job *j)
{
	struct pollfd p[2] = { { .fd = j->out, .events = POLLIN },
			       { .fd = j->error, .events = POLLIN } };

	while (poll(p, 2, 0) > 0 && ((p[0].revents | p[1].revents) & POLLIN)) {
		if (p[0].revents & POLLIN)
			pump(&j->out, GUEST_OUT, j->id);
		if (p[1].revents & POLLIN)
			pump(&j->error, GUEST_ERROR, j->id);
		p[0].fd = j->out;
		p[1].fd = j->error;
	}
	if (j->out >= 0)
		close(j->out);
	if (j->error >= 0)
		close(j->error);
	if (j->timed_out)
		port_done(j->id, -ETIMEDOUT, 0);
	else
		port_done(j->id, WIFEXITED(j->status) ? WEXITSTATUS(j->status) :
							-1,
			  WIFSIGNALED(j->status) ? WTERMSIG(j->status) : 0);
	j->pid = 0;
}

static void look_at_jobs(void)
{
	struct job *j;

	for (j = jobs; j < jobs + MAX_JOBS; j++) {
		if (j->pid && !j->ended && j->until_ms &&
		    now_ms() >= j->until_ms) {
			j->timed_out = true;
			kill(-j->pid, SIGKILL);
			kill(j->pid, SIGKILL);
			j->until_ms = 0;
		}
		if (j->pid && j->ended)
			finish(j);
	}
}

static void beat(void)
{
	static uint64_t last;
	uint64_t now = now_ms();

	if (now - last < BEAT_MS)
		return;
	last = now;
	port_send(GUEST_BEAT, 0, NULL, 0);
}

static void on_child(int sig)
{
	(void)sig; /* ends the poll */
}

static int fill(struct pollfd *p)
{
	int n = 0, i;

	p[n++] = (struct pollfd){ .fd = port_fd(), .events = POLLIN };
	for (i = 0; i < MAX_JOBS; i++) {
		p[n++] = (struct pollfd){
			.fd = jobs[i].pid ? jobs[i].out : -1, .events = POLLIN
		};
		p[n++] = (struct pollfd){
			.fd = jobs[i].pid ? jobs[i].error : -1,
			.events = POLLIN
		};
	}
	return n;
}

static void serve(void)
{
	struct timespec wait = { .tv_nsec = BEAT_MS * 1000000l - 1 };
	struct pollfd p[1 + 2 * MAX_JOBS];
	sigset_t none;
	int i, n;

	sigemptyset(&none);
	for (;;) {
		reap();
		look_at_jobs();
		beat();
		n = fill(p);
		if (ppoll(p, (nfds_t)n, &wait, &none) <= 0)
			continue;
		for (i = 0; i < MAX_JOBS; i++) {
			if (p[1 + 2 * i].revents)
				pump(&jobs[i].out, GUEST_OUT, jobs[i].id);
			if (p[2 + 2 * i].revents)
				pump(&jobs[i].error, GUEST_ERROR, jobs[i].id);
		}
		if (p[0].revents)
			read_msg();
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_child };
	sigset_t child;

	if (getpid() != 1)
		return guest_tool(argc, argv);
	mount_all();
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL); /* but in ppoll */
	sigaction(SIGCHLD, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	load_first_modules();
	port_open();
	send_hello();
	serve();
}
