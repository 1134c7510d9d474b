/* SPDX-License-Identifier: MIT */
#include "trace.h"
#include "vm.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/util.h"

#define HISTS_MAX_BYTES (128ull << 20)
#define NR_POLLED (3 + TRACE_MAX_PROCS) /* signals, harness, rings file,
					 * processes with --pid */
#define CLOCK_MS 200 /* between updates of the guests' clock */

/* What is shown is less than of a VM under KVM. */
static void note_emulator(const struct trace_session *s)
{
	const struct trace_options *o = s->opt;
	unsigned int i;

	for (i = 0; s->rings->by_pid && i < o->nr_pids; i++)
		if (rings_is_emulator(o->pid[i]) && !vm_is_one(o->pid[i]))
			err_printf("trace", "process %d: its virtual machine "
				   "is emulated; only one under KVM (-accel "
				   "kvm) is followed as such, of this one the "
				   "eventfds that it shares", (int)o->pid[i]);
}

static int resolve(struct trace_session *s, struct err *e)
{
	const struct trace_options *o = s->opt;
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < o->nr_pids; i++)
		ret = rings_check_process(o->pid[i], e);
	if (ret)
		return ret;
	if (o->rings_file)
		ret = rings_from_file(s->rings, o->rings_file, e);
	else if (vm_is_one(o->pid[0]) && o->nr_pids == 1)
		ret = rings_from_vm(s->rings, o->pid[0], e) ?:
		      (o->qmp ? rings_name_vm(s->rings, o->qmp, e) : 0);
	else if (o->qmp)
		ret = err_set(e, -ENODEV, "--qmp: process %d runs no virtual "
			      "machine under KVM, whose queues could be named",
			      (int)o->pid[0]);
	else
		ret = rings_from_pids(s->rings, o->pid, o->nr_pids, e);
	if (!ret && !s->nr_resolved++)
		note_emulator(s);
	return ret;
}

/* Rings that appear later than the maps were sized go unseen, and no map is
 * ever read beyond its end. */
static void clamp_rings(struct trace_session *s)
{
	struct rings *r = s->rings;
	unsigned int i, kept = 0;

	if (r->nr_rings <= s->nr_rings)
		return;
	err_printf("trace", "%u rings after a reconnect, %u before: the last "
		   "ones are not traced", r->nr_rings, s->nr_rings);
	r->nr_rings = s->nr_rings;
	for (i = 0; i < r->nr_fds; i++)
		if (r->fd[i].fd.ring < r->nr_rings)
			r->fd[kept++] = r->fd[i];
	r->nr_fds = kept;
}

static int watch(struct trace_session *s, struct err *e)
{
	unsigned int i;
	int ret = 0;

	clamp_rings(s);
	for (i = 0; !ret && i < PROBE_COUNT; i++)
		if (s->attached[i])
			ret = s->probe[i].ops->watch(&s->probe[i], s->rings, e);
	return ret;
}

/* Would a histogram for each CPU take more of the kernel's memory than one may
 * take from a host that works? */
static bool too_many_hists(const struct trace_session *s)
{
	uint64_t bytes = sizeof(struct trace_hist) * s->nr_rings;
	int cpus = libbpf_num_possible_cpus();
	unsigned int i, hists = 0;

	for (i = 0; i < PROBE_COUNT; i++)
		hists += probe_table[i]->nr_hists;
	return s->opt->shared_maps ||
	       bytes * hists * (uint64_t)MAX(cpus, 1) > HISTS_MAX_BYTES;
}

/* The first probe is what the tracer is for; the others are optional. */
static int attach(struct trace_session *s, struct err *e)
{
	struct probe_env env = { .way = s->opt->way, .threads_fd = -1,
				 .nr_rings = s->nr_rings,
				 .vm = s->rings->vm,
				 .vcpus = s->rings->nr_doorbells ||
					  s->rings->nr_vcpus,
				 .writers_fd = -1,
				 .shared_hists = too_many_hists(s),
				 .every_one = s->opt->every_one,
				 .weights = s->rings->weights };
	struct err why;
	unsigned int i;
	int ret;

	for (i = 0; i < PROBE_COUNT; i++) {
		if (probe_table[i]->wanted &&
		    !probe_table[i]->wanted(s->rings))
			continue;
		ret = probe_attach(&s->probe[i], probe_table[i], &env, &why);
		s->attached[i] = !ret;
		if (!ret && s->probe[i].threads_fd >= 0)
			env.threads_fd = s->probe[i].threads_fd;
		if (!ret && s->probe[i].writers_fd >= 0)
			env.writers_fd = s->probe[i].writers_fd;
		if (ret < 0 && i == 0)
			return err_set(e, ret, "%s", why.text);
		if (ret < 0)
			err_printf("trace", "not traced: %s", why.text);
	}
	return 0;
}

