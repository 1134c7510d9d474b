/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_FIO_H
#define VIOPERF_GUEST_FIO_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/hist.h"
#include "bench/failures.h"

/* What fio's json+ output says, over all its jobs and directions. */
struct guest_fio {
	uint64_t bytes;
	uint64_t runtime_ns; /* the longest job's */
	uint64_t failed;     /* requests, as far as fio went on */
	unsigned int jobs_in_error; /* that stopped there */
	struct hist latency; /* submission to completion; bins merged. Of the
			      * requests that went well, and it counts them */
};

/* Parse @text (which may begin with notes of fio's): the whole JSON is
 * returned, the caller's; NULL and @e when it is not what fio 3 prints. */
json_t *guest_fio_parse(struct guest_fio *f, const char *text, struct err *e);

/* The first request that failed, of what fio says on stderr. False: none. */
bool guest_fio_failure(struct failure *first, const char *text);

#endif
