/* SPDX-License-Identifier: MIT */
#include "idle.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/util.h"

static void *spin(void *arg)
{
	struct sched_param none = { 0 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((int)(long)arg, &one);
	if (pthread_setaffinity_np(pthread_self(), sizeof(one), &one) ||
	    pthread_setschedparam(pthread_self(), SCHED_IDLE, &none))
		return NULL;
	for (;;)
		cpu_relax();
	return NULL;
}

static void child(const cpu_set_t *cpus, pid_t parent)
{
	pthread_t t;
	long cpu;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_IGN); /* Ctrl-C is the parent's to handle */
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, cpus))
			pthread_create(&t, NULL, spin, (void *)cpu);
	for (;;)
		pause();
}

int idle_start(struct idle *i, const cpu_set_t *cpus, struct err *e)
{
	pid_t parent = getpid();

	i->pid = fork();
	if (i->pid < 0) {
		i->pid = 0;
		return err_set(e, -errno, "idle = spin: %s", strerror(errno));
	}
	if (!i->pid)
		child(cpus, parent);
	return 0;
}

void idle_stop(struct idle *i)
{
	if (!i->pid)
		return;
	kill(i->pid, SIGKILL);
	waitpid(i->pid, NULL, 0);
	i->pid = 0;
}