int trace_open(struct trace_session *s, const struct trace_options *opt,
	       struct err *e)
{
	int ret;

	memset(s, 0, sizeof(*s));
	s->opt = opt;
	trace_clock_begin(s);
	s->sync.fd = opt->sync_fd;
	s->rings = calloc(1, sizeof(*s->rings));
	if (!s->rings)
		return err_set(e, -ENOMEM, "out of memory");
	ret = resolve(s, e);
	if (!ret) {
		s->nr_rings = s->rings->nr_rings;
		ret = attach(s, e);
	}
	if (!ret)
		ret = watch(s, e);
	if (!ret)
		trace_clock_update(s);
	return ret ?: trace_vm_begin(s, e);
}

/* Tell all probes the window. */
static void set_window(struct trace_session *s)
{
	volatile struct trace_control *c;
	unsigned int i;

	for (i = 0; i < PROBE_COUNT; i++) {
		if (!s->attached[i])
			continue;
		c = s->probe[i].control;
		c->start_ns = s->window.start_ns;
		c->end_ns = s->window.end_ns;
	}
}

static void start(struct trace_session *s)
{
	set_window(s);
	s->started = true;
}

/* A new set of eventfds, after a reconnect. The peer may be half there: then
 * the old ones stay, and the next change of the file is another chance. */
static void resolve_again(struct trace_session *s)
{
	struct rings *fresh = calloc(1, sizeof(*fresh)), *old = s->rings;
	struct err e;

	if (!fresh)
		return;
	s->rings = fresh;
	if (resolve(s, &e) < 0) {
		s->rings = old;
		free(fresh);
		err_printf("trace", "rings not found again: %s", e.text);
		return;
	}
	if (watch(s, &e) < 0)
		err_print("trace", &e);
	free(old);
}

/* The rings file is replaced by rename: watch its folder. */
static int watch_file(const char *path)
{
	char copy[PATH_MAX];
	int fd;

	if (!path)
		return -1;
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(copy, sizeof(copy), "%s", path);
	if (fd >= 0)
		inotify_add_watch(fd, dirname(copy),
				  IN_MOVED_TO | IN_CLOSE_WRITE);
	return fd;
}

/* Drain the events; did one of them concern the rings file? */
static bool file_changed(int fd, const char *path)
{
	char buf[4096] __attribute__((aligned(8))), copy[PATH_MAX];
	const struct inotify_event *ev;
	bool changed = false;
	ssize_t n, at;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof(*ev) + ev->len)) {
			ev = (const struct inotify_event *)(buf + at);
			if (ev->len && !strcmp(ev->name, basename(copy)))
				changed = true;
		}
	return changed;
}

