/* SPDX-License-Identifier: MIT */
#include "guest_probe.h"

#include <stdio.h>
#include <string.h>

#include "lib/record.h"
#include "ask.h"

static void take(struct guest_probe *g, const json_t *j)
{
	const json_t *guest = json_object_get(j, "guest");

	snprintf(g->accelerator, sizeof(g->accelerator), "%s",
		 record_str(guest, "accelerator", "tcg"));
	snprintf(g->why_not_kvm, sizeof(g->why_not_kvm), "%s",
		 record_str(guest, "why_not_kvm", ""));
	if (strcmp(record_str(j, "status", "failed"), "ok"))
		snprintf(g->missing, sizeof(g->missing), "%s",
			 record_str(j, "reason", "no guest can be booted"));
}

void guest_probe(struct guest_probe *g, const struct scenario *s)
{
	const char *words[] = { "guest", "--probe", "--format=json",
				"--accelerator",
				scenario_text(s, KEY_ACCELERATOR), NULL, NULL,
				NULL };
	json_t *j;

	memset(g, 0, sizeof(*g));
	strcpy(g->accelerator, "tcg");
	if (*scenario_text(s, KEY_KERNEL)) {
		words[5] = "--kernel";
		words[6] = scenario_text(s, KEY_KERNEL);
	}
	j = ask_self(words);
	if (j)
		take(g, j);
	else
		snprintf(g->missing, sizeof(g->missing),
			 "vioperf guest --probe did not answer");
	json_decref(j);
}
