/* SPDX-License-Identifier: MIT */
#include "inproc.h"

#include <stdlib.h>

#include "memory.h"

int inproc_open(struct inproc **out, const struct load_memory *m,
		const struct ring_driver *r, struct err *e)
{
	struct inproc *i = calloc(1, sizeof(*i));
	uint8_t *host;
	int ret;

	if (!i)
		return err_set(e, -ENOMEM, "out of memory");
	*out = i;
	i->ring.mem = guest_memory_new();
	if (!i->ring.mem)
		return err_set(e, -ENOMEM, "out of memory");
	ret = guest_memory_add(i->ring.mem, LOAD_GPA, m->bytes,
			       (uintptr_t)m->base, m->fd, 0, e);
	if (ret < 0)
		return ret;
	host = i->ring.mem->region[0].host;
	i->ring.num = r->num;
	i->ring.event_idx = r->event_idx;
	i->ring.indirect = r->indirect;
	i->ring.split.desc =
		(void *)(host + ((uint8_t *)r->split.desc - m->base));
	i->ring.split.avail =
		(void *)(host + ((uint8_t *)r->split.avail - m->base));
	i->ring.split.used =
		(void *)(host + ((uint8_t *)r->split.used - m->base));
	split_set_base(&i->ring, 0);
	return 0;
}

void inproc_close(struct inproc *i)
{
	if (!i)
		return;
	guest_memory_put(i->ring.mem);
	free(i);
}
