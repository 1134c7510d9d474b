/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_RATIO_JSON_H
#define VIOPERF_RATIO_JSON_H

#include <jansson.h>

#include "ratio.h"

/* @v, or null for what is no number. */
json_t *number_json(double v);

/* {"value","low","high","bounds","confidence","paired","blocks","p",
 *  "smallest_visible","verdict","reason"}; value is null without a ratio. */
json_t *ratio_json(const struct ratio *r);

#endif
