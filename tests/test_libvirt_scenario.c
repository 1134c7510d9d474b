/* SPDX-License-Identifier: MIT */
/* Scenarios made of the domains in tests/libvirt can be run: every key is
 * taken, every target exists and has a cell that is not excluded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/libvirt/libvirt_domain.h"
#include "harness/libvirt/libvirt_scenario.h"
#include "harness/matrix.h"

static char path[] = "/tmp/test_libvirt_scenario.XXXXXX";

static void make_scenario(const char *domain)
{
	struct libvirt_domain d;
	struct libvirt_scenario_cost cost;
	FILE *f = fopen(path, "w");
	struct err e = { "" };

	if (libvirt_domain_read(&d, domain, &e) ||
	    libvirt_scenario_print(&d, f, &cost, &e))
		fail_msg("%s", e.text);
	fclose(f);
	libvirt_domain_free(&d);
}

/* "Up to 23 cells" of the scenario's own words. */
static unsigned int promised_cells(const struct scenario *s)
{
	const char *at = strstr(s->text, "; Up to ");
	unsigned int nr = 0;

	assert_non_null(at);
	assert_int_equal(sscanf(at, "; Up to %u cells", &nr), 1);
	return nr;
}

static bool can_run(const struct matrix *m, const char *target)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->cell[i].status != CELL_EXCLUDED &&
		    !strcmp(m->cell[i].value[KEY_TARGET], target))
			return true;
	return false;
}

static void assert_runs(const char *domain, enum scenario_key key,
			const struct scenario *s, const struct matrix *m)
{
	unsigned int i;

	for (i = 0; i < s->key[key].nr; i++)
		if (!can_run(m, s->key[key].value[i]))
			fail_msg("%s: %s %s: every cell of it is excluded",
				 domain, scenario_key_name(key),
				 s->key[key].value[i]);
}

static void test_domain(void **state)
{
	const struct matrix_host host = { .no_trace = "not here",
					  .accelerator = "tcg" };
	const char *domain = *state;
	struct scenario s;
	struct err e = { "" };
	struct matrix m;

	make_scenario(domain);
	if (scenario_read(&s, path, NULL, 0, &e) ||
	    matrix_build(&m, &s, &host, &e))
		fail_msg("%s: %s", domain, e.text);
	assert_runs(domain, KEY_TARGET, &s, &m);
	assert_runs(domain, KEY_REFERENCE, &s, &m);
	assert_int_equal(m.nr, promised_cells(&s));
	matrix_free(&m);
	scenario_free(&s);
}

#define TEST(name)                                                  \
	{ name, test_domain, NULL, NULL, "tests/libvirt/" name ".xml" }

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("server"), TEST("legacy"), TEST("minimal"),
		TEST("vhostuser"),
	};
	int ret;

	close(mkstemp(path));
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return ret;
}
