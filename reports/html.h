/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_HTML_H
#define VIOPERF_HTML_H

#include <stdio.h>

/* Print @text as text of an element or of a quoted attribute: nothing in it
 * is markup. Control characters become '?'. */
void html_put(FILE *out, const char *text);

/* <TAG class="CLASS">TEXT</TAG>, @class may be NULL; @tag and @class are
 * ours, @text is anybody's. */
void html_element(FILE *out, const char *tag, const char *class,
		  const char *text);

#endif
