/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_THRESHOLD_H
#define VIOPERF_THRESHOLD_H

#define THRESHOLD_DEFAULT 0.05

/* "5%" or "5" into 0.05. 0, or -EINVAL unless 0 < value <= 100 %. */
int threshold_parse(const char *text, double *share);

#endif
