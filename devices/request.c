/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <errno.h>
#include <stdlib.h>

int request_pool_open(struct request_pool *p, struct queue *q, size_t bytes)
{
	unsigned int i;

	p->nr = q->num;
	p->bytes = bytes;
	p->free = NULL;
	p->memory = calloc(p->nr, bytes);
	if (!p->memory)
		return -ENOMEM;
	for (i = p->nr; i-- > 0;) {
		struct request *r =
			(struct request *)((char *)p->memory + i * bytes);

		r->q = q;
		r->next_free = p->free;
		p->free = r;
	}
	return 0;
}

void request_pool_close(struct request_pool *p)
{
	free(p->memory);
	p->memory = NULL;
	p->free = NULL;
}
