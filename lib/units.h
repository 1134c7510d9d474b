/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_UNITS_H
#define VIOPERF_UNITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Units as people write them, both ways. Sizes are binary as in fio: 4k is
 * 4096, 1m is 1 MiB; kb/kib/ki are accepted. Times take ns, us, ms, s, m, h;
 * a bare number is seconds. Rates take k and m as powers of ten.
 * The parsers return 0, -EINVAL (not a number or unit) or -ERANGE.
 */
int units_parse_size(const char *text, uint64_t *bytes);
int units_parse_time(const char *text, uint64_t *ns);
int units_parse_count(const char *text, uint64_t *count);

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
