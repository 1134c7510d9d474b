/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <string.h>

#include "lib/util.h"

#define MS 1000000ull

/* What a cell takes beside its own time: processes that start and end, guests
 * that boot. Seen on a machine of two CPUs; others are not far from it. */
static uint64_t around_ns(const struct cell *c)
{
	if (c->driver == DRIVER_QEMU)
		return (strcmp(c->accelerator, "tcg") ? 3000 : 7000) * MS;
	if (c->target->in_process)
		return 50 * MS;
	return (c->traced ? 500 : 150) * MS;
}

uint64_t plan_ns(const struct matrix *m, const struct scenario *s,
		 unsigned int blocks)
{
	uint64_t own = scenario_number(s, KEY_TIME) +
		       scenario_number(s, KEY_WARMUP), sum = 0;
	bool file = false;
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		if (m->cell[i].status != CELL_PLANNED)
			continue;
		sum += own + around_ns(&m->cell[i]);
		file |= m->cell[i].backing == BACKING_FILE;
	}
	sum *= blocks;
	if (file) /* 500 MB/s */
		sum += scenario_number(s, KEY_FILE_SIZE) * 2;
	return sum;
}

void plan_print_time(FILE *f, uint64_t ns)
{
	unsigned int s = (unsigned int)((ns + 1000 * MS - 1) / (1000 * MS));

	if (s < 90)
		fprintf(f, "about %u s", s);
	else if (s < 5400)
		fprintf(f, "about %u min", (s + 30) / 60);
	else
		fprintf(f, "about %u h %u min", (s + 30) / 3600,
			(s + 30) / 60 % 60);
}

void plan_print_size(FILE *f, const struct matrix *m, const struct scenario *s,
		     unsigned int blocks)
{
	unsigned int i, twins = 0;

	for (i = 0; i < m->nr; i++)
		twins += m->cell[i].status == CELL_PLANNED &&
			 m->cell[i].traced;
	fprintf(f, "%u cells", m->nr_planned);
	if (twins)
		fprintf(f, " (%u of them traced twins)", twins);
	fprintf(f, " in %u block%s: ", blocks, blocks == 1 ? "" : "s");
	plan_print_time(f, plan_ns(m, s, blocks));
	fputc('\n', f);
}

/* What was asked of it, by those keys that say something of it. */
static void print_cell(FILE *f, const struct cell *c)
{
	bool paced = strcmp(c->value[KEY_RATE], "0");
	char name[80];

	snprintf(name, sizeof(name), "%s%s%s", c->value[KEY_TARGET],
		 c->driver == DRIVER_USER ? "" : ", ",
		 c->driver == DRIVER_USER ? "" : c->value[KEY_DRIVER]);
	fprintf(f, "  %-28s ", name);
	if (c->target->load == LOAD_NET)
		fprintf(f, "%s", c->value[KEY_TRAFFIC]);
	else if (c->target->load == LOAD_BLK)
		fprintf(f, "%-5s %s %s depth %-3s queues %s %s%s%s",
			c->value[KEY_BACKING], c->value[KEY_BS],
			c->value[KEY_RW], c->value[KEY_DEPTH],
			c->value[KEY_QUEUES], c->value[KEY_COMPLETION],
			paced ? " rate " : "", paced ? c->value[KEY_RATE] : "");
	else if (c->target->load == LOAD_RNG && c->driver == DRIVER_USER)
		fprintf(f, "rng   %s depth %-3s %s%s%s", c->value[KEY_BS],
			c->value[KEY_DEPTH], c->value[KEY_COMPLETION],
			paced ? " rate " : "", paced ? c->value[KEY_RATE] : "");
	else
		fprintf(f, "%s", target_load_name(c->target->load));
}

/* Is the next one its traced twin, and to be run? */
static bool has_twin(const struct matrix *m, const struct cell *c)
{
	return c + 1 < m->cell + m->nr && c[1].twin_of == c &&
	       c[1].status == CELL_PLANNED;
}

/* A twin stands with its cell, unless their fates differ. */
static bool is_shown_by_other(const struct cell *c)
{
	return c->twin_of && (c->status == CELL_PLANNED ||
			      c->status == c->twin_of->status);
}

static void print_cells(FILE *f, const struct matrix *m,
			enum cell_status status, const char *title)
{
	const struct cell *c;
	bool any = false;

	for (c = m->cell; c < m->cell + m->nr; c++) {
		if (c->status != status || is_shown_by_other(c))
			continue;
		if (!any)
			fprintf(f, "%s\n", title);
		any = true;
		print_cell(f, c);
		if (c->twin_of)
			fprintf(f, ", traced");
		else if (status == CELL_PLANNED && has_twin(m, c))
			fprintf(f, ", and traced");
		if (*c->reason)
			fprintf(f, ": %s", c->reason);
		fputc('\n', f);
	}
}

static void print_packages(FILE *f, const struct matrix *m)
{
	const char *said[64];
	unsigned int nr = 0, i, k;

	for (i = 0; i < m->nr; i++) {
		const char *p = m->cell[i].target->package;

		for (k = 0; p && k < nr; k++)
			if (!strcmp(said[k], p))
				break;
		if (!p || m->cell[i].status == CELL_EXCLUDED || k < nr ||
		    nr == ARRAY_SIZE(said))
			continue;
		fprintf(f, "%s%s", nr ? ", " : "packages: ", p);
		said[nr++] = p;
	}
	if (nr)
		fputc('\n', f);
}

void plan_print(FILE *f, const struct matrix *m, const struct scenario *s,
		unsigned int blocks, const struct diskfile *disk)
{
	plan_print_size(f, m, s, blocks);
	print_cells(f, m, CELL_PLANNED, "run in every block:");
	print_cells(f, m, CELL_SKIPPED, "skipped, not on this machine:");
	print_cells(f, m, CELL_EXCLUDED, "excluded, cannot be:");
	print_packages(f, m);
	if (disk->folder[0])
		fprintf(f, "disk: %s in %s (%s on %s)\n",
			scenario_text(s, KEY_FILE_SIZE), disk->folder,
			disk->filesystem, disk->device);
}
