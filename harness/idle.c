/* SPDX-License-Identifier: MIT */
#include "idle.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/util.h"

static void *spin(void *arg)
{
	(void)arg;
	for (;;)
		cpu_relax();
	return NULL;
}

/* Of the lowest priority, on @cpu alone. 0 or an errno. */
static int spin_on(int cpu)
{
	struct sched_param none = { 0 };
	pthread_attr_t attr;
	cpu_set_t one;
	pthread_t t;
	int ret;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(one), &one);
	ret = pthread_create(&t, &attr, spin, NULL);
	pthread_attr_destroy(&attr);
	return ret ?: pthread_setschedparam(t, SCHED_IDLE, &none);
}

/* Tells @told how it went: an errno, or 0. */
static void child(const cpu_set_t *cpus, pid_t parent, int told)
{
	int cpu, ret = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_IGN); /* Ctrl-C is the parent's to handle */
	for (cpu = 0; cpu < CPU_SETSIZE && !ret; cpu++)
		if (CPU_ISSET(cpu, cpus))
			ret = spin_on(cpu);
	if (write(told, &ret, sizeof(ret)) != sizeof(ret) || ret)
		_exit(1);
	for (;;)
		pause();
}

/* Until the child has told. */
static int hear(int fd)
{
	int ret = 0;
	ssize_t n;

	do
		n = read(fd, &ret, sizeof(ret));
	while (n < 0 && errno == EINTR);
	return n == sizeof(ret) ? -ret : -ECHILD;
}

int idle_start(struct idle *i, const cpu_set_t *cpus, struct err *e)
{
	pid_t parent = getpid();
	int told[2], ret;

	if (pipe2(told, O_CLOEXEC))
		return err_set(e, -errno, "idle = spin: %s", strerror(errno));
	i->pid = fork();
	ret = i->pid < 0 ? -errno : 0;
	if (!i->pid)
		child(cpus, parent, told[1]);
	close(told[1]);
	if (!ret)
		ret = hear(told[0]);
	else
		i->pid = 0;
	close(told[0]);
	if (!ret)
		return 0;
	idle_stop(i);
	return err_set(e, ret, "idle = spin: %s", strerror(-ret));
}

void idle_stop(struct idle *i)
{
	if (!i->pid)
		return;
	kill(i->pid, SIGKILL);
	waitpid(i->pid, NULL, 0);
	i->pid = 0;
}
