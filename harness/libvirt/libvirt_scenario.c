/* SPDX-License-Identifier: MIT */
#include "libvirt_scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/util.h"
#include "libvirt_found.h"
#include "libvirt_keys.h"
#include "libvirt_plan.h"
#include "harness/matrix.h"
#include "harness/plan.h"

/* How long @s takes with guests of @accelerator, on a machine that has all it
 * asks for. */
static int add_up(struct libvirt_scenario_cost *c, uint64_t *ns,
		  const struct scenario *s, const char *accelerator,
		  struct err *e)
{
	const struct matrix_host host = { .no_trace = "",
					  .accelerator = accelerator };
	struct matrix m;
	unsigned int i;
	int ret = matrix_build(&m, s, &host, e);

	for (i = c->nr_cells = 0; !ret && i < m.nr; i++) {
		if (m.cell[i].status == CELL_SKIPPED)
			m.cell[i].status = CELL_PLANNED;
		c->nr_cells += m.cell[i].status == CELL_PLANNED;
	}
	c->nr_blocks = (unsigned int)scenario_number(s, KEY_BLOCKS);
	if (!ret)
		*ns = plan_ns(&m, s, c->nr_blocks);
	matrix_free(&m);
	return ret;
}

/* What is about to be written is read as a run would read it: so it can be
 * run, and its cells are counted by what makes them. */
static int try_keys(const char *text, size_t bytes,
		    struct libvirt_scenario_cost *c, struct err *e)
{
	struct scenario s = { 0 };
	char path[32];
	int fd = memfd_create("scenario", MFD_CLOEXEC), ret;

	if (fd < 0 || write(fd, text, bytes) != (ssize_t)bytes) {
		close(fd);
		return err_set(e, -EIO, "memfd: %s", strerror(errno));
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = scenario_read(&s, path, NULL, 0, e);
	ret = ret ?: add_up(c, &c->kvm_ns, &s, "kvm", e);
	ret = ret ?: add_up(c, &c->tcg_ns, &s, "tcg", e);
	if (!ret)
		c->emulated = !strcmp(scenario_text(&s, KEY_ACCELERATOR),
				      "tcg");
	scenario_free(&s);
	close(fd);
	return ret;
}

void libvirt_scenario_cost_print(const struct libvirt_scenario_cost *c,
				 FILE *out)
{
	fprintf(out, "Up to %u cells in %u blocks, each with a guest of its "
		"own: ", c->nr_cells, c->nr_blocks);
	if (!c->emulated) {
		plan_print_time(out, c->kvm_ns);
		fputs(" under KVM, ", out);
	}
	plan_print_time(out, c->tcg_ns);
	fputs(" emulated; --blocks 1 for a first look", out);
}

static void print_head(FILE *out)
{
	fputs("; What a libvirt domain has today against what a change of "
	      "its XML would bring.\n"
	      "; Run it with: vioperf run FILE\n"
	      "; The element for a target: vioperf list --libvirt TARGET\n"
	      "; The guest is vioperf's own, with 512m of memory (key memory) "
	      "and the host's CPU.\n"
	      ";\n", out);
}

static void print_targets(const struct plan *p, FILE *out)
{
	unsigned int i;

	fputs(";\n; Targets\n", out);
	for (i = 0; i < p->nr_targets; i++)
		fprintf(out, ";   %-34s %s\n", p->target[i].name,
			p->target[i].why);
	if (p->nr_left_out)
		fprintf(out, ";   %u more, or more queues of one, are left "
			"out: there is no room for them in one scenario\n",
			p->nr_left_out);
}

static int print_all(const struct plan *p, const struct libvirt_domain *d,
		     FILE *out, struct libvirt_scenario_cost *c, struct err *e)
{
	char *keys = NULL;
	size_t bytes;
	FILE *f = open_memstream(&keys, &bytes);
	int ret;

	if (!f)
		return err_set(e, -ENOMEM, "out of memory");
	libvirt_keys_print(p, d, f);
	if (fclose(f))
		ret = err_set(e, -ENOMEM, "out of memory");
	else
		ret = try_keys(keys, bytes, c, e);
	if (!ret) {
		print_head(out);
		libvirt_found_print(p, d, out);
		print_targets(p, out);
		fputs(";\n; ", out);
		libvirt_scenario_cost_print(c, out);
		fprintf(out, ".\n\n%s", keys);
	}
	free(keys);
	return ret;
}

int libvirt_scenario_print(const struct libvirt_domain *d, FILE *out,
			   struct libvirt_scenario_cost *c, struct err *e)
{
	struct plan p;
	int ret = plan_build(&p, d, e);

	memset(c, 0, sizeof(*c));
	if (!ret)
		ret = print_all(&p, d, out, c, e);
	plan_free(&p);
	return ret;
}
