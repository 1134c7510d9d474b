/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_TESTS_SKIP_PART_H
#define VIOPERF_TESTS_SKIP_PART_H

#include <stdio.h>

/* cmocka passes where single tests are skipped: tests/run.sh counts and names
 * them by this line. To be used within a test, and after <cmocka.h>. */
#define skip_part(reason)                              \
	do {                                           \
		printf("skipped part: %s\n", (reason)); \
		fflush(stdout);                        \
		skip();                                \
	} while (0)

#endif
