/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CELL_STAGES_H
#define VIOPERF_CELL_STAGES_H

#include <jansson.h>

/*
 * Put a traced cell's stages together (docs/design.md, "Stages"): stamps of
 * both sides joined request by request, the tracer's histograms of kicks,
 * calls and wake-ups, and what remains.
 */
struct cell_stages_input {
	const json_t *load;  /* reports of the parts */
	const json_t *trace; /* may be NULL */
	const char *driver_stamps;
	const char *device_stamps; /* NULL: a foreign target */
};

/* Set "stages" and "stamps" of @record. */
void cell_stages(json_t *record, const struct cell_stages_input *in);

#endif
