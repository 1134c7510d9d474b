/* SPDX-License-Identifier: MIT */
#include "errors.h"

#include <stdio.h>
#include <string.h>

#include "lib/record.h"
#include "report.h"
#include "utf8.h"

void errors_add(struct errors *e, const json_t *load)
{
	const json_t *f = json_object_get(load, "failures");

	if (record_num(f, "failed", 0) <= 0)
		return;
	e->failed += record_num(f, "failed", 0);
	e->requests += record_num(f, "requests", 0);
	e->at_least |= json_is_true(json_object_get(f, "at_least"));
	snprintf(e->allowed, sizeof(e->allowed), "%s",
		 record_str(f, "allowed", "?"));
	utf8_repair(e->allowed);
}

char *errors_text(char *buf, size_t len, const struct errors *e)
{
	buf[0] = '\0';
	if (e->failed > 0)
		snprintf(buf, len,
			 "%.0f of %s%.0f requests failed (allowed: %s a block)",
			 e->failed, e->at_least ? "at least " : "",
			 e->requests, e->allowed);
	return buf;
}

void errors_note(struct report_comparison *k)
{
	char text[160];
	size_t n;
	int i;

	for (i = 0; i < k->nr_measured; i++) {
		errors_text(text, sizeof(text), &k->member[i].cell->errors);
		n = strlen(k->note);
		if (*text && n < sizeof(k->note))
			snprintf(k->note + n, sizeof(k->note) - n,
				 "%s%s: %s, its figures are of the others",
				 n ? ";\n" : "", k->member[i].name, text);
	}
	utf8_repair(k->note);
}

json_t *errors_json(const struct errors *e)
{
	return json_pack("{sf sf sb ss}", "failed", e->failed, "requests",
			 e->requests, "at_least", e->at_least, "allowed",
			 e->allowed);
}