static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Readable when process @pid has ended. */
static int open_process(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static bool is_process_gone(pid_t pid)
{
	struct pollfd p = { .fd = open_process(pid), .events = POLLIN };
	bool gone = p.fd < 0 ? errno == ESRCH : poll(&p, 1, 0) == 1;

	if (p.fd >= 0)
		close(p.fd);
	return gone;
}

bool trace_has_left(const struct trace_session *s)
{
	unsigned int i;

	for (i = 0; i < s->rings->nr_procs; i++)
		if (is_process_gone((pid_t)s->rings->proc[i].tgid))
			return true;
	return false;
}

/* One that has ended meanwhile cannot be opened any more. */
static int watch_processes(const struct trace_session *s, struct pollfd *p,
			   struct err *e)
{
	unsigned int i;

	for (i = 0; i < s->opt->nr_pids; i++) {
		p[i].fd = open_process(s->opt->pid[i]);
		if (p[i].fd < 0 && errno == ESRCH)
			return err_set(e, -ESRCH, "process %d has ended",
				       (int)s->opt->pid[i]);
	}
	return 0;
}

static pid_t find_ended(const struct trace_session *s, const struct pollfd *p)
{
	unsigned int i;

	for (i = 0; i < s->opt->nr_pids; i++)
		if (p[i].revents)
			return s->opt->pid[i];
	return 0;
}

/* 1: the end, 0: go on, or -errno. */
static int take_word(struct trace_session *s, struct err *e)
{
	int word = sync_read(&s->sync, &s->window, e);

	/* Both may have come at once. */
	if (word == SYNC_GO) {
		start(s);
		word = sync_next(&s->sync, &s->window, e);
	}
	if (word == SYNC_EOF && !s->started)
		return err_set(e, -EPIPE, "the harness gave up before go");
	return word < 0 ? word : word == SYNC_STOP || word == SYNC_EOF;
}

/* How long poll(2) may sleep: without a harness, until the window ends, and
 * not long where clocks have to be kept together. */
static int time_left_ms(const struct trace_session *s)
{
	uint64_t now = clock_now_ns(), left;
	int longest = trace_clock_needed(s) ? CLOCK_MS : -1;

	if (s->sync.fd >= 0 || !s->opt->time_ns)
		return longest;
	if (now >= s->window.end_ns)
		return 0;
	left = (s->window.end_ns - now + 999999) / 1000000;
	return (int)MIN(left, longest < 0 ? INT_MAX : (uint64_t)longest);
}

static bool is_over(const struct trace_session *s)
{
	return s->sync.fd < 0 && s->opt->time_ns &&
	       clock_now_ns() >= s->window.end_ns;
}

static int wait_events(struct trace_session *s, struct pollfd *p,
		       struct err *e)
{
	int ret;

	for (;;) {
		ret = poll(p, NR_POLLED, time_left_ms(s));
		if (ret < 0 && errno != EINTR)
			return err_set(e, -errno, "poll: %s", strerror(errno));
		if (ret > 0 && p[0].revents && !s->started)
			return err_set(e, -EINTR, "stopped before go");
		if (is_over(s) || (ret > 0 && p[0].revents))
			return 0;
		if (ret <= 0) {
			trace_clock_update(s);
			continue;
		}
		s->ended = find_ended(s, p + 3);
		if (s->ended)
			return 0;
		if (p[1].revents) {
			ret = take_word(s, e);
			if (ret)
				return ret < 0 ? ret : 0;
		}
		if (p[2].revents && file_changed(p[2].fd, s->opt->rings_file))
			resolve_again(s);
	}
}

int trace_wait(struct trace_session *s, struct err *e)
{
	struct pollfd p[NR_POLLED];
	int i, ret = 0;

	for (i = 0; i < NR_POLLED; i++)
		p[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	p[0].fd = watch_signals();
	p[1].fd = s->sync.fd;
	p[2].fd = watch_file(s->opt->rings_file);
	ret = watch_processes(s, p + 3, e);
	if (!ret && s->sync.fd >= 0) {
		ret = sync_ready(&s->sync, e);
	} else if (!ret) {
		s->window.start_ns = clock_now_ns();
		s->window.end_ns = s->opt->time_ns ? s->window.start_ns +
							     s->opt->time_ns
						   : UINT64_MAX;
		start(s);
	}
	if (!ret)
		ret = wait_events(s, p, e);
	close(p[0].fd);
	for (i = 2; i < NR_POLLED; i++)
		if (p[i].fd >= 0)
			close(p[i].fd);
	return ret;
}

/* One end for all, before the first is detached: that takes its time. */
void trace_stop(struct trace_session *s)
{
	unsigned int i;

	s->window.end_ns = MAX(s->window.start_ns,
			       MIN(s->window.end_ns, clock_now_ns()));
	set_window(s);
	trace_vm_end(s);
	for (i = 0; i < PROBE_COUNT; i++)
		if (s->attached[i])
			probe_detach(&s->probe[i]);
}

void trace_close(struct trace_session *s)
{
	unsigned int i;

	for (i = 0; i < PROBE_COUNT; i++)
		probe_close(&s->probe[i]);
	trace_vm_close(s);
	free(s->rings);
	s->rings = NULL;
}
