/* SPDX-License-Identifier: MIT */
#include "target_option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nearest.h"
#include "lib/units.h"
#include "target.h"

#define MAX_OPTIONS 8

/* One option as it was written, then as it is to be. */
struct given {
	char name[32], value[32];
	bool has_value;
};

struct givens {
	struct given at[MAX_OPTIONS];
	unsigned int nr;
};

const char *target_options(const char *name)
{
	return name + strcspn(name, "+");
}

/* The option at *@at ("+name=value+…"), which is moved behind it; false at the
 * end. */
static bool next(const char **at, struct given *g)
{
	size_t n, name;

	if (**at != '+')
		return false;
	n = strcspn(++*at, "+");
	name = strcspn(*at, "+=");
	g->has_value = name < n;
	snprintf(g->name, sizeof(g->name), "%.*s", (int)name, *at);
	snprintf(g->value, sizeof(g->value), "%.*s",
		 g->has_value ? (int)(n - name - 1) : 0, *at + name + 1);
	*at += n;
	return true;
}

static bool find(const char *options, const char *name, struct given *g)
{
	while (next(&options, g))
		if (!strcmp(g->name, name))
			return true;
	return false;
}

bool target_option_has(const char *options, const char *name)
{
	struct given g;

	return find(options, name, &g);
}

bool target_option_value(const char *options, const char *name, char *value,
			 size_t room)
{
	struct given g;

	if (!find(options, name, &g))
		return false;
	snprintf(value, room, "%s", g.value);
	return true;
}

void target_option_arg(struct process *p, const char *options,
		       const char *name)
{
	char value[32];

	if (target_option_value(options, name, value, sizeof(value)))
		process_arg(p, "--%s=%s", name, value);
}

const char *target_option_aio(const char *options)
{
	return target_option_has(options, "native")  ? "native" :
	       target_option_has(options, "threads") ? "threads" :
						       "io_uring";
}

const char *target_option_poll_max(char *buf, size_t room,
				   const char *options)
{
	char value[32];
	uint64_t ns = 0;

	buf[0] = 0;
	if (target_option_value(options, "poll-max", value, sizeof(value)) &&
	    !units_parse_time(value, &ns))
		snprintf(buf, room, ",poll-max-ns=%llu",
			 (unsigned long long)ns);
	return buf;
}

static const struct target_option *known(const struct target_ops *t,
					 const char *name, struct nearest *n)
{
	const struct target_option *o;

	for (o = t->options; o && o->name; o++) {
		if (!strcmp(o->name, name))
			return o;
		nearest_try(n, o->name);
	}
	return NULL;
}

const char *target_option_idle(const struct target_ops *t, const char *options,
			       unsigned int backing)
{
	const struct target_option *o;

	for (o = t->options; o && o->name; o++)
		if (o->backings && !(o->backings & backing) &&
		    target_option_has(options, o->name))
			return o->name;
	return NULL;
}

/* The shortest text that means @ns: 0, 500ns, 32us, 2ms, 1s. */
static void time_text(char *buf, size_t room, uint64_t ns)
{
	static const char *const unit[] = { "ns", "us", "ms", "s" };
	unsigned int u = 0;

	for (; u < 3 && ns && ns % 1000 == 0; u++)
		ns /= 1000;
	snprintf(buf, room, "%llu%s", (unsigned long long)ns,
		 ns ? unit[u] : "");
}

static int check_value(const struct target_option *o, struct given *g,
		       struct err *e)
{
	uint64_t ns;

	if (!o->takes_time && g->has_value)
		return err_set(e, -EINVAL, "+%s takes no value", o->name);
	if (!o->takes_time)
		return 0;
	if (units_parse_time(g->value, &ns) < 0 || ns > 10000000000ull)
		return err_set(e, -EINVAL, "+%s=%s: use a time up to 10s, as "
			       "in +%s=32us", o->name, g->value, o->name);
	time_text(g->value, sizeof(g->value), ns);
	return 0;
}

/* What options of one name say of each other. */
static int check_others(const struct target_ops *t, const struct given *g,
			const char *options, struct err *e)
{
	struct nearest n = { .text = "" };
	const struct target_option *o = known(t, g->name, &n), *other;
	unsigned int same = 0;
	const char *at = options;
	struct given x;

	if (o->needs && !target_option_has(options, o->needs))
		return err_set(e, -EINVAL, "+%s needs +%s beside it", o->name,
			       o->needs);
	if (o->without && target_option_has(options, o->without))
		return err_set(e, -EINVAL, "+%s and +%s exclude each other",
			       o->name, o->without);
	while (next(&at, &x)) {
		other = known(t, x.name, &n);
		same += !strcmp(x.name, o->name);
		if (other && other != o && o->one_of && other->one_of &&
		    !strcmp(other->one_of, o->one_of))
			return err_set(e, -EINVAL, "+%s and +%s exclude each "
				       "other", o->name, other->name);
	}
	return same > 1 ? err_set(e, -EINVAL, "+%s is there twice", o->name) :
			  0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct given *)a)->name,
		      ((const struct given *)b)->name);
}

static int take(const struct target_ops *t, const char *options,
		struct givens *all, struct err *e)
{
	const char *at = options;
	const struct target_option *o;
	struct nearest n;
	struct given g;
	int ret;

	while (next(&at, &g)) {
		n = (struct nearest){ .text = g.name };
		o = known(t, g.name, &n);
		if (!o)
			return err_set(e, -EINVAL, "target %s has no option "
				       "'+%s'; vioperf list --targets shows "
				       "those it has%s", t->name, g.name,
				       nearest_hint(&n));
		ret = check_value(o, &g, e) ?: check_others(t, &g, options, e);
		if (ret < 0)
			return ret;
		all->at[all->nr++] = g;
		if (all->nr == MAX_OPTIONS)
			return err_set(e, -EINVAL, "too many options");
	}
	return 0;
}

int target_option_check(const struct target_ops *t, const char *name,
			char *out, size_t room, struct err *e)
{
	const char *options = target_options(name);
	struct givens all = { .nr = 0 };
	unsigned int i;
	size_t n;
	int ret = take(t, options, &all, e);

	if (ret < 0)
		return ret;
	qsort(all.at, all.nr, sizeof(all.at[0]), by_name);
	n = (size_t)snprintf(out, room, "%.*s", (int)(options - name), name);
	for (i = 0; i < all.nr && n < room; i++)
		n += (size_t)snprintf(out + n, room - n, "+%s%s%s",
				      all.at[i].name,
				      all.at[i].has_value ? "=" : "",
				      all.at[i].value);
	return n < room ? 0 : err_set(e, -EINVAL, "name too long");
}

json_t *target_option_json(const char *options)
{
	json_t *j = json_object();
	struct given g;

	while (next(&options, &g))
		json_object_set_new(j, g.name, g.has_value ?
					    json_string(g.value) : json_true());
	return j;
}
