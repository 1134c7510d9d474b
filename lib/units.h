/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_UNITS_H
#define VIOPERF_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * Units as people write them, both ways. Sizes are binary as in fio: 4k is
 * 4096, 1m is 1 MiB; kb/kib/ki are accepted. Times take ns, us, ms, s, m, h;
 * a bare number is seconds. Counts take k, m and g as powers of ten. A number
 * takes nothing.
 *
 * Written is DIGITS[.DIGITS]UNIT. The value is exact: what is not a whole
 * number of bytes, of ns or of things is refused, never rounded, so that
 * nothing becomes 0, which may mean "no limit", by itself.
 */
enum units_kind { UNITS_SIZE, UNITS_TIME, UNITS_COUNT, UNITS_NUMBER };

#define UNITS_ANY ((uint64_t)INT64_MAX) /* no upper limit but this */

/* 0, -EINVAL (not a number with such a unit), -EDOM (not a whole number) or
 * -ERANGE (beyond UNITS_ANY); *@out is set on success alone. */
int units_parse(enum units_kind kind, const char *text, uint64_t *out);

/* The same between @min and @max, or -EINVAL and @e, which says so. */
int units_take(enum units_kind kind, const char *text, uint64_t min,
	       uint64_t max, uint64_t *out, struct err *e);

/* "0.5" or "0.5%". 0, -EINVAL, -ERANGE. */
int units_parse_percent(const char *text, double *percent);

static inline int units_parse_size(const char *text, uint64_t *bytes)
{
	return units_parse(UNITS_SIZE, text, bytes);
}

static inline int units_parse_time(const char *text, uint64_t *ns)
{
	return units_parse(UNITS_TIME, text, ns);
}

static inline int units_parse_count(const char *text, uint64_t *count)
{
	return units_parse(UNITS_COUNT, text, count);
}

/* Short human forms into @buf, which is returned: "12.3µs", "1.2M", "4.0MiB".
 * Three significant digits. */
char *units_time(char *buf, size_t len, double ns);
char *units_count(char *buf, size_t len, double count);
char *units_spaced(char *buf, size_t len, double count); /* "955 M" */
char *units_bytes(char *buf, size_t len, double bytes);

/* A metric's @value in its @unit ("ns", "1/s", "B/s", "bit/s", "1") as load,
 * guest and reports all print it: "12.3µs", "955 Mbit/s"; "–" for NAN. */
char *units_value(char *buf, size_t len, double value, const char *unit);

#endif
