/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_KVM_WORKER_H
#define VIOPERF_KVM_WORKER_H

#include <jansson.h>

#include "bench/worker.h"

/*
 * A worker whose ring is worked by the bare guest (kvm_guest.c): its thread is
 * the vCPU. The guest logs every request; a hundred times a second, and at
 * every other exit, the thread takes the log and does what worker_tick() does
 * for the loop of its own.
 */

/* Make the guest of @w, whose ring and slots are ready; not yet run. */
int kvm_worker_open(struct worker *w, struct err *e);
void kvm_worker_close(struct worker *w); /* without one is fine */

/* Run it for one pass: 0, or -errno and w->err. @ops: who builds the requests
 * and looks at the answers instead of the guest, NULL: none. */
struct loop_ops;
int kvm_worker_run(struct worker *w, const struct loop_ops *ops);

/* What it counted of requests and failures, into w->failures. */
void kvm_worker_sum_up(struct worker *w);

/* Where the guest leaves its stamps, for the rings file. */
void kvm_worker_put_times(const struct worker *w, json_t *queue);

/* "kvm" of the record, over all workers of @l. */
json_t *kvm_worker_json(const struct load *l);

/* Add exits_per_request and doorbell_ns of @requests. */
void kvm_worker_metrics(const struct load *l, json_t *metrics,
			uint64_t requests);

#endif
