/* SPDX-License-Identifier: MIT */
#include "guest_cpu.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"
#include "guest.h"
#include "guest_process.h"

#define EVERY_US 100000

static void look(struct guest_cpu *c)
{
	struct guest_cpu_sample *s = &c->sample[c->nr];
	const struct guest *g = c->guest;
	uint64_t vcpu, other;
	unsigned int i;

	if (c->nr == GUEST_CPU_SAMPLES)
		return;
	*s = (struct guest_cpu_sample){ .at_ns = clock_now_ns() };
	for (i = 0; i < g->nr_vms; i++) {
		guest_vm_cpu_ns(&g->vm[i], &vcpu, &other);
		s->vcpu_ns += vcpu;
		s->other_ns += other;
	}
	s->device_ns = guest_process_cpu_ns(g->config->device_pid);
	c->nr++;
}

static void *watch(void *arg)
{
	struct guest_cpu *c = arg;

	while (!c->stop) {
		look(c);
		usleep(EVERY_US);
	}
	return NULL;
}

struct guest_cpu *guest_cpu_start(const struct guest *g, struct err *e)
{
	struct guest_cpu *c = calloc(1, sizeof(*c));

	if (c)
		c->guest = g;
	if (!c || pthread_create(&c->thread, NULL, watch, c)) {
		free(c);
		err_set(e, -ENOMEM, "no thread for looking at CPU time");
		return NULL;
	}
	return c;
}

/* The last sample at or before @ns; the first one if there is none. */
static const struct guest_cpu_sample *at(const struct guest_cpu *c,
					 uint64_t ns)
{
	unsigned int i = c->nr - 1;

	while (i && c->sample[i].at_ns > ns)
		i--;
	return &c->sample[i];
}

void guest_cpu_stop(struct guest_cpu *c, uint64_t time_ns,
		    struct guest_cpu_use *use)
{
	const struct guest_cpu_sample *a, *b;
	uint64_t end;
	double ns;

	c->stop = 1;
	pthread_join(c->thread, NULL);
	look(c);
	end = c->sample[c->nr - 1].at_ns;
	a = at(c, end - time_ns / 10 * 8);
	b = at(c, end - time_ns / 10 * 2);
	ns = (double)(b->at_ns - a->at_ns);
	*use = (struct guest_cpu_use){ 0 };
	if (ns > 0)
		*use = (struct guest_cpu_use){
			(double)(b->vcpu_ns - a->vcpu_ns) / ns,
			(double)(b->other_ns - a->other_ns) / ns,
			(double)(b->device_ns - a->device_ns) / ns,
		};
	free(c);
}
