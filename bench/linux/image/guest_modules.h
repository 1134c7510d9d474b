/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_MODULES_H
#define VIOPERF_GUEST_MODULES_H

#include "lib/err.h"
#include "guest_kernel.h"

/* Files of modules, in the order in which they are to be loaded. */
struct guest_module_list {
	char **path;
	unsigned int nr, room;
};

/*
 * @names with all they need, each once, without what is built in. What they
 * need is read from the modules themselves, as no modules.dep comes with a
 * package. Compressed ones are unpacked into the cache. -ENOTSUP and @e
 * with the CONFIG_ option when the kernel has no such module. Free the list in
 * either case.
 */
int guest_modules_resolve(const struct guest_kernel *k,
			  const char *const *names, unsigned int nr,
			  struct guest_module_list *list, struct err *e);
void guest_modules_free(struct guest_module_list *list);

#endif
