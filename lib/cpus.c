/* SPDX-License-Identifier: MIT */
#include "cpus.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One CPU number at *@p, which is moved behind it; -EINVAL if there is none. */
static int parse_cpu(const char **p)
{
	unsigned long cpu;
	char *end;

	if (!isdigit((unsigned char)**p))
		return -EINVAL;
	cpu = strtoul(*p, &end, 10);
	*p = end;
	return cpu < CPU_SETSIZE ? (int)cpu : -EINVAL;
}

static int parse_range(const char **p, cpu_set_t *set)
{
	int first, last;

	first = last = parse_cpu(p);
	if (first >= 0 && **p == '-') {
		(*p)++;
		last = parse_cpu(p);
	}
	if (first < 0 || last < first)
		return -EINVAL;
	for (; first <= last; first++)
		CPU_SET(first, set);
	return 0;
}

int cpus_parse(const char *list, cpu_set_t *set, struct err *e)
{
	const char *p = list;

	CPU_ZERO(set);
	for (;;) {
		if (parse_range(&p, set) < 0)
			break;
		if (!*p)
			return 0;
		if (*p++ != ',')
			break;
	}
	return err_set(e, -EINVAL,
		       "\"%s\" is not a CPU list; write it like 0 or 0-3,6",
		       list);
}

int cpus_pin(const char *list, struct err *e)
{
	cpu_set_t set;
	int ret;

	ret = cpus_parse(list, &set, e);
	if (ret < 0)
		return ret;
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return err_set(e, -errno, "cannot run on CPU %s: %s", list,
			       strerror(errno));
	return 0;
}

void cpus_usable(const char *list, cpu_set_t *set)
{
	if (!list || cpus_parse(list, set, NULL))
		sched_getaffinity(0, sizeof(*set), set);
}
