/* SPDX-License-Identifier: MIT */
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	double factor;
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "b", 1 },
	{ "k", 1024. },
	{ "kb", 1024. },
	{ "ki", 1024. },
	{ "kib", 1024. },
	{ "m", 1048576. },
	{ "mb", 1048576. },
	{ "mi", 1048576. },
	{ "mib", 1048576. },
	{ "g", 1073741824. },
	{ "gb", 1073741824. },
	{ "gi", 1073741824. },
	{ "gib", 1073741824. },
	{ "t", 1099511627776. },
	{ "tb", 1099511627776. },
	{ "tib", 1099511627776. },
	{ 0 },
};

static const struct unit time_units[] = {
	{ "", 1e9 },  { "ns", 1 },    { "us", 1e3 },  { "µs", 1e3 },
	{ "ms", 1e6 }, { "s", 1e9 },  { "m", 6e10 }, { "min", 6e10 },
	{ "h", 3.6e12 }, { 0 },
};

static const struct unit count_units[] = {
	{ "", 1 }, { "k", 1e3 }, { "m", 1e6 }, { "g", 1e9 }, { 0 },
};

static int parse(const char *text, const struct unit *units, uint64_t *out)
{
	char *end;
	double v;

	if (!text || !isdigit((unsigned char)*text))
		return -EINVAL;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return -EINVAL;
	errno = 0;
	v = strtod(text, &end);
	for (; units->name; units++) {
		if (strcasecmp(end, units->name))
			continue;
		v *= units->factor;
		if (errno == ERANGE || !(v >= 0 && v < 9.2e18))
			return -ERANGE;
		*out = (uint64_t)(v + 0.5);
		return 0;
	}
	return -EINVAL;
}

int units_parse_size(const char *text, uint64_t *bytes)
{
	return parse(text, size_units, bytes);
}

int units_parse_time(const char *text, uint64_t *ns)
{
	return parse(text, time_units, ns);
}

int units_parse_count(const char *text, uint64_t *count)
{
	return parse(text, count_units, count);
}

/* Scale @v by steps of @step along @suffix and print three digits. */
static char *scaled(char *buf, size_t len, double v, double step,
		    const char *const *suffix)
{
	double a = fabs(v);
	int digits;

	while (suffix[1] && a >= step * 0.9995) {
		a /= step;
		v /= step;
		suffix++;
	}
	digits = a >= 99.95 ? 0 : a >= 9.995 ? 1 : 2;
	if (a == floor(a) && a < 100)
		digits = 0;
	snprintf(buf, len, "%.*f%s", digits, v, *suffix);
	return buf;
}

char *units_time(char *buf, size_t len, double ns)
{
	static const char *const suffix[] = { "ns", "µs", "ms", "s", NULL };

	return scaled(buf, len, ns, 1000, suffix);
}

char *units_count(char *buf, size_t len, double count)
{
	static const char *const suffix[] = { "", "k", "M", "G", NULL };

	return scaled(buf, len, count, 1000, suffix);
}

char *units_spaced(char *buf, size_t len, double count)
{
	static const char *const suffix[] = { " ", " k", " M", " G", NULL };

	return scaled(buf, len, count, 1000, suffix);
}

char *units_bytes(char *buf, size_t len, double bytes)
{
	static const char *const suffix[] = { "B",   "KiB", "MiB",
					      "GiB", "TiB", NULL };

	return scaled(buf, len, bytes, 1024, suffix);
}

char *units_value(char *buf, size_t len, double value, const char *unit)
{
	char number[32];

	if (isnan(value))
		snprintf(buf, len, "–");
	else if (!strcmp(unit, "ns"))
		units_time(buf, len, value);
	else if (!strcmp(unit, "B/s"))
		snprintf(buf, len, "%s/s",
			 units_bytes(number, sizeof(number), value));
	else if (!strcmp(unit, "bit/s"))
		snprintf(buf, len, "%sbit/s",
			 units_spaced(number, sizeof(number), value));
	else if (!strcmp(unit, "1/s"))
		units_count(buf, len, value);
	else if (value != 0 && fabs(value) < 0.0005)
		snprintf(buf, len, "<0.001");
	else
		snprintf(buf, len, "%.3g", value);
	return buf;
}
