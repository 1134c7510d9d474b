/* SPDX-License-Identifier: MIT */
#include "rings_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/record.h"
#include "bench/kvm/kvm_guest.h"
#include "bench/kvm/kvm_worker.h"
#include "worker.h"

/* The kernel's number of an eventfd, the same in every process that has it;
 * -1 where /proc does not tell (before Linux 5.2). */
static int eventfd_id(int fd)
{
	char path[64], line[128];
	int id = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "eventfd-id: %d", &id) == 1)
			break;
	fclose(f);
	return id;
}

static json_t *queue_to_json(const struct worker *w)
{
	json_t *j = json_pack("{si si si si si si}", "queue", (int)w->index,
			      "tid", (int)w->tid, "kick_fd", w->kick_fd,
			      "kick_id", eventfd_id(w->kick_fd), "call_fd",
			      w->call_fd, "call_id", eventfd_id(w->call_fd));

	if (w->guest)
		kvm_worker_put_times(w, j);
	return j;
}

/* Its address; a port is marked by a bit that no address has. */
static json_int_t doorbell(const struct load_config *c)
{
	return c->kick_port ? KVM_GUEST_KICK_PORT | 1ll << 62 :
			      KVM_GUEST_KICK_MMIO;
}

int rings_file_write(const struct load *l, const char *path, struct err *e)
{
	json_t *queues = json_array(), *pid, *j;
	unsigned int i;
	int ret;

	for (i = 0; i < l->nr_workers; i++)
		json_array_append_new(queues, queue_to_json(&l->worker[i]));
	pid = l->front.device_pid > 0 ? json_integer(l->front.device_pid)
				      : json_null();
	j = json_pack("{si ss si so ss so}", "schema", RECORD_SCHEMA, "kind",
		      "rings", "pid", (int)getpid(), "device_pid", pid,
		      "completion", l->config->poll ? "poll" : "interrupt",
		      "queues", queues);
	if (!j)
		return err_set(e, -ENOMEM, "out of memory");
	/* What is written to an eventfd is then how many requests it announces
	 * (docs/design.md, "Weights"). */
	json_object_set_new(j, "weights", json_boolean(l->stamps));
	if (l->config->kvm)
		json_object_set_new(j, "doorbell",
				    json_integer(doorbell(l->config)));
	ret = record_write(path, j, e);
	json_decref(j);
	return ret;
}
