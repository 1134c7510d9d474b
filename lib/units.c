/* SPDX-License-Identifier: MIT */
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "b", 1 },
	{ "k", 1ull << 10 },
	{ "kb", 1ull << 10 },
	{ "ki", 1ull << 10 },
	{ "kib", 1ull << 10 },
	{ "m", 1ull << 20 },
	{ "mb", 1ull << 20 },
	{ "mi", 1ull << 20 },
	{ "mib", 1ull << 20 },
	{ "g", 1ull << 30 },
	{ "gb", 1ull << 30 },
	{ "gi", 1ull << 30 },
	{ "gib", 1ull << 30 },
	{ "t", 1ull << 40 },
	{ "tb", 1ull << 40 },
	{ "ti", 1ull << 40 },
	{ "tib", 1ull << 40 },
	{ 0 },
};

static const struct unit time_units[] = {
	{ "", 1000000000 },	{ "ns", 1 },
	{ "us", 1000 },		{ "µs", 1000 },
	{ "ms", 1000000 },	{ "s", 1000000000 },
	{ "m", 60000000000 },	{ "min", 60000000000 },
	{ "h", 3600000000000 }, { 0 },
};

static const struct unit count_units[] = {
	{ "", 1 }, { "k", 1000 }, { "m", 1000000 }, { "g", 1000000000 }, { 0 },
};

static const struct unit no_units[] = { { "", 1 }, { 0 } };

static const struct unit percent_units[] = { { "", 1 }, { "%", 1 }, { 0 } };

static const struct unit *const units_of[] = {
	[UNITS_SIZE] = size_units,
	[UNITS_TIME] = time_units,
	[UNITS_COUNT] = count_units,
	[UNITS_NUMBER] = no_units,
};

/* DIGITS[.DIGITS] as @digits / @scale, exactly. */
struct decimal {
	uint64_t digits;
	uint64_t scale;
};

/* One digit more; false when there is no room. */
static bool take_digit(struct decimal *d, char c)
{
	return !__builtin_mul_overflow(d->digits, 10, &d->digits) &&
	       !__builtin_add_overflow(d->digits, (uint64_t)(c - '0'),
				       &d->digits);
}

/* Zeros at a fraction's end say nothing and are not worth the room. */
static const char *fraction_end(const char *p)
{
	const char *end = p;

	for (; isdigit((unsigned char)*p); p++)
		if (*p != '0')
			end = p + 1;
	return end;
}

/* Read the number at *@text and go behind it: 0, -EINVAL, -ERANGE. */
static int take_decimal(const char **text, struct decimal *d)
{
	const char *p = *text, *end;

	*d = (struct decimal){ 0, 1 };
	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++)
		if (!take_digit(d, *p))
			return -ERANGE;
	if (*p == '.') {
		if (!isdigit((unsigned char)*++p))
			return -EINVAL;
		for (end = fraction_end(p); p < end; p++)
			if (!take_digit(d, *p) ||
			    __builtin_mul_overflow(d->scale, 10, &d->scale))
				return -ERANGE;
		p += strspn(p, "0");
	}
	*text = p;
	return 0;
}

static const struct unit *find_unit(const struct unit *u, const char *name)
{
	for (; u->name; u++)
		if (!strcasecmp(name, u->name))
			return u;
	return NULL;
}

int units_parse(enum units_kind kind, const char *text, uint64_t *out)
{
	const struct unit *u;
	unsigned __int128 v;
	struct decimal d;
	int ret;

	ret = text ? take_decimal(&text, &d) : -EINVAL;
	if (ret < 0)
		return ret;
	u = find_unit(units_of[kind], text);
	if (!u)
		return -EINVAL;
	v = (unsigned __int128)d.digits * u->factor;
	if (v % d.scale)
		return -EDOM;
	v /= d.scale;
	if (v > INT64_MAX)
		return -ERANGE;
	*out = (uint64_t)v;
	return 0;
}

int units_parse_percent(const char *text, double *percent)
{
	struct decimal d;
	int ret = text ? take_decimal(&text, &d) : -EINVAL;

	if (ret < 0)
		return ret;
	if (!find_unit(percent_units, text))
		return -EINVAL;
	*percent = (double)d.digits / (double)d.scale;
	return 0;
}

static void put_range(char *buf, size_t len, enum units_kind kind,
		      uint64_t min, uint64_t max)
{
	char low[32], high[32];

	switch (kind) {
	case UNITS_TIME:
		units_time(low, sizeof(low), (double)min);
		units_time(high, sizeof(high), (double)max);
		break;
	case UNITS_SIZE:
		units_bytes(low, sizeof(low), (double)min);
		units_bytes(high, sizeof(high), (double)max);
		break;
	default:
		snprintf(low, sizeof(low), "%" PRIu64, min);
		snprintf(high, sizeof(high), "%" PRIu64, max);
	}
	if (max == UNITS_ANY)
		snprintf(buf, len, "from %s on", low);
	else
		snprintf(buf, len, "from %s to %s", low, high);
}

int units_take(enum units_kind kind, const char *text, uint64_t min,
	       uint64_t max, uint64_t *out, struct err *e)
{
	static const char *const want[] = {
		[UNITS_SIZE] = "a size like 4k, in whole bytes,",
		[UNITS_TIME] = "a time like 5s or 400ms, in whole ns,",
		[UNITS_COUNT] = "a whole number like 50k",
		[UNITS_NUMBER] = "a whole number",
	};
	char range[80];
	uint64_t v;

	if (!units_parse(kind, text, &v) && v >= min && v <= max) {
		*out = v;
		return 0;
	}
	put_range(range, sizeof(range), kind, min, max);
	return err_set(e, -EINVAL, "\"%.60s%s\": expected %s %s", text,
		       strlen(text) > 60 ? "..." : "", want[kind], range);
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
